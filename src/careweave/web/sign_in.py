"""Sign in, choose a role, lock and sign out (pages.md §1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from careweave.identity.models import Account
from careweave.web import access, frame, sessions, wording
from careweave.web.access import public, signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import role_name

WRONG = "Email address or password is not right."
NO_ROLE = "Your account has no role yet. Ask {place}, {telephone}."


@public
@sensitive_post_parameters("password")
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """The door for those who work here."""
    return _sign_in(request, "sign_in.jinja")


@public
@sensitive_post_parameters("password")
def own_sign_in(request: HttpRequest) -> HttpResponse:
    """The door for people and carers."""
    return _sign_in(request, "portal/sign_in.jinja")


def _sign_in(request: HttpRequest, template: str) -> HttpResponse:
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        answer = _try(request, form)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "next": request.GET.get("next", request.POST.get("next", "")),
        "no_accounts": not Account.objects.exists(),
    }
    return render(request, template, context, status=200 if form.ok else 422)


def _try(request: HttpRequest, form: Form) -> HttpResponse | None:
    """Sign in, or leave the error in the form; unknown, wrong and left are answered alike."""
    email = form.text("email", "Enter your email address.").lower()
    form.text("password", "Enter your password.")
    if not form.ok:
        return None
    if AxesProxyHandler.is_locked(request, {"email": email}):
        form.fail("email", too_many_tries())
        return None
    account = authenticate(request, email=email, password=form.get("password"))
    if not isinstance(account, Account):
        locked = AxesProxyHandler.is_locked(request, {"email": email})
        form.fail("email", too_many_tries() if locked else WRONG)
        return None
    return _enter(request, account, form)


def too_many_tries() -> str:
    """The words of the lock, with the time at which it opens."""
    hours = settings.AXES_COOLOFF_TIME
    wait = hours if isinstance(hours, timedelta) else timedelta(hours=float(hours or 1))
    at = datetime.now(tz=wording.LONDON) + wait
    return f"Too many tries. Try again at {wording.clock(at)}, or call {frame.brand().help_telephone}."


def locked_out(request: HttpRequest, *answers: object) -> HttpResponse:
    """What axes shows when it ends a request by itself: the same page, with our words."""
    form = Form(request.POST)
    form.fail("password" if request.path == "/locked" else "email", too_many_tries())
    templates = {"/my/sign-in": "portal/sign_in.jinja", "/locked": "locked.jinja"}
    return render(request, templates.get(request.path, "sign_in.jinja"), {"form": form}, status=429)


def _enter(request: HttpRequest, account: Account, form: Form) -> HttpResponse | None:
    workings = sessions.workings_of(account)
    if not workings:
        brand = frame.brand()
        form.fail("email", NO_ROLE.format(place=brand.place, telephone=brand.help_telephone))
        return None
    reset(username=account.email)
    sessions.start(request, account, workings[0], several=len(workings) > 1)
    if len(workings) > 1 and account.staff:
        request.session["next"] = request.POST.get("next", "")
        return redirect("change-role")
    return redirect(_back(request, request.POST.get("next", ""), workings[0].role))


def _back(request: HttpRequest, asked: str, role: str) -> str:
    """The page asked for when it is ours, else the role's first page."""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and ours else access.home_of(role)


@signed_in(*access.EVERYONE)
def change_role(request: HttpRequest) -> HttpResponse:
    """“Which role are you working in now?”: one a session."""
    workings = {working.key: working for working in sessions.workings_of(request.user)}  # type: ignore[arg-type]
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        chosen = form.choice("role", workings, "Choose the role you are working in now.")
        if chosen:
            asked = request.session.pop("next", "")
            sessions.start(request, request.user, workings[chosen], several=True)  # type: ignore[arg-type]
            return redirect(_back(request, asked, workings[chosen].role))
    options = [(key, _role_words(one)) for key, one in workings.items()]
    return render(request, "change_role.jinja", {"form": form, "options": options})


def _role_words(working: sessions.Working) -> str:
    words = {"person": "My own care", "carer": "Caring for someone"}.get(working.role)
    if words:
        return words
    name = role_name(working.role)
    return f"{name[:1].upper()}{name[1:]}, {working.organisation_name}"


@signed_in(*access.EVERYONE)
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Keep the page for this person and hide it from everyone else at a shared computer."""
    request.session["locked"] = request.POST.get("back", "/")
    return redirect("locked")


@signed_in(*access.EVERYONE)
@sensitive_post_parameters("password")
def locked(request: HttpRequest) -> HttpResponse:
    """Locked until the same person gives their password."""
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _may_unlock(request, form):
        back = request.session.pop("locked", "/")
        return redirect(_back(request, back, request.session["actor"]["role"]))
    return render(
        request, "locked.jinja", {"form": form, "demonstration_unlock": _opens_without_password(request)}
    )


def _opens_without_password(request: HttpRequest) -> bool:
    """Members of the demonstration's cast entered without a password, so they leave the lock without one."""
    return frame.is_demonstration() and bool(request.session.get("cast"))


def _may_unlock(request: HttpRequest, form: Form) -> bool:
    if _opens_without_password(request):
        return True
    email = request.user.email  # type: ignore[union-attr]
    if AxesProxyHandler.is_locked(request, {"email": email}):
        form.fail("password", too_many_tries())
    elif authenticate(request, email=email, password=form.get("password")) is None:
        form.fail("password", "Password is not right.")
    return form.ok


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; people go back to their own door."""
    actor = access.actor_of(request)
    logout(request)
    return redirect("my-sign-in" if actor and actor.role in ("person", "carer") else "sign-in")


@signed_in(*access.EVERYONE)
@require_POST
def stay_signed_in(request: HttpRequest) -> HttpResponse:
    """The button of the time-out warning."""
    request.session["seen"] = timezone.now().timestamp()
    return HttpResponse(status=204)
