"""An app asks to be let in: is the question sound, about whom, and does the person who is asked agree?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.errors import OAuth2Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from careweave.identity import clients_launches
from careweave.identity.clients_connections import Asked, connect
from careweave.record import Refusal
from careweave.record.acting import all_acting
from careweave.web import access
from careweave.web.access import public, signed_in
from careweave.web.headers import POLICY
from careweave.web.presenters import app_access
from careweave.web.presenters.banner import Banner
from careweave.web.smart.server import SmartRequest, check_parameters
from careweave.web.smart.tokens import SERVER
from careweave.web.staff.people import banners

MOST = 20
DOORS = {"professionals": "app-ask", "people": "my-app-ask"}


@dataclass(frozen=True)
class Question:
    """What an app asks, sound in itself; nobody has answered yet."""

    asked: Asked
    state: str
    launch: str

    @property
    def needs_a_person(self) -> bool:
        scopes = self.asked.scopes
        return scopes.context == "patient" or bool(scopes.others & {"launch", "launch/patient"})


@public
@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """Where apps send people. An unsound question ends here; a sound one goes on to the right door."""
    question = _question(request)
    if isinstance(question, HttpResponse):
        return question
    door = reverse(DOORS[question.asked.client.used_by])
    return redirect(f"{door}?{request.GET.urlencode()}")


@signed_in(*access.PROFESSIONALS)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """A professional is asked."""
    return _ask(request, "professionals")


@signed_in("person", "carer", portal=True)
@require_http_methods(["GET", "POST"])
def my_ask(request: HttpRequest) -> HttpResponse:
    """A person, or a carer, is asked."""
    return _ask(request, "people")


def _ask(request: HttpRequest, used_by: str) -> HttpResponse:
    question = _question(request)
    if isinstance(question, HttpResponse):
        return question
    if question.asked.client.used_by != used_by:
        return _told(request, "This app is not for this kind of account.")
    if request.method == "POST" and request.POST.get("answer") != "allow":
        return _back(question, {"error": "access_denied"})
    person = _person(request, question)
    if isinstance(person, HttpResponse):
        return person
    return (
        _let_in(request, question, person)
        if request.method == "POST"
        else _consent(request, question, person)
    )


def _question(request: HttpRequest) -> Question | HttpResponse:
    """Checked anew at each step: what stands in the address is all that there is."""
    values = request.GET
    try:
        check_parameters(values)
        grant = SERVER.get_consent_grant(SmartRequest("GET", values), end_user=request.user)
    except OAuth2Error as error:
        if error.redirect_uri:  # set only once the program and the address are known to belong together
            return _leave(error.redirect_uri, dict(error.get_body()))
        return _told(request, error.description or "The app asked in a way that cannot be trusted.")
    asked = Asked(
        client=grant.request.client.client,
        scopes=grant.scopes,
        redirect_uri=grant.redirect_uri,
        challenge=values["code_challenge"],
        nonce=values.get("nonce", "")[:255],
        launch=values.get("launch", ""),
    )
    return Question(asked, values["state"], values.get("launch", ""))


def _person(request: HttpRequest, question: Question) -> Banner | HttpResponse | None:
    """Whom it is about: named by the launch, oneself, or chosen; None when it is about nobody in particular."""
    if not question.needs_a_person:
        return None
    actor, chosen = access.gate_of(request).actor, request.GET.get("person", "")
    if question.launch:
        launched = clients_launches.launched_person(
            question.launch,
            client=question.asked.client,
            account=request.user,
        )
        if isinstance(launched, Refusal):
            return _told(request, f"{launched.reason}.")
        chosen = launched
    elif actor.role == "person":
        chosen = actor.id.partition(":")[2]
    found = banners(request, [chosen]) if chosen else []
    if found:
        return found[0]
    if question.launch:
        return _told(request, "This person's record is not open to you.")
    return _choose(request, question, is_unknown=bool(chosen))


def _choose(request: HttpRequest, question: Question, *, is_unknown: bool) -> HttpResponse:
    """“About whom?”: the people one is in charge of or looks after, or whoever is searched for."""
    gate, words = access.gate_of(request), request.GET.get("find", "").replace("\x00", "").strip()[:200]
    kinds = all_acting() if gate.actor.role == "carer" else ("coordinator",)
    ids = gate.find(words, limit=MOST) if words else gate.people_with(*kinds)[:MOST]
    carried = [(name, value) for name, value in request.GET.items() if name not in ("find", "person")]
    context = {
        "app": question.asked.client,
        "found": banners(request, ids),
        "words": words,
        "carried": carried,
        "question": urlencode(carried),
        "is_unknown": is_unknown,
        "searches": gate.actor.role != "carer",
    }
    return render(request, "smart/choose.jinja", context)


def _consent(request: HttpRequest, question: Question, person: Banner | None) -> HttpResponse:
    """What the app will see, in plain words, and the two buttons."""
    scopes, client = question.asked.scopes, question.asked.client
    context = {
        "app": client,
        "about": person,
        "lines": app_access.lines(scopes),
        "only_this_person": scopes.context == "patient",
        "knows_me": bool(scopes.others & {"fhirUser", "profile", "openid"}),
        "how_long": app_access.how_long(scopes),
        "writes": app_access.does_anything_but_read(scopes),
        "address": urlsplit(question.asked.redirect_uri).hostname or client.name,
    }
    response = render(request, "smart/consent.jinja", context)
    response.headers["Content-Security-Policy"] = policy_for(question.asked.redirect_uri)
    return response


def _let_in(request: HttpRequest, question: Question, person: Banner | None) -> HttpResponse:
    asked = question.asked
    about = Asked(
        asked.client,
        asked.scopes,
        asked.redirect_uri,
        asked.challenge,
        asked.nonce,
        person.id if person else None,
        asked.launch if question.needs_a_person else "",
    )
    code = connect(
        access.gate_of(request),
        account=request.user,
        asked=about,
        signed_in_at=_signed_in_at(request),
    )
    if isinstance(code, Refusal):
        return _told(request, f"{code.reason}.")
    return _back(question, {"code": code})


def _signed_in_at(request: HttpRequest) -> datetime | None:
    at: Any = getattr(request.user, "last_login", None)
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def _back(question: Question, values: dict[str, str]) -> HttpResponse:
    return _leave(question.asked.redirect_uri, {**values, "state": question.state})


def _leave(redirect_uri: str, values: dict[str, str]) -> HttpResponse:
    """Back to the app's registered address; schemes of its own are allowed there, so Django's redirect is not used."""
    response = HttpResponse(status=302)
    response.headers["Location"] = add_params_to_uri(redirect_uri, list(values.items()))
    return response


def _told(request: HttpRequest, why: str) -> HttpResponse:
    """Nobody is sent anywhere: the person is told, and the app's makers can read why."""
    return render(request, "smart/refused.jinja", {"why": why}, status=400)


def policy_for(*addresses: str) -> str:
    """Our content policy, with leave for one form to end at the app (browsers check where a form's answer leads)."""
    origins = {f"{p.scheme}://{p.netloc}" if p.netloc else f"{p.scheme}:" for p in map(urlsplit, addresses)}
    return POLICY.replace("form-action 'self'", " ".join(["form-action 'self'", *sorted(origins)]))
