"""“Take a call”: the team's queue, who it is about, and what was told; nobody is told to ring someone else (B07)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from careweave.care.contacts import callers, queue, rules
from careweave.care.contacts.callers import Caller
from careweave.care.contacts.taking import Said, Taken, take_contact
from careweave.care.finding import bringing
from careweave.care.finding.bringing import Fate
from careweave.intake import by_hand
from careweave.record import Gate, Refusal, Refused
from careweave.record.ids import is_id, new_id
from careweave.record.people import Demographics
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import contacts as shown_as
from careweave.web.staff import adding, opened, people
from careweave.web.staff.opened import Opened

MOST_QUEUED = 50


@signed_in(*access.PROFESSIONALS)
def contacts(request: HttpRequest) -> HttpResponse:
    """Who is it about? And what waits at our desk."""
    gate, now = access.gate_of(request), timezone.now()
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = people.found_people(request, query) if query else []
    others, problem = _traced(gate, query, {one.id for one in found}) if query else ([], "")
    waiting = queue.queue(gate)
    page = waiting[:MOST_QUEUED]
    known = {one.id: one for one in people.banners(request, list({one.person_id: 1 for one in page}))}
    context = {
        "query": query,
        "found": found,
        "others": others,
        "problem": problem,
        "rows": shown_as.rows(page, known, now),
        "more": len(waiting) - len(page),
    }
    return render(request, "staff/contacts.jinja", context)


def _traced(gate: Gate, query: str, known: set[str]) -> tuple[list[Demographics], str]:
    """People who are known in the place but not to this reader: each question is written down."""
    try:
        traced = bringing.traced(gate, query)
    except Refused:
        return [], ""
    if isinstance(traced, Fate):
        return [], "" if traced is Fate.UNREADABLE else f"{traced.value}."
    return [one for one in traced if one.person_id not in known], ""


@signed_in(*access.PROFESSIONALS)
def take(request: HttpRequest) -> HttpResponse:
    """Take it down: about someone known, or about someone who is added here at the same time."""
    gate, query = access.gate_of(request), request.GET.get("q", "")[:200]
    person_id = request.GET.get("person", "")
    shown = _shown(request, gate, person_id)
    traced = None if shown else _again(gate, query, person_id)
    if person_id and shown is None and traced is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else {"channel": "phone", **_start(request)})
    is_new = not person_id
    if request.method == "POST":
        answered = _take(request, gate, form, shown, person_id)
        if answered is not None:
            return answered
    return render(
        request,
        "staff/contact_take.jinja",
        _context(gate, form, shown, traced, is_new),
        status=200 if form.ok else 422,
    )


def _start(request: HttpRequest) -> dict[str, str]:
    return {"once": new_id(), **adding.typed_before(request)}


def _shown(request: HttpRequest, gate: Gate, person_id: str) -> Opened | None:
    if not is_id(person_id) or gate.person(person_id) is None:
        return None
    return opened.open_person(request, person_id)


def _again(gate: Gate, query: str, person_id: str) -> Demographics | None:
    """Whoever was found by these words, and nobody else, can be taken down about without a part in their care."""
    if not person_id or not query:
        return None
    found, _ = _traced(gate, query, set())
    return next((one for one in found if one.person_id == person_id), None)


def _context(
    gate: Gate, form: Form, shown: Opened | None, traced: Demographics | None, is_new: bool
) -> dict[str, Any]:
    desk = rules.desk(timezone.localdate())
    known, assessment = shown_as.already_known(desk.questions, shown.resources) if shown else ({}, "")
    people_known = callers.known_callers(gate, shown.record.id) if shown else []
    name = shown.banner.call_name if shown else traced.given if traced else ""
    return {
        "form": form,
        "person": shown.banner if shown else None,
        "traced": traced,
        "born": wording.day(traced.birth_date) if traced else "",
        "is_new": is_new,
        "name": name or "the person",
        "channels": desk.channels.items(),
        "callers": shown_as.caller_options(name, people_known, shown.banner.sex if shown else ""),
        "checks": desk.checks.items(),
        "urgencies": [(one.id, one.title) for one in desk.urgencies.values()],
        "known": list(known.values()),
        "assessment": assessment,
        "unknown": [one for one in desk.questions if one.id not in known],
        "open_already": queue.contacts_about(gate, shown.record.id) if shown else [],
        "sexes": by_hand.SEXES.items(),
    }


def _take(
    request: HttpRequest, gate: Gate, form: Form, shown: Opened | None, person_id: str
) -> HttpResponse | None:
    """Write it down; None when something must be put right first."""
    said = _said(gate, form, shown, person_id)
    if not person_id:
        person_id = _added(gate, form, said)
    if not form.ok or not person_id:
        return None
    done = take_contact(gate, person_id=person_id, said=said, today=timezone.localdate())
    if isinstance(done, Refusal):
        _fail(form, done)
        return None
    _say(request, done)
    mine = queue.contact(gate, done.task.id)
    if not mine:
        return redirect("contacts")
    care = request.GET.get("care", "")  # chosen on the person's page, and asked for again on the next
    there = reverse("contact", args=[done.task.id])
    return redirect(f"{there}?{urlencode({'care': care})}#care" if care else there)


def _said(gate: Gate, form: Form, shown: Opened | None, person_id: str) -> Said:
    """What was typed, as one contact."""
    chosen, desk = form.get("caller"), rules.desk(timezone.localdate())
    name, relation, telephone = form.text("caller_name"), form.text("relation"), form.text("caller_telephone")
    kind, party = chosen, ""
    if chosen.startswith("person:"):
        known = callers.known_callers(gate, person_id)
        one = next((each for each in known if each.party == chosen), None)
        kind = callers.KNOWN if one else ""
        if one:
            name, relation, telephone, party = one.name, one.relation, telephone or one.telephone, one.party
    elif chosen == callers.SELF:
        name = name or (shown.banner.name if shown else form.text("given") or "The person")
        party = f"person:{person_id}" if person_id else ""
    answers = {one.id: form.text(f"answer-{one.id}") for one in desk.questions}
    caller = Caller(kind, name, relation, telephone, party, form.get("check"))
    return Said(form.get("channel"), caller, form.text("what"), form.get("urgency"), answers)


def _added(gate: Gate, form: Form, said: Said) -> str:
    """Someone nobody knew here: traced once more by what was typed, then added, once."""
    form.data = {**form.data.dict(), "reason": said.what} if hasattr(form.data, "dict") else form.data
    details, _ = adding.read(form)
    if details is None or not form.ok:
        return ""
    known = adding.known_already(gate, details)
    if known:
        form.fail(
            "given",
            "Someone with this name and date of birth, or this NHS number, is known here. Look them up.",
        )
        return ""
    once = form.get("once") if is_id(form.get("once")) else new_id()
    added = by_hand.add_person(
        gate.actor, source=gate.actor.organisation, details=details, once=once, today=timezone.localdate()
    )
    if isinstance(added, Refusal):
        form.fail(added.field or "given", added.reason)
        return ""
    return added


def _fail(form: Form, refusal: Refusal) -> None:
    form.fail(refusal.field or "what", f"{refusal.reason.removesuffix('.')}.")


def _say(request: HttpRequest, done: Taken) -> None:
    by = shown_as.due(done.reply_by, timezone.now()).text
    desk = done.route.desk
    flash.done(
        request,
        f"{desk.name} has it. Tell the caller: “{desk.name} will call you back. You need not ring anyone else.”",
        detail=f"To be answered: {by}",
    )
