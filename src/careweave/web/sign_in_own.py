"""“Your sign-in”: one's own passkeys, code app, recovery codes, password and open sessions."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from careweave.identity import open_sessions, passkeys, passwords, second_steps
from careweave.identity.models import Account
from careweave.record import Refusal
from careweave.web import access, flash, frame, sessions, sign_in_going_on, sign_in_passkeys
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.sign_in_locking import proved_lately

ADDING = "passkey-adding"


@signed_in(*access.EVERYONE)
def own(request: HttpRequest) -> HttpResponse:
    """What is set up, and what may be added."""
    return _show(request, Form())


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    account = _account(request)
    roles = [one.role for one in sessions.workings_of(account)]
    context = {
        "form": form,
        "steps": second_steps.steps_of(account),
        "left": second_steps.recovery_codes_left(account),
        "required": sign_in_going_on.is_second_step_required(account, roles),
        "must": request.session.get("must", ""),
        "home": access.home_of(request.session["actor"]["role"]),
        "takes_passkeys": sign_in_passkeys.door(request).takes_passkeys,
        "has_password": account.has_usable_password(),
        "others": account.open_sessions.exclude(session_key=request.session.session_key).count(),
    }
    return render(request, "sign_in/own.jinja", context, status=200 if form.ok else 422)


def _account(request: HttpRequest) -> Account:
    return request.user


@signed_in(*access.EVERYONE)
@proved_lately
def app(request: HttpRequest) -> HttpResponse:
    """Add an app that makes codes: scan, then type the first code."""
    form = Form(request.POST if request.method == "POST" else None)
    secret = request.session.get("app-secret") or second_steps.new_app_secret()
    request.session["app-secret"] = secret
    if request.method == "POST":
        refusal = second_steps.add_app(_account(request), secret=secret, code=form.text("code"))
        if refusal is None:
            del request.session["app-secret"]
            return _added(request, "Codes from your app work now.")
        form.fail(refusal.field, f"{refusal.reason}.")
    address = second_steps.app_address(_account(request), secret, product=frame.brand().product)
    context = {
        "form": form,
        "square": segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return render(request, "sign_in/app.jinja", context, status=200 if form.ok else 422)


def _added(request: HttpRequest, words: str) -> HttpResponse:
    """The first second step brings its recovery codes with it."""
    if request.session.get("must") == "/your-sign-in":
        del request.session["must"]
    if second_steps.recovery_codes_left(_account(request)) == 0:
        return _show_codes(request, words)
    flash.done(request, words)
    return redirect("your-sign-in")


def _show_codes(request: HttpRequest, words: str) -> HttpResponse:
    codes = second_steps.new_recovery_codes(_account(request))
    home = access.home_of(request.session["actor"]["role"])
    return render(request, "sign_in/recovery.jinja", {"codes": codes, "words": words, "home": home})


@signed_in(*access.EVERYONE)
@require_POST
@proved_lately
def recovery(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once; the older ones stop working."""
    if not second_steps.has_any(_account(request)):
        flash.note(request, "Add a passkey or an app first.")
        return redirect("your-sign-in")
    return _show_codes(request, "Your older recovery codes do not work any more.")


@signed_in(*access.EVERYONE)
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    name = request.session["actor"].get("name", "")
    options, request.session[ADDING] = passkeys.begin_adding(
        _account(request), sign_in_passkeys.door(request), name=name
    )
    return JsonResponse(sign_in_passkeys.as_json(options))


@signed_in(*access.EVERYONE)
@require_POST
@proved_lately
def passkey(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    form = Form(request.POST)
    state, answer = request.session.pop(ADDING, None), sign_in_passkeys.read(form)
    refusal: Refusal | None = passkeys.NOT_TAKEN
    if state is not None and answer is not None:
        refusal = passkeys.finish_adding(
            _account(request),
            sign_in_passkeys.door(request),
            state=state,
            answer=answer,
            name=form.text("name"),
        )
    if refusal is None:
        return _added(request, "Your passkey works now.")
    form.fail("passkey", f"{refusal.reason}.")
    return _show(request, form)


@signed_in(*access.EVERYONE)
@require_POST
@proved_lately
def remove(request: HttpRequest, step_id: Any) -> HttpResponse:
    """Take a passkey or the app away; where a second step is asked for, the last one stays."""
    account = _account(request)
    roles = [one.role for one in sessions.workings_of(account)]
    if len(second_steps.steps_of(account)) < 2 and sign_in_going_on.is_second_step_required(account, roles):
        flash.note(request, "This is your last second step. Add another before you take it away.")
        return redirect("your-sign-in")
    second_steps.remove(account, step_id=step_id)
    flash.done(request, "It does not open your account any more.")
    return redirect("your-sign-in")


@signed_in(*access.EVERYONE)
@sensitive_post_parameters("password")
@proved_lately
def password(request: HttpRequest) -> HttpResponse:
    """Choose a password; every other session ends."""
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        account = _account(request)
        refusal = passwords.choose_password(account, form.get("new_password"))
        if refusal is None:
            return _password_chosen(request, account)
        form.fail("new_password", refusal.reason)
    must = bool(request.session.get("must"))
    return render(
        request, "sign_in/password.jinja", {"form": form, "must": must}, status=200 if form.ok else 422
    )


def _password_chosen(request: HttpRequest, account: Account) -> HttpResponse:
    update_session_auth_hash(request, account)
    open_sessions.end_all([account])
    open_sessions.note(account, str(request.session.session_key))
    second_steps.note(account, "sign-in-password")
    roles = [one.role for one in sessions.workings_of(account)]
    request.session.pop("must", None)
    if not second_steps.has_any(account) and sign_in_going_on.is_second_step_required(account, roles):
        request.session["must"] = "/your-sign-in"
    flash.done(request, "Your new password works now. You are signed out everywhere else.")
    return redirect("your-sign-in")


@signed_in(*access.EVERYONE)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else, at once."""
    ended = open_sessions.end_all([_account(request)], but=str(request.session.session_key))
    flash.done(request, f"Signed out in {ended} other place{'' if ended == 1 else 's'}.")
    return redirect("your-sign-in")
