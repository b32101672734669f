"""The pathways a person is on: what each asks for, what is there already, and a change of tier with its handover."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.pathways.mandatory import CONTINGENCY, Mandatory, mandatory_for
from careweave.care.pathways.reading import all_pathways, pathway
from careweave.care.pathways.standing import LEFT, Moved, leave, move_tier, offered_to, place_on, standings
from careweave.care.teams.handover import Terms
from careweave.care.teams.staff_facts import Worker, worker_of, workers
from careweave.record import Gate, Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.assessments import MAY_ASSESS
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def pathways(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Show where the person stands; put them on a pathway, change the tier or take them off."""
    shown = opened.open_person(request, str(person_id))
    if not shown.record.kinds & MAY_ASSESS:
        raise Refused("not there, or not allowed")
    typed = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _act(shown, typed)
        if isinstance(done, str):
            flash.done(request, done)
            return redirect("pathways", person_id=shown.record.id)
        typed.fail(done.field or "pathway", f"{done.reason}.")
    context = {**_context(shown, typed), "changing": typed.get("pathway") or request.GET.get("tier", "")}
    return render(request, "staff/pathways.jinja", context, status=200 if typed.ok else 422)


def _act(shown: Opened, typed: Form) -> str | Refusal:
    """What was asked for, and the words for it when it was done."""
    gate, person_id, today = shown.gate, shown.record.id, timezone.localdate()
    pathway_id, tier, reason = typed.get("pathway"), typed.get("tier"), typed.text("reason")
    act = typed.get("act")
    if act == "leave":
        done = leave(gate, person_id=person_id, pathway_id=pathway_id, reason=reason, today=today)
        return (
            done
            if isinstance(done, Refusal)
            else f"{shown.banner.call_name} is not on this pathway any more."
        )
    if act == "move":
        moved = move_tier(
            gate,
            person_id=person_id,
            pathway_id=pathway_id,
            tier=tier,
            reason=reason,
            to=_asked(typed),
            terms=Terms(typed.text("note"), typed.day("starts_on"), typed.text("not_told_because")),
            today=today,
        )
        return moved if isinstance(moved, Refusal) else _moved(moved)
    pathway_id, _, tier = typed.get("placed").partition("|")
    placed = place_on(gate, person_id=person_id, pathway_id=pathway_id, tier=tier, reason=reason, today=today)
    return placed if isinstance(placed, Refusal) else f"{shown.banner.call_name} is on this pathway now."


def _asked(typed: Form) -> Worker | None:
    party, _, role = typed.get("to").partition("|")
    return worker_of(party, role=role) if party else None


def _moved(moved: Moved) -> str:
    if moved.is_waiting:
        return (
            "Asked. The tier changes when your colleague is in charge; the person is told before it happens."
        )
    return "The tier is changed."


def _context(shown: Opened, typed: Form) -> dict[str, Any]:
    gate, today = shown.gate, timezone.localdate()
    on = [(each, pathway(each.now.pathway_id, on=today)) for each in standings(gate, shown.record.id)]
    present = {each.now.pathway_id for each, _ in on}
    places = [
        (f"{one.id}|{tier.id}", f"{one.title}: {tier.title}") if tier else (f"{one.id}|", one.title)
        for one in all_pathways(on=today)
        if one.id not in present
        for tier in one.tiers or (None,)
    ]
    return {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "on": [(each, found) for each, found in on if found],
        "left": LEFT,
        "asked": [(one, _address(shown, gate, one)) for one in mandatory_for(gate, shown.record.id, today)],
        "contingency": CONTINGENCY,
        "places": places,
        "offered": offered_to(gate, shown.record.id, on=today),
        "colleagues": [
            (f"{one.party}|{one.role}", f"{one.name}, {one.organisation}")
            for one in workers(roles=_roles(on))
        ],
        "form": typed,
    }


def _roles(on: list[Any]) -> tuple[str, ...]:
    """Every profession that a tier of these pathways asks for."""
    found = (role for _, one in on if one for tier in one.tiers for role in tier.in_charge)
    return tuple(dict.fromkeys(found)) or ("",)


def _address(shown: Opened, gate: Gate, one: Mandatory) -> str:
    """Where what is asked for is done; a carer's page is named only to who may open it."""
    base = f"/people/{shown.record.id}"
    if one.kind == CONTINGENCY:
        return f"{base}/plan/edit/if-things-change"
    if one.kind == "role":
        return f"{base}/team"
    if one.kind == "assessment":
        return f"{base}/assess/{one.form_id}"
    if one.person_id != shown.record.id and gate.person(one.person_id):
        return f"/people/{one.person_id}/assess/{one.form_id}"
    return f"{base}/assessments"
