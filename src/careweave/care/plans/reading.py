"""A saved draft as a value again; unknown or missing parts are left empty, nothing is made up; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from .parts import Action, Contribution, Copy, Goal, IfThen, PlanDraft

_OF_MANY = frozenset(
    {"goals", "if_then", "own_contributions", "network", "not_covered", "covered", "copies"}
    | {"held_from_carers", "written_by"}
)
TEXTS = tuple(each.name for each in fields(PlanDraft) if each.name not in _OF_MANY)
_OF_GOAL = tuple(each.name for each in fields(Goal) if each.name not in ("importance", "actions"))


def draft_from(content: Mapping[str, Any]) -> PlanDraft:
    """The draft that this saved content holds."""
    return PlanDraft(
        **{name: str(content.get(name) or "") for name in TEXTS},
        goals=tuple(goal_from(goal) for goal in content.get("goals", [])),
        if_then=tuple(IfThen(**row) for row in content.get("if_then", [])),
        own_contributions=tuple(content.get("own_contributions", [])),
        network=tuple(Contribution(**each) for each in content.get("network", [])),
        not_covered=dict(content.get("not_covered", {})),
        covered=tuple(content.get("covered", [])),
        copies=tuple(Copy(**copy) for copy in content.get("copies", [])),
        held_from_carers=tuple(content.get("held_from_carers", [])),
        written_by=dict(content.get("written_by", {})),
    )


def goal_from(goal: Mapping[str, Any]) -> Goal:
    """One goal of a saved draft."""
    return Goal(
        **{name: str(goal.get(name) or "") for name in _OF_GOAL},
        importance=int(goal.get("importance") or 0),
        actions=tuple(_actions(goal.get("actions", []))),
    )


def _actions(rows: Iterable[Mapping[str, Any]]) -> Iterable[Action]:
    return (Action(**{name: str(value or "") for name, value in row.items()}) for row in rows)
