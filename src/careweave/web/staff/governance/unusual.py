"""Unusual looks at records: what to ask whom, and what came of it; a question, never an accusation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.identity.readers import readers
from careweave.record import Gate, Refused, unusual
from careweave.record.unusual import Question
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import role_name

_MOST_MARKS = 12


@signed_in("governance-lead")
def listed(request: HttpRequest) -> HttpResponse:
    """Not asked about yet, then asked and not answered, then what came to an end."""
    gate, rules = access.gate_of(request), unusual.rules()
    found, ended = unusual.questions(gate, readers()), unusual.answered(gate)
    names = directory.contacts([each.actor for each in found] + [step.actor for step in ended])
    rows = [_row(gate, each, names[each.actor].name) for each in found]
    context = {
        "days": rules.days,
        "waiting": [row for row in rows if row["one"].asked is None],
        "asked": [row for row in rows if row["one"].asked is not None],
        "ended": [
            {
                "who": names[step.actor].name,
                "why": rules.reasons[step.reason].title if step.reason in rules.reasons else step.reason,
                "outcome": rules.outcomes.get(step.outcome, step.outcome),
                "words": step.words,
                "when": wording.moment(step.at),
            }
            for step in ended
        ],
    }
    return render(request, "staff/governance/unusual.jinja", context)


@signed_in("governance-lead")
def one(request: HttpRequest, key: str, staff_id: Any) -> HttpResponse:
    """One question: what was seen, and the form for what was asked or found."""
    gate, rules = access.gate_of(request), unusual.rules()
    found = [each for each in unusual.questions(gate, readers()) if each.actor == f"staff:{staff_id}"]
    held = next((each for each in found if each.reason == key), None)
    if held is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        answer = unusual.answer(
            gate,
            actor=held.actor,
            reason=held.reason,
            until=_shown_until(form, held),
            outcome=form.get("outcome"),
            words=form.text("words"),
        )
        if answer is None:
            flash.done(request, "Saved. It is on the list with your words.")
            return redirect("unusual")
        form.fail(answer.field, f"{answer.reason}.")
    context = {
        "form": form,
        "row": _row(gate, held, directory.contact(held.actor).name),
        "until": held.last.isoformat(),
        "outcomes": list(rules.outcomes.items()),
    }
    return render(request, "staff/governance/unusual_one.jinja", context, status=200 if form.ok else 422)


def _shown_until(form: Form, held: Question) -> Any:
    """The last look that the page showed: one that came while it was read is not covered by the answer."""
    shown = wording.as_instant(form.get("until"))
    return min(shown, held.last) if shown else held.last


def _row(gate: Gate, held: Question, name: str) -> dict[str, Any]:
    reason, sources = unusual.rules().reasons[held.reason], directory.sources()
    marks = [each[:8] for each in held.people[:_MOST_MARKS]]
    return {
        "one": held,
        "href": f"/governance/unusual/{held.reason}/{held.actor.removeprefix('staff:')}",
        "who": name,
        "role": role_name(held.role),
        "organisation": sources.names.get(held.organisation, held.organisation),
        "title": reason.title,
        "words": reason.words,
        "how_many": _how_many(held),
        "when": _when(held),
        "marks": marks,
        "more": max(len(held.people) - _MOST_MARKS, 0),
        "about_me": held.actor == gate.actor.id,
    }


def _how_many(held: Question) -> str:
    if held.reason == "volume":
        usual = round(held.usual or 0)
        return f"{wording.people(held.most)} on one day; others in the role look at {usual} on a usual day"
    times = "once" if held.looks == 1 else f"{held.looks} times"
    return f"{wording.people(len(held.people))}, {times}" if held.people else times.capitalize()


def _when(held: Question) -> str:
    first, last = wording.moment(held.first), wording.moment(held.last)
    return last if first == last else f"{first} to {last}"
