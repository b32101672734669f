"""What has been kept long enough, destroying it by two people, and the holds that stop it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.record import Gate, Refusal, Refused, holds, retention
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff.governance.subject_access import traced

_NEEDED = ("Say in your own words why.",)


@signed_in("governance-lead")
def listed(request: HttpRequest) -> HttpResponse:
    """Whose time is over, what waits for a second person, and what was decided."""
    gate, sectors = access.gate_of(request), directory.sources().sectors
    found = retention.due(gate, sectors, after=request.GET.get("after"))
    rows = [_disposal(gate, each) for each in retention.disposals(gate)]
    waiting = [row for row in rows if row["one"].decision is None]
    proposed = {row["one"].person_id for row in waiting}
    titles = retention.rule_titles()
    context = {
        "due": [_due(each, titles, is_proposed=each.person_id in proposed) for each in found.people],
        "go_on": found.go_on,
        "waiting": waiting,
        "done": [row for row in rows if row["one"].decision is not None],
        "unconfirmed": any("confirm first" in title for title in titles.values()),
    }
    return render(request, "staff/governance/kept.jinja", context)


@signed_in("governance-lead")
def propose(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The first person's word."""
    gate, form = access.gate_of(request), Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = retention.propose(gate, directory.sources().sectors, str(person_id), words=form.text("words"))
        if not isinstance(made, Refusal):
            flash.done(request, "Proposed. A second person decides.")
            return redirect("kept")
        form.fail(made.field, f"{made.reason}.")
    facts = [("Whose record", str(person_id)[:8])]
    return _show(request, form, "Propose that a record is destroyed", "propose", facts)


@signed_in("governance-lead")
def decide(request: HttpRequest, disposal_id: Any) -> HttpResponse:
    """The second person's word; afterwards the certificate."""
    gate, form = access.gate_of(request), Form(request.POST if request.method == "POST" else None)
    held = next((each for each in retention.disposals(gate) if each.id == str(disposal_id)), None)
    if held is None:
        raise Refused("not there, or not allowed")
    if request.method == "POST":
        decision = form.choice("decision", ("keep", "destroy"), "Choose what you decide.")
        words = form.text("words", *_NEEDED)
        if form.ok:
            sectors = directory.sources().sectors
            answer = retention.decide(gate, sectors, held.id, destroys=decision == "destroy", words=words)
            if answer is None:
                flash.done(request, "Destroyed." if decision == "destroy" else "It is kept.")
                return redirect("kept")
            form.fail(answer.field, f"{answer.reason}.")
    if held.certificate is not None:
        return _show(request, form, "Certificate of destruction", "", _certificate(held))
    is_mine = held.proposed_by == gate.actor.id
    facts = [
        ("Whose record", held.person_id[:8]),
        ("Kept until", wording.day(held.due_on)),
        ("By which rule", _rule(held.rule)),
        ("Last contact", wording.day(held.last_on)),
        ("Proposed by", f"{directory.contact(held.proposed_by).name}: “{held.words}”"),
    ]
    open_to_me = held.decision is None and not is_mine
    return _show(request, form, "Destroy this record?", "decide" if open_to_me else "", facts)


@signed_in("governance-lead")
def all_holds(request: HttpRequest) -> HttpResponse:
    """Those that stand, placing one, and ending one that somebody else placed."""
    gate, form = access.gate_of(request), Form(request.POST if request.method == "POST" else None)
    found = None
    if request.method == "POST":
        answer = _acted(request, gate, form)
        if answer == "done":
            return redirect("holds")
        found = traced(request, form, gate) if answer == "look" else None
    rows = [_hold(gate, each) for each in holds.holds(gate)]
    context = {
        "form": form,
        "found": found,
        "standing": [row for row in rows if row["one"].lifted_at is None],
        "ended": [row for row in rows if row["one"].lifted_at is not None],
    }
    return render(request, "staff/governance/holds.jinja", context, status=200 if form.ok else 422)


def _acted(request: HttpRequest, gate: Gate, form: Form) -> str:
    if form.get("lift"):
        answer = holds.lift(gate, form.get("lift"), because=form.text("because"))
        if answer is None:
            flash.done(request, "The hold has ended.")
            return "done"
        form.fail("because-1", f"{answer.reason}.")
        return "failed"
    if form.get("person"):
        if form.get("person") not in request.session.get("traced", ()):
            form.fail("number", "Look for the person again.")
            return "failed"
        made = holds.place(gate, form.get("person"), reason=form.text("reason"))
        if not isinstance(made, Refusal):
            flash.done(request, "The hold stands from this moment.")
            return "done"
        form.fail("number", f"{made.reason}.")
        return "failed"
    return "look"


def _show(
    request: HttpRequest, form: Form, heading: str, act: str, facts: list[tuple[str, str]]
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "act": act,
        "facts": facts,
        "backups": wording.day(retention.backups_until()),
    }
    return render(request, "staff/governance/kept_one.jinja", context, status=200 if form.ok else 422)


def _certificate(held: retention.Disposal) -> list[tuple[str, str]]:
    told = held.certificate or {}
    rows = sum(told["rows"].values())
    return [
        ("Whose record", held.person_id[:8]),
        ("Destroyed", wording.moment(held.decided_at)),
        (
            "What",
            f"{told['rows'].get('resource', 0)} entries, {rows} rows in all, with every earlier version",
        ),
        ("By which rule", f"{_rule(held.rule)}; kept until {wording.day(held.due_on)}"),
        ("Proposed by", f"{directory.contact(held.proposed_by).name}: “{held.words}”"),
        ("Decided by", f"{directory.contact(held.decided_by or '').name}: “{held.decided_words}”"),
        ("Backups", f"The last that holds it is destroyed by {wording.day(told['backups_until'])}"),
        ("What stays", "Who looked at the record and when, and this certificate"),
    ]


def _rule(rule: str) -> str:
    return retention.rule_titles().get(rule.rpartition(" ")[2], rule)


def _due(each: retention.Due, titles: dict[str, str], *, is_proposed: bool) -> dict[str, Any]:
    return {
        "one": each,
        "mark": each.person_id[:8],
        "until": wording.day(each.due_on),
        "rule": titles.get(each.rule, each.rule),
        "last": wording.day(each.last_on),
        "died": wording.day(each.died) if each.died else "",
        "proposed": is_proposed,
    }


def _disposal(gate: Gate, each: retention.Disposal) -> dict[str, Any]:
    return {
        "one": each,
        "mark": each.person_id[:8],
        "mine": each.proposed_by == gate.actor.id,
        "proposed": wording.moment(each.proposed_at),
        "by": directory.contact(each.proposed_by).name,
        "decided": wording.moment(each.decided_at),
        "decider": directory.contact(each.decided_by).name if each.decided_by else "",
    }


def _hold(gate: Gate, each: holds.Hold) -> dict[str, Any]:
    return {
        "one": each,
        "mark": each.person_id[:8],
        "mine": each.placed_by == gate.actor.id,
        "by": directory.contact(each.placed_by).name,
        "placed": wording.moment(each.placed_at),
        "lifted": wording.moment(each.lifted_at),
        "lifter": directory.contact(each.lifted_by).name if each.lifted_by else "",
    }
