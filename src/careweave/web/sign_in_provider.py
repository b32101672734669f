"""Signing in with a provider elsewhere: the way there, the way back, our keys, and being told that it is over."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from careweave.configuration import ConfigurationError
from careweave.identity import logins_elsewhere, open_sessions
from careweave.record import Refusal
from careweave.web import frame, problems, sessions, sign_in_going_on
from careweave.web.access import public
from careweave.web.openid import Provider, asking, keys, provider, providers, tokens
from careweave.web.openid.calling import ProviderFailed

logger = logging.getLogger(__name__)
ASKED = "asked-elsewhere"
MOST_ASKED = 5


@public
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """Go to the provider with a fresh question."""
    chosen = provider(key)
    if chosen is None:
        return problems.not_found(request)
    back_to = f"{settings.CONFIGURATION.base_url}/sign-in/back"
    asked = asking.question(
        chosen, back_to=back_to, next=request.GET.get("next", ""), is_again=bool(request.GET.get("again"))
    )
    try:
        address = asking.address(chosen, asked)
    except (ProviderFailed, KeyError, ConfigurationError) as why:
        return _failed(request, chosen, str(why))
    waiting = list(request.session.get(ASKED, {}).items())[-(MOST_ASKED - 1) :]
    request.session[ASKED] = {**dict(waiting), asked.state: asking.as_dict(asked)}
    return redirect(address)


@public
def back(request: HttpRequest) -> HttpResponse:
    """Come back with a code; a state that this browser was not given is nobody's."""
    waiting = request.session.get(ASKED, {})
    held = waiting.pop(request.GET.get("state", ""), None)
    request.session[ASKED] = waiting
    asked = asking.Question(**held) if held else None
    chosen = provider(asked.provider) if asked else None
    if asked is None or chosen is None:
        return _failed(request, None, "an answer that was not asked for (state)")
    if request.GET.get("error") or not request.GET.get("code"):
        return _failed(request, chosen, f"the provider said {request.GET.get('error', 'nothing')[:40]}")
    if request.GET.get("iss", chosen.issuer) != chosen.issuer:
        return _failed(request, chosen, "answered by another issuer (iss)")
    try:
        told = asking.answer(chosen, asked, code=request.GET["code"])
    except (ProviderFailed, KeyError, OSError, ValueError) as why:
        return _failed(request, chosen, str(why))
    enter = _enter_staff if chosen.who == "staff" else _enter_person
    return enter(request, chosen, asked, told)


def _failed(request: HttpRequest, chosen: Provider | None, why: str) -> HttpResponse:
    """The log says why, without anyone's name; the page says what to do."""
    logger.warning("sign-in with %s failed: %s", chosen.id if chosen else "a provider", why)
    lines = ["We could not confirm who you are with that account. Nothing was changed."]
    return _told(request, chosen, "That did not work", lines, again=True)


def _told(
    request: HttpRequest, chosen: Provider | None, heading: str, lines: list[str], *, again: bool = False
) -> HttpResponse:
    context = {
        "heading": heading,
        "lines": lines,
        "again": chosen.id if chosen and again else "",
        "portal": bool(chosen and chosen.who == "person"),
    }
    return render(request, "sign_in/not_here.jinja", context, status=403)


def _elsewhere(chosen: Provider, told: asking.Answer) -> sessions.Elsewhere:
    name = open_sessions.name_at_provider(str(told.claims.get("sid", "")), str(told.claims["sub"]))
    return sessions.Elsewhere(chosen.id, chosen.issuer, name)


def _enter_staff(
    request: HttpRequest, chosen: Provider, asked: asking.Question, told: asking.Answer
) -> HttpResponse:
    """One role a session, as chosen at the provider, or here among those it names; held here, in that organisation."""
    shape, brand = chosen.shape, frame.brand()
    if str(told.claims.get(shape["level_claim"], "")) not in shape["levels"]:
        words = "Your work account was opened in a way that is not strong enough for records of people."
        return _told(request, chosen, "Use your smartcard or security key", [words], again=True)
    subject = str(told.claims.get(shape["subject"]) or "")
    account = logins_elsewhere.staff_account(chosen.issuer, subject) if subject else None
    if account is None:
        words = f"You are signed in to your work account, but nobody at {brand.place} has been linked to it. "
        lines = [f"{words}Ask an administrator to add your identifier, or call {brand.help_telephone}."]
        return _told(request, chosen, "Your work account is not known here", lines)
    held = logins_elsewhere.roles_claimed(account, told.claims, shape)
    if not held:
        lines = [
            "The role you chose is not one that you hold here, in that organisation.",
            f"Choose another role, or ask an administrator at {brand.place}, {brand.help_telephone}.",
        ]
        return _told(request, chosen, "You do not hold this role here", lines, again=True)
    keys_held = {f"{one.role}|{one.organisation}" for one in held}
    workings = tuple(one for one in sessions.workings_of(account) if one.key in keys_held)
    return sign_in_going_on.begin(
        request, account, asked.next, proven=True, elsewhere=_elsewhere(chosen, told), workings=workings
    )


def _enter_person(
    request: HttpRequest, chosen: Provider, asked: asking.Question, told: asking.Answer
) -> HttpResponse:
    """Only a level that the place takes for records opens one's own; below it there are the public pages."""
    shape, brand = chosen.shape, frame.brand()
    level = level_of(told.claims, shape)
    if level not in shape["opens_record"]:
        words = shape["levels_in_words"].get(
            level, "Your account does not say how well it knows who you are."
        )
        lines = [
            words,
            "To see your care record, it must be certain that it is you. Prove who you are with that account, "
            f"or call {brand.help_telephone}: your team can check who you are face to face and give you a letter.",
        ]
        return _told(request, chosen, "We need to be sure it is you", lines, again=True)
    account = logins_elsewhere.person_account(chosen.issuer, told.claims, shape)
    if isinstance(account, Refusal):
        lines = [
            f"We did not find a care record for you here. Call {brand.help_telephone} and we will look together."
        ]
        return _told(request, chosen, "We did not find you", lines)
    return sign_in_going_on.begin(
        request, account, asked.next, proven=True, elsewhere=_elsewhere(chosen, told)
    )


def level_of(claims: dict[str, Any], shape: Any) -> str:
    """How well the provider knows who someone is; the signed vector counts, and where both speak, the lower."""
    vector = str(claims.get(shape["vector_claim"], "")).split(".")[0]
    named = str(claims.get(shape["level_claim"], "") or vector)
    both = [one for one in (vector or named, named) if one]
    return min(both, key=lambda one: int(one[1:]) if one[1:].isdigit() else -1) if both else ""


@public
def keys_of_ours(request: HttpRequest) -> HttpResponse:
    """Our public keys, for providers to check our assertions."""
    return JsonResponse(keys.own_public_keys(providers()))


@csrf_exempt
@public
@require_POST
def ended(request: HttpRequest) -> HttpResponse:
    """The provider says that a session is over: it ends here at the next click."""
    token = request.POST.get("logout_token", "")
    for chosen in providers():
        try:
            claims = tokens.read_logout_token(chosen, token)
        except ProviderFailed:
            continue
        open_sessions.end_from(chosen.issuer, sid=str(claims.get("sid", "")), sub=str(claims.get("sub", "")))
        return HttpResponse(status=200)
    logger.warning("a logout that no provider of ours has signed")
    return HttpResponse(status=400)
