"""Publishing: one act makes the version, its goals and tasks, and a copy for everyone who is to have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from careweave.record import Conflict, Gate, Refusal, Resource

from ..teams.membership import carers_of, is_volunteer, team_of
from ..teams.notes import NextStep, add_task
from .checking import Missing, missing
from .copies import PlanCopy, copies_of, send_copies
from .drafting import DRAFT, current_draft, save_part, started_from
from .fhir import Plan, care_plan, plan_id, plan_of
from .fhir_goals import goals
from .parts import Copy, PlanDraft
from .pathway_parts import missing_on_pathways
from .reviewing import await_review, stop_awaiting
from .standing import HELD, active_conditions, published_plan

PLAN_ACTION = "plan-action"


@dataclass(frozen=True)
class Published:
    """The version that is now the plan, and the copies that are on their way."""

    plan: Plan
    copies: tuple[PlanCopy, ...]


@dataclass(frozen=True)
class NotYet:
    """“You cannot publish yet”: everything that is missing, each with its part."""

    missing: tuple[Missing, ...]


def recipients(gate: Gate, person_id: str, person_name: str) -> tuple[Copy, ...]:
    """Who gets a copy: the person, every professional involved, and each carer as the person said."""
    people = [Copy(party=f"person:{person_id}", name=person_name, role="person", how="large")]
    people += [
        Copy(party=f"person:{carer.person_id}", name=carer.name, role="carer")
        for carer in carers_of(gate, person_id)
        if carer.has_a_copy
    ]
    people += [
        Copy(party=member.party, name=member.name, role=member.role)
        for member in team_of(gate, person_id)
        if member.until is None and not is_volunteer(member)
    ]
    return tuple(people)


def publish(gate: Gate, *, person_id: str, person_name: str, today: date) -> Published | NotYet | Refusal:
    """Make the draft the plan. Either everything is done (version, goals, tasks, copies) or nothing is."""
    draft, saved = current_draft(gate, person_id)
    if saved is None:
        return Refusal("Nothing has been written since the plan was published")
    if person_id not in gate.in_charge([person_id]):
        return Refusal(
            "Nobody is in charge of this person, so nobody would keep the plan. Take them on first"
        )
    before = next((p for p in gate.about(person_id, ["CarePlan"]) if p.id == plan_id(person_id)), None)
    number = (plan_of(before.body, []).version if before else 0) + 1
    conditions = active_conditions(gate.about(person_id, ["Condition"]))
    lacking = (
        *missing(draft, conditions, today=today, number=number),
        *missing_on_pathways(gate, person_id, draft, today),
    )
    if lacking:
        return NotYet(lacking)
    try:
        with gate.transaction():
            stored = _write_version(gate, person_id, draft, before, number)
            people = _with_their_formats(draft, recipients(gate, person_id, person_name))
            send_copies(gate, person_id=person_id, plan=stored, number=number, people=people)
            gate.discard_draft(person_id, DRAFT)
    except Conflict:
        return Refusal("Someone published a version in the meantime. Read it first, then change it")
    plan = plan_of(stored.body, goals(person_id, draft))
    return Published(plan, copies_of(gate, person_id, number=number))


def _write_version(
    gate: Gate, person_id: str, draft: PlanDraft, before: Resource | None, number: int
) -> Resource:
    _write_goals(gate, person_id, draft)
    body = care_plan(person_id, draft, number=number, by=gate.actor)
    stored = gate.update(body, version=before.version) if before else gate.create(body, subject=person_id)
    _write_tasks(gate, person_id, draft)
    await_review(gate, plan=stored.id, person_id=person_id, number=number, review_on=draft.review_on)
    was = "active" if before else None
    gate.transition(person_id, stored.id, was=was, now="active", reason=f"version {number}")
    return stored


def _with_their_formats(draft: PlanDraft, people: Sequence[Copy]) -> list[Copy]:
    chosen = {copy.party: copy.how for copy in draft.copies}
    return [Copy(each.party, each.name, each.role, chosen.get(each.party, each.how)) for each in people]


def withdraw(gate: Gate, *, person_id: str, reason: str) -> Plan | Refusal:
    """Take a version back; everyone who had a copy is told by a correction."""
    if not reason.strip():
        return Refusal("Say why this version is withdrawn", "reason")
    stored = next((p for p in gate.about(person_id, ["CarePlan"]) if p.id == plan_id(person_id)), None)
    if stored is None or stored.body["status"] != "active":
        return Refusal("There is no published plan to withdraw")
    number = plan_of(stored.body, []).version
    people = [Copy(c.party, c.name, c.role, c.how) for c in copies_of(gate, person_id, number=number)]
    with gate.transaction():
        revoked = gate.update({**stored.body, "status": "revoked"}, version=stored.version)
        send_copies(gate, person_id=person_id, plan=revoked, number=number, people=people, correction=reason)
        stop_awaiting(gate, plan=stored.id, person_id=person_id, number=number, reason="it was withdrawn")
        gate.transition(person_id, stored.id, was="active", now="revoked", reason=reason)
    return plan_of(revoked.body, [])


def _write_goals(gate: Gate, person_id: str, draft: PlanDraft) -> None:
    stored = {r.id: r for r in gate.about(person_id, ["Goal"]) if r.source == "careweave"}
    bodies = goals(person_id, draft)
    for body in bodies:
        held = [HELD] if body["id"] in draft.held_from_carers else []
        if body["id"] in stored:
            gate.update(body, version=stored[body["id"]].version, labels=held)
        else:
            gate.create(body, subject=person_id, labels=held)
    kept = {body["id"] for body in bodies}
    for old in stored.values():
        if old.id not in kept and old.body["lifecycleStatus"] == "active":
            gate.update({**old.body, "lifecycleStatus": "cancelled"}, version=old.version)


def _write_tasks(gate: Gate, person_id: str, draft: PlanDraft) -> None:
    """A task for each action of someone who works here; one that is on their list already is not doubled."""
    present = {
        (task.body.get("description"), task.body.get("owner", {}).get("display"))
        for task in gate.about(person_id, ["Task"])
        if task.body["status"] in ("requested", "accepted", "in-progress")
    }
    for goal in draft.goals:
        for action in goal.actions:
            if action.what.strip() and action.party.startswith(("staff:", "team:")):
                if (action.what, action.name) in present:
                    continue
                due = date.fromisoformat(action.by) if action.by else None
                step = NextStep(action.what, action.party, action.name, due)
                add_task(gate, person_id=person_id, step=step, kind=PLAN_ACTION)


__all__ = [
    "DRAFT",
    "NotYet",
    "Published",
    "active_conditions",
    "current_draft",
    "publish",
    "published_plan",
    "recipients",
    "save_part",
    "started_from",
    "withdraw",
]
