"""My readings: what I measure at home, kept as mine, drawn, and put right by me; and those of someone I look after."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.readings import keeping, kinds
from careweave.care.readings.keeping import Kept
from careweave.care.readings.kinds import Reading
from careweave.record import Gate, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.presenters import own_readings
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.own_readings import Shown

_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\Z", re.IGNORECASE)


@signed_in("person", "carer", portal=True)
def readings(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """Every kind, with the last one written down."""
    gate, person, address = _opened(request, person_id)
    kept = keeping.readings_of(gate, person.id)
    rows = [_shown(gate, person, kind, kept) for kind in kinds.reading_kinds(timezone.localdate())]
    context = {"person": person, "is_mine": person_id is None, "rows": rows, "address": address}
    return render(request, "portal/readings.jinja", context)


@signed_in("person", "carer", portal=True)
def reading(request: HttpRequest, key: str, person_id: Any = None) -> HttpResponse:
    """One kind: write one down, see those before."""
    gate, person, address = _opened(request, person_id)
    kind = _kind(key)
    form = Form(request.POST if request.method == "POST" else {"when": "now"})
    if request.method == "POST":
        typed = _typed(form, kind)
        if typed:
            values, at = typed
            done = keeping.keep(
                gate,
                kind,
                person_id=person.id,
                values=values,
                at=at,
                note=form.text("note"),
                today=timezone.localdate(),
            )
            if isinstance(done, keeping.Done):
                flash.done(request, f"Written down.{_who_is_told(done)}")
                return redirect(f"{address}/{kind.id}")
            form.fail(done.field or "when", f"{done.reason}.")
    return _show(request, gate, person, kind, form, address, None)


@signed_in("person", "carer", portal=True)
def put_right(request: HttpRequest, key: str, reading_id: Any, person_id: Any = None) -> HttpResponse:
    """Put right what I wrote; what stood before is kept."""
    gate, person, address = _opened(request, person_id)
    kind = _kind(key)
    held = _written_by_me(gate, person.id, kind, str(reading_id))
    form = Form(request.POST if request.method == "POST" else _as_typed(kind, held))
    if request.method == "POST" and (typed := _typed(form, kind)):
        done = keeping.put_right(
            gate,
            kind,
            reading_id=held.id,
            version=form.whole("version"),
            values=typed[0],
            at=typed[1],
            note=form.text("note"),
        )
        if isinstance(done, keeping.Done):
            said = "Put right. What you wrote before is kept in the history."
            flash.done(request, f"{said}{_who_is_told(done)}")
            return redirect(f"{address}/{kind.id}")
        form.fail(done.field or "when", f"{done.reason}.")
    return _show(request, gate, person, kind, form, address, held)


def _written_by_me(gate: Gate, person_id: str, kind: Reading, reading_id: str) -> Kept:
    """What somebody else wrote down is not there to be put right."""
    for one in keeping.readings_of(gate, person_id):
        if one.id == reading_id and one.kind == kind.id and one.by == gate.actor.id:
            return one
    raise Refused("not there, or not allowed")


def _who_is_told(done: keeping.Done) -> str:
    told = done.told
    return f" {told.name} is told, and answers by {wording.weekday(told.by)}." if told else ""


def _opened(request: HttpRequest, person_id: Any) -> tuple[Gate, Banner, str]:
    """Oneself, or someone one may measure for; anyone else's page is not there."""
    gate = access.gate_of(request)
    whose = str(person_id) if person_id else own.own_id(request)
    if (person_id is None) is not (gate.actor.role == "person") or not keeping.may_keep(gate, whose):
        raise Refused("not there, or not allowed")
    person, _ = own.opened(gate, whose)
    return gate, person, "/my/readings" if person_id is None else f"/my/caring/{person.id}/readings"


def _kind(key: str) -> Reading:
    found = next((one for one in kinds.reading_kinds(timezone.localdate()) if one.id == key), None)
    if found is None:
        raise Refused("not there, or not allowed")
    return found


def _shown(gate: Gate, person: Banner, kind: Reading, kept: tuple[Kept, ...]) -> Shown:
    return own_readings.shown(
        kind, kept, reader=gate.actor.id, person_id=person.id, call_name=person.call_name
    )


def _typed(form: Form, kind: Reading) -> tuple[dict[str, float], datetime] | None:
    """The numbers and the moment, or nothing and every fault at its field."""
    form.text("note")  # a word too many is told here, before anything is written
    found = keeping.read_typed(kind, {one.key: form.get(one.key) for one in kind.fields})
    at = timezone.now() if form.get("when") != "earlier" else _moment(form)
    if isinstance(found, list):
        for each in found:
            form.fail(each.field or kind.fields[0].key, f"{each.reason}.")
    return None if isinstance(found, list) or at is None or not form.ok else (found, at)


def _moment(form: Form) -> datetime | None:
    day = form.day("day", "Write the day when you measured.")
    clock = _clock(form.text("time"))
    if clock is None:
        form.fail("time", "Write the time like this: 8:30am.")
    return datetime.combine(day, clock, wording.LONDON) if day and clock else None


def _clock(text: str) -> time | None:
    found = _TIME.match(text.strip())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _as_typed(kind: Reading, held: Kept) -> dict[str, str]:
    at = held.at.astimezone(wording.LONDON)
    values = {one.key: f"{held.values[one.key]:g}" for one in kind.fields}
    return {
        **values,
        "when": "earlier",
        "day-day": str(at.day),
        "day-month": str(at.month),
        "day-year": str(at.year),
        "time": wording.clock(at),
        "note": held.note,
    }


def _show(
    request: HttpRequest,
    gate: Gate,
    person: Banner,
    kind: Reading,
    form: Form,
    address: str,
    held: Kept | None,
) -> HttpResponse:
    context = {
        "person": person,
        "is_mine": gate.actor.role == "person",
        "kind": kind,
        "one": _shown(gate, person, kind, keeping.readings_of(gate, person.id)),
        "form": form,
        "address": address,
        "held": held,
    }
    return render(request, "portal/reading.jinja", context, status=200 if form.ok else 422)
