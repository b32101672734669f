"""“Add a person”: first whether they are known here, then who they are; and “Bring my people” (pages.md §2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.finding import bringing
from careweave.care.finding.bringing import Fate, Line
from careweave.intake import by_hand
from careweave.intake.by_hand import Details
from careweave.record import Gate, Refusal
from careweave.record.ids import is_id, new_id
from careweave.record.people import Demographics
from careweave.record.validation.nhs_number import normalise
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import colleagues

LARGEST_LIST = 100_000


@signed_in(*access.PROFESSIONALS)
def add(request: HttpRequest) -> HttpResponse:
    """Trace first; whoever may be the same person is offered before anyone is added."""
    gate = access.gate_of(request)
    form = Form(request.POST if request.method == "POST" else {"once": new_id(), **typed_before(request)})
    known: list[Demographics] = []
    if request.method == "POST":
        details, reason = read(form)
        if details and form.ok:
            known = known_already(gate, details)
            answer = _answer(request, gate, form, details, reason, known)
            if answer is not None:
                return answer
    context = {
        "form": form,
        "known": [_shown(gate, one) for one in known],
        "same_number": any(_has_number(one, form.get("nhs_number")) for one in known),
        "sexes": by_hand.SEXES.items(),
    }
    return render(request, "staff/add_person.jinja", context, status=200 if form.ok else 422)


def typed_before(request: HttpRequest) -> dict[str, str]:
    """The words of the search that found no one, as a start."""
    words = request.GET.get("q", "")[:100].split()
    if not words or any(each[0].isdigit() for each in words):
        return {}
    return {"given": " ".join(words[:-1]) or words[0], "family": words[-1] if len(words) > 1 else ""}


def read(form: Form) -> tuple[Details | None, str]:
    """The details as typed, each error at its field."""
    given = form.text("given", "Enter a first name.")
    family = form.text("family", "Enter a surname.")
    born = form.day("born", "Enter a date of birth.")
    reason = form.text("reason", "Say why they need coordinated care.")
    if born is None:
        return None, reason
    details = Details(
        given=given,
        family=family,
        birth_date=born,
        sex=form.get("sex"),
        nhs_number=form.text("nhs_number"),
        known_as=form.text("known_as"),
        line=form.text("line"),
        town=form.text("town"),
        postcode=form.text("postcode").upper(),
        telephone=form.text("telephone"),
    )
    for wrong in by_hand.check(details, today=timezone.localdate()) if given and family else ():
        form.fail(wrong.field, wrong.reason)
    return details, reason


def known_already(gate: Gate, details: Details) -> list[Demographics]:
    """Who is known here by this NHS number, or by this name and birth date, also with day and month exchanged."""
    born = details.birth_date
    days = [born, *([born.replace(day=born.month, month=born.day)] if born.day <= 12 else [])]
    number = normalise(details.nhs_number)
    found = gate.trace(nhs_number=number) if number else []
    for day in days:
        found += gate.trace(given=details.given, family=details.family, birth_date=day.isoformat())
    return list({one.person_id: one for one in found}.values())


def _has_number(one: Demographics, typed: str) -> bool:
    return bool(typed.strip()) and one.nhs_number == normalise(typed)


def _answer(
    request: HttpRequest, gate: Gate, form: Form, details: Details, reason: str, known: list[Demographics]
) -> HttpResponse | None:
    """What the chosen button does; None when there is something to choose or to put right first."""
    today = timezone.localdate()
    chosen = next((one for one in known if one.person_id == form.get("bring")), None)
    if chosen is not None:
        return _bring_one(request, gate, form, chosen.person_id, reason)
    is_same = any(_has_number(one, details.nhs_number) for one in known)
    if known and (is_same or not form.get("sure")):
        return None
    once = form.get("once") if is_id(form.get("once")) else new_id()
    added = by_hand.add_person(
        gate.actor, source=gate.actor.organisation, details=details, once=once, today=today
    )
    if isinstance(added, Refusal):
        form.fail(added.field or "given", added.reason)
        return None
    asked = bringing.bring(gate, person_id=added, team=my_team(gate), reason=reason, today=today)
    if isinstance(asked, Refusal):
        flash.note(request, f"{asked.reason}.")
    else:
        words = f"{details.known_as or details.given} was added today."
        flash.done(request, words, detail="Take them on to be in charge, or leave it to your team.")
    return redirect("person", person_id=added)


def _bring_one(
    request: HttpRequest, gate: Gate, form: Form, person_id: str, reason: str
) -> HttpResponse | None:
    done = bringing.bring(
        gate, person_id=person_id, team=my_team(gate), reason=reason, today=timezone.localdate()
    )
    if isinstance(done, Refusal):
        form.fail("given", f"{done.reason}.")
        return None
    flash.done(request, "Your team is asked to take them on.", detail="Choose “Take on” or “Not now”.")
    return redirect("/day?show=suggested")


def my_team(gate: Gate) -> str:
    """The team that is asked: mine, or me where I work in none."""
    me = colleagues.me(gate.actor)
    return f"team:{me.team}" if me and me.team else gate.actor.id


def _shown(gate: Gate, one: Demographics) -> dict[str, Any]:
    """Enough to know whether this is the person, and a link for whoever may open it."""
    return {
        "id": one.person_id,
        "name": f"{one.family.upper()}, {one.given}",
        "born": wording.day(one.birth_date),
        "postcode": one.postcode or "Postcode not known",
        "nhs_number": wording.nhs_number(one.nhs_number),
        "can_open": gate.person(one.person_id) is not None,
    }


@signed_in(*access.PROFESSIONALS)
def bring(request: HttpRequest) -> HttpResponse:
    """A list of NHS numbers or names: shown line by line first, and only then brought."""
    gate, form = access.gate_of(request), Form(request.POST if request.method == "POST" else None)
    lines: list[Line] = []
    is_done, typed = False, form.text("people")
    if request.method == "POST":
        typed = _with_file(request, form, typed)
        reason = form.text("reason", "Say why they are your people.")
        if not typed:
            form.fail("people", "Type or paste at least one NHS number, or choose a file.")
        if form.ok:
            team, today = my_team(gate), timezone.localdate()
            lines = bringing.check_lines(gate, typed, team=team, today=today)
            is_done = bool(form.get("sure"))
            if is_done:
                lines = bringing.bring_all(gate, lines, team=team, reason=reason, today=today)
    context = {
        "form": form,
        "typed": typed,
        "rows": [_row(line) for line in lines],
        "ready": sum(line.fate is Fate.READY for line in lines),
        "brought": sum(line.fate is Fate.BROUGHT for line in lines),
        "is_done": is_done,
        "most": bringing.MOST_LINES,
        "too_many": len([line for line in typed.splitlines() if line.strip()]) > bringing.MOST_LINES,
    }
    return render(request, "staff/bring.jinja", context, status=200 if form.ok else 422)


def _with_file(request: HttpRequest, form: Form, typed: str) -> str:
    """The lines of an uploaded file after those that were typed."""
    sent = request.FILES.get("file")
    if sent is None:
        return typed
    if (sent.size or 0) > LARGEST_LIST:
        form.fail("file", "This file is too long. Bring at most 200 people at once.")
        return typed
    try:
        text = sent.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        form.fail("file", "This is not a text file. Save the list as CSV (UTF-8), one person a line.")
        return typed
    return "\n".join(filter(None, (typed, text.replace("\r\n", "\n").replace("\x00", "").strip())))


def _row(line: Line) -> dict[str, Any]:
    person = line.person
    who = f"{person.family.upper()}, {person.given}, born {wording.day(person.birth_date)}" if person else ""
    return {"number": line.number, "text": line.text[:80], "who": who, "fate": line.fate.value,
            "is_good": line.fate in (Fate.READY, Fate.BROUGHT), "is_new": line.fate is Fate.NOT_KNOWN}  # fmt: skip
