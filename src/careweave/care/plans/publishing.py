"""Publishing: one act makes the version, its goals and tasks, and a copy for everyone who is to have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from careweave.record import Draft, Gate, Refusal, Resource

from ..teams.membership import carers_of, is_volunteer, team_of
from ..teams.notes import NextStep, add_task
from .copies import PlanCopy, copies_of, send_copies
from .fhir import Plan, care_plan, goals, plan_id, plan_of
from .parts import ActiveCondition, Copy, Missing, PlanDraft, draft_from, missing

DRAFT = "plan"
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


def save_part(gate: Gate, *, person_id: str, changes: Mapping[str, Any], version: int | None = None) -> Draft:
    """Keep what was typed in one part; the other parts stay as they are. Raises StaleDraft for a stale `version`."""
    current = gate.draft(person_id, DRAFT)
    content = {**(current.content if current else started_from(gate, person_id)), **changes}
    return gate.save_draft(person_id, DRAFT, content, version=version)


def started_from(gate: Gate, person_id: str) -> dict[str, Any]:
    """What a new draft begins with: the published plan, so that nobody types it twice, or nothing."""
    plan = published_plan(gate, person_id)
    if plan is None:
        return {}
    content = asdict(plan.draft)
    # Agreement and review belong to a version; each version is agreed anew.
    return {**content, "agreement": "", "disagreement": "", "agreed_on": "", "review_on": "", "copies": []}


def current_draft(gate: Gate, person_id: str) -> tuple[PlanDraft, Draft | None]:
    """What is written so far, and the saved draft it comes from, if there is one."""
    saved = gate.draft(person_id, DRAFT)
    return draft_from(saved.content if saved else started_from(gate, person_id)), saved


def published_plan(gate: Gate, person_id: str) -> Plan | None:
    """The plan as this actor may see it, without making a receipt: see `copies.open_plan` for readers."""
    found = gate.about(person_id, ["CarePlan", "Goal"])
    wanted = {plan_id(person_id)}
    plans = [
        r
        for r in found
        if r.type == "CarePlan"
        and (r.id in wanted or r.source == "careweave")
        and r.body.get("status") != "entered-in-error"
    ]
    if not plans:
        return None
    newest = max(plans, key=lambda plan: plan.updated)
    return plan_of(newest.body, [r.body for r in found if r.type == "Goal"])


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


def active_conditions(resources: Sequence[Resource]) -> tuple[ActiveCondition, ...]:
    """The conditions that sources call active, each once, by code; pure."""
    found: dict[str, ActiveCondition] = {}
    for condition in resources:
        if condition.type != "Condition" or not _is_active(condition.body):
            continue
        coding = next(iter(condition.body.get("code", {}).get("coding", [])), {})
        name = condition.body.get("code", {}).get("text") or coding.get("display") or coding.get("code", "")
        key = f"{coding.get('system', '')}|{coding.get('code', name)}"
        found.setdefault(key, ActiveCondition(key, name))
    return tuple(sorted(found.values(), key=lambda each: each.name.casefold()))


def _is_active(body: dict[str, Any]) -> bool:
    statuses = [coding.get("code") for coding in body.get("clinicalStatus", {}).get("coding", [])]
    ended = any(key.startswith("abatement") for key in body)
    refuted = [c.get("code") for c in body.get("verificationStatus", {}).get("coding", [])]
    if ended or {"refuted", "entered-in-error"} & set(refuted):
        return False
    return not statuses or statuses[0] in ("active", "recurrence", "relapse")


def publish(gate: Gate, *, person_id: str, person_name: str, today: date) -> Published | NotYet | Refusal:
    """Make the draft the plan. Either everything is done (version, goals, tasks, copies) or nothing is."""
    draft, saved = current_draft(gate, person_id)
    if saved is None:
        return Refusal("Nothing has been written since the plan was published")
    lacking = missing(draft, active_conditions(gate.about(person_id, ["Condition"])), today=today)
    if lacking:
        return NotYet(lacking)
    before = next((p for p in gate.about(person_id, ["CarePlan"]) if p.id == plan_id(person_id)), None)
    number = (plan_of(before.body, []).version if before else 0) + 1
    with gate.transaction():
        _write_goals(gate, person_id, draft)
        body = care_plan(person_id, draft, number=number, by=gate.actor)
        stored = gate.update(body, version=before.version) if before else gate.create(body, subject=person_id)
        _write_tasks(gate, person_id, draft)
        chosen = {copy.party: copy.how for copy in draft.copies}
        people = [
            Copy(each.party, each.name, each.role, chosen.get(each.party, each.how))
            for each in recipients(gate, person_id, person_name)
        ]
        send_copies(gate, person_id=person_id, plan=stored, number=number, people=people)
        gate.transition(
            person_id, stored.id, was="active" if before else None, now="active", reason=f"version {number}"
        )
        gate.discard_draft(person_id, DRAFT)
    plan = plan_of(stored.body, goals(person_id, draft))
    return Published(plan, copies_of(gate, person_id, number=number))


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
        gate.transition(person_id, stored.id, was="active", now="revoked", reason=reason)
    return plan_of(revoked.body, [])


def _write_goals(gate: Gate, person_id: str, draft: PlanDraft) -> None:
    stored = {r.id: r for r in gate.about(person_id, ["Goal"]) if r.source == "careweave"}
    bodies = goals(person_id, draft)
    for body in bodies:
        held = ["held-from-carers"] if body["id"] in draft.held_from_carers else []
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
