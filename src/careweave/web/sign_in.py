"""Sign in, choose a role and sign out (pages.md §1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from careweave.identity.models import Account
from careweave.web import access, frame, sessions, sign_in_going_on, sign_in_passkeys, wording
from careweave.web.access import public, signed_in
from careweave.web.components.forms import Form
from careweave.web.openid import providers
from careweave.web.presenters.roles import role_name

WRONG = "Email address or password is not right."


@public
@sensitive_post_parameters("password")
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """The door for those who work here."""
    return _sign_in(request, "sign_in.jinja", "staff")


@public
@sensitive_post_parameters("password")
def own_sign_in(request: HttpRequest) -> HttpResponse:
    """The door for people and carers."""
    return _sign_in(request, "portal/sign_in.jinja", "person")


def _sign_in(request: HttpRequest, template: str, who: str) -> HttpResponse:
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        answer = _passkey(request, form) if form.get("passkey") else _try(request, form)
        if answer is not None:
            return answer
    return show(request, template, form, who)


def show(request: HttpRequest, template: str, form: Form, who: str, *, status: int = 0) -> HttpResponse:
    """A door, with the buttons of the providers that this place has set up."""
    context = {
        "form": form,
        "next": request.GET.get("next", request.POST.get("next", "")),
        "no_accounts": not Account.objects.exists(),
        "providers": [one for one in providers() if one.who == who],
        "takes_passkeys": sign_in_passkeys.door(request).takes_passkeys,
    }
    return render(request, template, context, status=status or (200 if form.ok else 422))


def _passkey(request: HttpRequest, form: Form) -> HttpResponse | None:
    """A passkey is two steps in one: something one has, opened by something one is or knows."""
    account = sign_in_passkeys.used(request, form)
    return sign_in_going_on.enter(request, account, form, proven=True) if account else None


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
    reset(username=account.email)
    return sign_in_going_on.enter(request, account, form, proven=False)


def too_many_tries() -> str:
    """The words of the lock, with the time at which it opens."""
    hours = settings.AXES_COOLOFF_TIME
    wait = hours if isinstance(hours, timedelta) else timedelta(hours=float(hours or 1))
    at = datetime.now(tz=wording.LONDON) + wait
    return f"Too many tries. Try again at {wording.clock(at)}, or call {frame.brand().help_telephone}."


def locked_out(request: HttpRequest, *answers: object) -> HttpResponse:
    """What axes shows when it ends a request by itself: the same page, with our words."""
    form = Form(request.POST)
    form.fail("password" if request.path in ("/locked", "/prove") else "email", too_many_tries())
    if request.path in ("/locked", "/prove"):
        who = request.session["actor"]["name"]
        context = {"form": form, "who": who, "locked": request.path == "/locked", "ways": {"password"}}
        return render(request, "sign_in/prove.jinja", context, status=429)
    portal = request.path == "/my/sign-in"
    return show(
        request,
        "portal/sign_in.jinja" if portal else "sign_in.jinja",
        form,
        "person" if portal else "staff",
        status=429,
    )


@signed_in(*access.EVERYONE)
def change_role(request: HttpRequest) -> HttpResponse:
    """“Which role are you working in now?”: one a session."""
    elsewhere, claimed = request.session.get("elsewhere"), request.session.get("claimed")
    if elsewhere and not claimed:
        return render(request, "sign_in/role_elsewhere.jinja", {"elsewhere": elsewhere})
    held: Account = request.user
    workings = {one.key: one for one in sessions.workings_of(held) if not claimed or one.key in claimed}
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        chosen = form.choice("role", workings, "Choose the role you are working in now.")
        if chosen:
            asked = request.session.pop("next", "")
            there = sessions.Elsewhere(**elsewhere) if elsewhere else None
            sessions.start(request, held, workings[chosen], several=True, elsewhere=there)
            return redirect(sign_in_going_on.landing(request, asked, workings[chosen].role))
    options = [(key, role_words(one)) for key, one in workings.items()]
    return render(request, "change_role.jinja", {"form": form, "options": options})


def role_words(working: sessions.Working) -> str:
    """A role as the chooser shows it."""
    words = {"person": "My own care", "carer": "Caring for someone"}.get(working.role)
    if words:
        return words
    name = role_name(working.role)
    return f"{name[:1].upper()}{name[1:]}, {working.organisation_name}"


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; people go back to their own door. “Someone else” also empties what the browser holds."""
    actor = access.actor_of(request)
    logout(request)
    response = redirect("my-sign-in" if actor and actor.role in ("person", "carer") else "sign-in")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@signed_in(*access.EVERYONE)
@require_POST
def stay_signed_in(request: HttpRequest) -> HttpResponse:
    """The button of the time-out warning."""
    request.session["seen"] = timezone.now().timestamp()
    return HttpResponse(status=204)
