"""“Lock”, “Someone else”, and proving once more who is working before a powerful act."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from careweave.identity import letters, second_steps
from careweave.identity.models import Account
from careweave.identity.sign_in_rules import rules
from careweave.web import access, frame, sign_in, sign_in_going_on, sign_in_keeping, sign_in_passkeys
from careweave.web.access import View, signed_in
from careweave.web.components.forms import Form


@signed_in(*access.EVERYONE)
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Keep the page for this person and hide it from everyone else at a shared computer."""
    request.session["locked"] = request.POST.get("back", "/")
    return redirect("locked")


@signed_in(*access.EVERYONE)
@sensitive_post_parameters("password", "code")
def locked(request: HttpRequest) -> HttpResponse:
    """Locked until the same person proves that they are back."""
    if not request.session.get("locked"):
        return redirect(access.home_of(request.session["actor"]["role"]))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_proved(request, form, is_powerful=False):
        back = request.session.pop("locked", "/")
        return redirect(sign_in_going_on.landing(request, back, request.session["actor"]["role"]))
    return _show(request, form, locked=True)


@signed_in(*access.EVERYONE)
@sensitive_post_parameters("password", "code")
def prove(request: HttpRequest) -> HttpResponse:
    """Before a powerful act: the same person, with the strongest proof that they have set up."""
    form = Form(request.POST if request.method == "POST" else None)
    asked = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST" and _is_proved(request, form, is_powerful=True):
        request.session["proved"] = timezone.now().timestamp()
        ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
        return redirect(asked if ours and asked else access.home_of(request.session["actor"]["role"]))
    return _show(request, form, locked=False, next=asked)


def proved_lately(view: View) -> View:
    """Ask for a fresh proof before this view; what was typed is kept and shown again after it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        limit = rules()["proof"]["minutes"] * 60
        if timezone.now().timestamp() - request.session.get("proved", 0) <= limit:
            return view(request, *args, **kwargs)
        page = sign_in_keeping.keep_posted(request) if request.method == "POST" else request.get_full_path()
        if request.method == "POST" and page:
            request.session["kept"] = page
        return redirect(f"/prove?{urlencode({'next': page or '/'})}")

    return checked


def _show(request: HttpRequest, form: Form, *, locked: bool, next: str = "") -> HttpResponse:
    account: Account = request.user
    context = {
        "form": form,
        "locked": locked,
        "who": request.session["actor"]["name"],
        "next": next,
        "ways": _ways(request, is_powerful=not locked),
        "elsewhere": request.session.get("elsewhere"),
        "takes_passkeys": sign_in_passkeys.door(request).takes_passkeys
        and account.second_steps.filter(kind=second_steps.PASSKEY).exists(),
    }
    return render(request, "sign_in/prove.jinja", context, status=200 if form.ok else 422)


def _ways(request: HttpRequest, *, is_powerful: bool) -> set[str]:
    """How this account can prove itself here; a powerful act asks for the second step where there is one."""
    account: Account = request.user
    if frame.is_demonstration() and request.session.get("cast"):
        return {
            "nothing"
        }  # members of the cast entered without a password, so they leave the lock without one
    steps = {step.kind for step in second_steps.steps_of(account)}
    ways = {"code"} if second_steps.APP in steps or (steps and is_powerful) else set()
    if account.has_usable_password() and not (is_powerful and steps):
        ways = {"password"}
    if account.staff is None and letters.has_open(account):
        ways.add("letter")
    return ways


def _is_proved(request: HttpRequest, form: Form, *, is_powerful: bool) -> bool:
    account: Account = request.user
    ways = _ways(request, is_powerful=is_powerful)
    if "nothing" in ways:
        return True
    if form.get("passkey"):
        return sign_in_passkeys.used(request, form, account=account) is not None
    checks: dict[str, Callable[[HttpRequest, Account, Form], None]] = {
        "password": _check_password,
        "code": _check_code,
        "letter": _check_letter,
    }
    way = next((one for one in checks if one in ways and form.get(one)), "")
    if way:
        checks[way](request, account, form)
    else:
        first = next((one for one in checks if one in ways), "passkey")
        form.fail(first, {"password": "Enter your password."}.get(first, "Enter the code."))
    return form.ok


def _check_password(request: HttpRequest, account: Account, form: Form) -> None:
    if AxesProxyHandler.is_locked(request, {"email": account.email}):
        form.fail("password", sign_in.too_many_tries())
    elif authenticate(request, email=account.email, password=form.get("password")) is None:
        form.fail("password", "Password is not right.")


def _check_code(request: HttpRequest, account: Account, form: Form) -> None:
    refusal = second_steps.check_code(account, form.text("code"))
    if refusal:
        form.fail("code", f"{refusal.reason}.")


def _check_letter(request: HttpRequest, account: Account, form: Form) -> None:
    if not letters.opens_again(account, form.text("letter")):
        form.fail("letter", "That code is not right, or it has been used. Use the next one on your letter.")
