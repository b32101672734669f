"""After the first proof: the second step, the role, and the page that was asked for."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from careweave.identity import kept_words, second_steps
from careweave.identity.models import Account
from careweave.identity.sign_in_rules import powerful_roles
from careweave.web import access, frame, sessions, sign_in_passkeys
from careweave.web.access import public
from careweave.web.components.forms import Form

NO_ROLE = "Your account has no role yet. Ask {place}, {telephone}."
HALF_WAY_SECONDS = 600


def enter(request: HttpRequest, account: Account, form: Form, *, proven: bool) -> HttpResponse | None:
    """Go on with an account whose first proof was right; None when it has no role yet."""
    if not sessions.workings_of(account):
        brand = frame.brand()
        form.fail("email", NO_ROLE.format(place=brand.place, telephone=brand.help_telephone))
        return None
    asked = request.POST.get("next", "")
    if not proven and second_steps.has_any(account):
        if request.user.is_authenticated and request.user != account:
            logout(request)
        request.session["half"] = {
            "account": str(account.id),
            "next": asked,
            "at": timezone.now().timestamp(),
        }
        return redirect("second-step")
    return begin(request, account, asked, proven=proven)


def begin(
    request: HttpRequest,
    account: Account,
    asked: str,
    *,
    proven: bool,
    elsewhere: sessions.Elsewhere | None = None,
    workings: tuple[sessions.Working, ...] = (),
) -> HttpResponse:
    """Start the session in the first role, ask which one when there are several, and ask for what is missing."""
    roles = workings or sessions.workings_of(account)
    back = request.session.get("locked", "") if request.user == account else ""
    sessions.start(request, account, roles[0], several=len(roles) > 1, elsewhere=elsewhere)
    if not proven and is_second_step_required(account, [one.role for one in roles]):
        request.session["must"] = "/your-sign-in"
    if account.must_choose_password and elsewhere is None:
        request.session["must"] = "/your-sign-in/password"
    if len(roles) > 1 and account.staff and not back:
        request.session["next"] = asked
        request.session["claimed"] = [one.key for one in roles] if elsewhere else None
        return redirect("change-role")
    return redirect(landing(request, back or asked, roles[0].role))


def is_second_step_required(account: Account, roles: list[str]) -> bool:
    """What the place decided: for all staff (the default), for powerful roles, or for nobody."""
    rule = settings.CONFIGURATION.second_step
    if account.staff is None or rule == "nobody":
        return False
    return rule == "staff" or not powerful_roles().isdisjoint(roles)


def landing(request: HttpRequest, asked: str, role: str) -> str:
    """The page asked for when it is ours, else the page with words not saved yet, else the role's first page."""
    kept = kept_words.page_of(request.user)
    if kept and _opens(kept, role):
        request.session["kept"] = kept
        if not asked or asked.split("?")[0] == kept.split("?")[0]:
            return kept
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and ours else access.home_of(role)


def _opens(page: str, role: str) -> bool:
    """Whether a role may come to a page at all."""
    try:
        asked = access.access_of(resolve(page.split("?")[0]).func)
    except Resolver404:
        return False
    return bool(asked and asked.roles and role in asked.roles)


@public
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """The code from the app, a recovery code, or a passkey; the password was right already."""
    account = half_way(request)
    if account is None:
        return redirect("sign-in")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_right(request, account, form):
        return begin(request, account, request.session["half"]["next"], proven=True)
    context = {
        "form": form,
        "kinds": {step.kind for step in second_steps.steps_of(account)},
        "takes_passkeys": sign_in_passkeys.door(request).takes_passkeys,
        "portal": account.staff is None,
    }
    return render(request, "sign_in/second_step.jinja", context, status=200 if form.ok else 422)


def half_way(request: HttpRequest) -> Account | None:
    """Whose password was right within the last ten minutes in this browser."""
    half = request.session.get("half")
    if not half or timezone.now().timestamp() - half["at"] > HALF_WAY_SECONDS:
        request.session.pop("half", None)
        return None
    return Account.objects.filter(id=half["account"], is_active=True).select_related("staff").first()


def _is_right(request: HttpRequest, account: Account, form: Form) -> bool:
    if form.get("passkey"):
        return sign_in_passkeys.used(request, form, account=account) is not None
    code = form.text("code", "Enter the code from your app, or a recovery code.")
    refusal = second_steps.check_code(account, code) if form.ok else None
    if refusal:
        form.fail(refusal.field, f"{refusal.reason}.")
    return form.ok
