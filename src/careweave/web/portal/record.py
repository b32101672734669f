"""My record: health, test results and what happened, from every source; “This is wrong”; and who can see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.contacts import routing
from careweave.care.teams import conversations as talking
from careweave.care.teams import membership
from careweave.care.teams.conversations import TEAM
from careweave.care.teams.telling import Told
from careweave.identity import representatives
from careweave.record import Gate, Refusal, Refused
from careweave.record.content import PLACE
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.components.forms import Form, whole_number
from careweave.web.portal import own
from careweave.web.portal.telling import failed, sent
from careweave.web.presenters import health, plain_words, results, timeline
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.roles import role_name

_HEALTH = ("AllergyIntolerance", "MedicationStatement", "MedicationRequest", "Condition")
_TESTS = ("Observation", "DiagnosticReport")
_EVENTS = ("Encounter", "Procedure", "ServiceRequest")
MOST, PAGE = 500, 50
_MOST_PAGES = 9_999
# Whose authority opens health; whoever has another finds no such page.
_SEES_HEALTH = frozenset(("self", "attorney-health", "deputy-health", "parent"))
_LONGEST_NAME = 200


@signed_in("person", "carer", portal=True)
def record(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """What is written about me, each with who wrote it and when; nothing waits for anyone to release it."""
    gate, person, address = _opened(request, person_id)
    sources = directory.sources()
    events = timeline.timeline(gate.about(person.id, _EVENTS, limit=MOST), sources)
    page = max(1, whole_number(request.GET.get("page", "1"), most=_MOST_PAGES))
    context = {
        "person": person,
        "is_mine": person_id is None,
        "address": address,
        "back": "/my" if person_id is None else "/my/caring",
        "health": health.health(
            gate.about(person.id, _HEALTH), sources.names, may_miss=person_id is not None
        ),
        "results": results.results(gate.about(person.id, _TESTS, limit=MOST), sources.names)[:PAGE],
        "events": events[(page - 1) * PAGE : page * PAGE],
        "page": page,
        "means": lambda heading: plain_words.meaning(heading, timezone.localdate()),
        "is_last": len(events) <= page * PAGE,
    }
    return render(request, "portal/record.jinja", context)


@signed_in("person", "carer", portal=True)
def wrong(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """“This is wrong”: to a named person, who answers by a day; what was written stays, and so do my words."""
    gate, person, address = _opened(request, person_id)
    form = Form(
        request.POST if request.method == "POST" else {"what": request.GET.get("what", "")[:_LONGEST_NAME]}
    )
    if request.method == "POST":
        done = _said(gate, person, form)
        if isinstance(done, Told):
            sent(request, done)
            return redirect(f"{address.rpartition('/')[0]}/questions/{done.id}")
        failed(form, done)
    context = {"person": person, "form": form, "back": address}
    return render(request, "portal/wrong.jinja", context, status=200 if form.ok else 422)


def _said(gate: Gate, person: Banner, form: Form) -> Told | Refusal:
    what, words = form.text("what"), form.text("words")
    if not what:
        return Refusal("Write what is wrong.", "what")
    if not words:
        return Refusal("Write what is right, or what you want to be changed.", "words")
    joe = "" if gate.actor.role == "person" else person.call_name
    to = routing.who_answers(gate, person.id)
    chosen = talking.readers_chosen(TEAM, (), to=to, possible=(), joe=joe)
    if isinstance(chosen, Refusal):
        return chosen
    answers, readers = chosen
    said = f"Something in the record is wrong: {what}\n{words}"
    return talking.begin(
        gate, person_id=person.id, words=said, to=answers, readers=readers, today=timezone.localdate()
    )


def may_see_record(gate: Gate, person_id: str) -> bool:
    """Whether this reader's authority opens health."""
    held = gate.person(person_id)
    return bool(held and held.kinds & _SEES_HEALTH and "frozen" not in held.kinds)


def _opened(request: HttpRequest, person_id: Any) -> tuple[Gate, Banner, str]:
    gate = access.gate_of(request)
    whose = str(person_id) if person_id else own.own_id(request)
    if not may_see_record(gate, whose) or (person_id is None) is not (gate.actor.role == "person"):
        raise Refused("not there, or not allowed")
    person, _ = own.opened(gate, whose)
    return gate, person, "/my/record" if person_id is None else f"/my/caring/{person.id}/record"


@signed_in("person", portal=True)
def who_can_see(request: HttpRequest) -> HttpResponse:
    """Everyone who can open my plan and my record now, and why."""
    gate, now = access.gate_of(request), timezone.now()
    person, _ = own.opened(gate, own.own_id(request))
    held = gate.person(person.id)
    names = directory.sources().names
    team = [one for one in membership.team_of(gate, person.id) if one.until is None]
    stopped = {one.proxy_id for one in representatives.freezes(gate, person.id) if one.until is None}
    context = {
        "person": person,
        "team": [
            (one.name, role_name(one.role), one.organisation)
            for one in team
            if not membership.is_volunteer(one)
        ],
        "visitors": [one.name for one in team if membership.is_volunteer(one)],
        "acting": [
            one
            for one in representatives.authorities(gate, person.id)
            if one.basis != "no" and one.holds(now) and one.proxy_id not in stopped
        ],
        "sources": sorted(
            {names.get(one.source, one.source) for one in held.subjects if one.source != PLACE}
            if held
            else ()
        ),
        "still_flows": gate.door.sharing.still_flows,
    }
    return render(request, "portal/who_can_see.jinja", context)
