"""Entries that stood in the wrong person's record: who saw them, who was told, what is outstanding, how it ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.record import Refusal, Refused, incidents
from careweave.record.incidents import Incident, Saw
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import role_name

_KINDS = {
    "note": "A note about somebody else",
    "record": "A record of somebody else",
}


@signed_in("governance-lead")
def listed(request: HttpRequest) -> HttpResponse:
    """What is open, and what was closed; people are a mark, not a name."""
    found = incidents.incidents(access.gate_of(request))
    ended = incidents.outcomes()
    rows = [_row(each) for each in found]
    context = {
        "open": [row for row in rows if row["one"].ended is None],
        "closed": [
            {**row, "outcome": ended.get(row["one"].ended.outcome, row["one"].ended.outcome)}
            for row in rows
            if row["one"].ended is not None
        ],
    }
    return render(request, "staff/governance/incidents.jinja", context)


@signed_in("governance-lead")
def one(request: HttpRequest, incident_id: Any) -> HttpResponse:
    """Everyone who saw it; the form for who was told, and the one for the end."""
    gate, key = access.gate_of(request), str(incident_id)
    held = next((each for each in incidents.incidents(gate) if each.id == key), None)
    if held is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        is_telling = form.get("act") == "told"
        if is_telling:
            answer = incidents.say_told(gate, key, reader=form.get("reader"), words=form.text("how"))
        else:
            answer = incidents.close(gate, key, outcome=form.get("outcome"), words=form.text("words"))
        if answer is None:
            flash.done(request, "Saved." if is_telling else "Closed, with your words.")
            return redirect("incident", incident_id=key) if is_telling else redirect("incidents")
        _fail(form, answer, "how" if is_telling else "words")
    saw = [_saw(each) for each in held.saw]
    context = {
        "form": form,
        "row": _row(held),
        "saw": saw,
        "untold": [(row["key"], f"{row['who']}, {row['role']}") for row in saw if not row["told"]],
        "outcomes": list(incidents.outcomes().items()),
    }
    return render(request, "staff/governance/incident.jinja", context, status=200 if form.ok else 422)


def _fail(form: Form, answer: Refusal, words_field: str) -> None:
    form.fail(words_field if answer.field == "words" else answer.field, f"{answer.reason}.")


def _row(held: Incident) -> dict[str, Any]:
    return {
        "one": held,
        "what": _KINDS[held.kind],
        "mark": held.person_id[:8],
        "when": wording.moment(held.at),
        "found_by": directory.contact(held.found_by).name if held.found_by else "Not known",
        "outstanding": len(held.outstanding),
    }


def _saw(each: Saw) -> dict[str, Any]:
    names = directory.sources().names
    return {
        "key": each.reader,
        "who": directory.contact(each.reader).name,
        "role": role_name(each.role),
        "organisation": names.get(each.organisation, each.organisation),
        "when": wording.moment(each.last),
        "times": "once" if each.looks == 1 else f"{each.looks} times",
        "told": wording.moment(each.told) if each.told else "",
        "words": each.told_words,
    }
