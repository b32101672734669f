"""Every published version of a person's plan, each as it was on its day, with its goals of that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from careweave.record import Gate, Resource

from .differences import Change, differences
from .fhir import Plan, plan_of
from .standing import is_plan


@dataclass(frozen=True)
class Step:
    """One version, and what changed since the one before (nothing for the first)."""

    plan: Plan
    since: int
    changes: tuple[Change, ...]


def versions_of(gate: Gate, person_id: str) -> tuple[Plan, ...]:
    """The published versions that this actor may see, oldest first."""
    stored = [one for one in gate.about(person_id, ["CarePlan"]) if is_plan(one, person_id)]
    if not stored:
        return ()
    published: dict[int, Resource] = {}
    for one in reversed(gate.history("CarePlan", stored[0].id)):
        # Taking a version back is another state of the same version, whose words stay.
        published.setdefault(plan_of(one.body, []).version, one)
    wanted = {each["reference"] for one in published.values() for each in one.body.get("goal", [])}
    goals = [
        version for name in sorted(wanted) for version in gate.history("Goal", name.removeprefix("Goal/"))
    ]
    return tuple(_at(one, goals) for _, one in sorted(published.items()))


def _at(stored: Resource, goals: Sequence[Resource]) -> Plan:
    """The plan with each goal as it stood when this version was published."""
    then: dict[str, Resource] = {}
    for goal in goals:
        is_later = goal.id not in then or goal.version > then[goal.id].version
        if goal.updated <= stored.updated and is_later:
            then[goal.id] = goal
    return plan_of(stored.body, [goal.body for goal in then.values()])


def what_changed(gate: Gate, person_id: str) -> tuple[Step, ...]:
    """“What changed since version 2”, newest first."""
    plans = versions_of(gate, person_id)
    pairs = zip((None, *plans), plans, strict=False)
    steps = [
        Step(now, was.version if was else 0, differences(was.draft, now.draft) if was else ())
        for was, now in pairs
    ]
    return tuple(reversed(steps))
