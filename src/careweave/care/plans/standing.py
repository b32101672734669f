"""The plan in force as one reader may see it, and the conditions a plan has to answer for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from careweave.record import Gate, Resource

from ..teams.shapes import has_code
from .checking import ActiveCondition
from .fhir import KIND, Plan, plan_id, plan_of

HELD = "held-from-carers"


def published_plan(gate: Gate, person_id: str) -> Plan | None:
    """The plan as this actor may see it, without making a receipt: see `copies.open_plan` for readers."""
    return plan_in(gate.about(person_id, ["CarePlan", "Goal"]), person_id)


def plan_in(found: Sequence[Resource], person_id: str) -> Plan | None:
    """The plan among a person's resources, with what is held back from carers; pure."""
    plans = [
        r
        for r in found
        if r.type == "CarePlan" and is_plan(r, person_id) and r.body.get("status") != "entered-in-error"
    ]
    if not plans:
        return None
    newest = max(plans, key=lambda plan: plan.updated)
    plan = plan_of(newest.body, [r.body for r in found if r.type == "Goal"])
    held = tuple(r.id for r in found if r.type == "Goal" and HELD in r.labels)
    kept = tuple(goal.id for goal in plan.draft.goals if goal.id in held)
    return replace(plan, draft=replace(plan.draft, held_from_carers=kept))


def is_plan(resource: Resource, person_id: str) -> bool:
    """Whether this is the care and support plan, written here about the person or about a record joined to them."""
    is_kind = any(has_code(category, KIND) for category in resource.body.get("category", []))
    return resource.id == plan_id(person_id) or (resource.source == "careweave" and is_kind)


def active_conditions(resources: Sequence[Resource]) -> tuple[ActiveCondition, ...]:
    """The conditions that sources call active, each once, by code; pure."""
    found: dict[str, ActiveCondition] = {}
    for condition in resources:
        if condition.type != "Condition" or not _is_active(condition.body):
            continue
        coding: dict[str, Any] = next(iter(condition.body.get("code", {}).get("coding", [])), {})
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
