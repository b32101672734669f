"""The plan as it is written: its parts, what is still missing, and the words for that; pure.

Follows the PRSB personalised care and support plan (DAPB4022): strengths; needs, goals, actions; agreement; review;
contingency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

AGREEMENT = {
    "yes": "Yes",
    "partly": "Yes, but not with everything",
    "no": "No",
    "could-not": "Could not be asked",
}
FORMATS = {
    "screen": "On screen",
    "print": "Print",
    "large": "Large print",
    "easy": "Easy read",
    "aloud": "Read aloud",
}


@dataclass(frozen=True)
class Action:
    """What someone will do for a goal. `party` is empty when it is the person or someone without an account."""

    what: str
    name: str
    party: str = ""
    by: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal in the person's own words. `whose` says whose words they are; importance 1–10 (PRSB), 0 not asked."""

    id: str
    words: str
    whose: str
    importance: int = 0
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class IfThen:
    """If this happens, do this, and call this number, which is answered day and night."""

    trigger: str
    action: str
    call: str
    number: str


@dataclass(frozen=True)
class Copy:
    """Who gets a copy and how; `role` as in the team, or “person” or “carer”."""

    party: str
    name: str
    role: str
    how: str = "screen"


@dataclass(frozen=True)
class PlanDraft:
    """All that is written so far."""

    what_matters: str = ""
    what_matters_whose: str = ""
    strengths: str = ""
    goals: tuple[Goal, ...] = ()
    if_then: tuple[IfThen, ...] = ()
    no_contingency_because: str = ""
    not_covered: Mapping[str, str] = field(default_factory=dict)
    covered: tuple[str, ...] = ()
    agreement: str = ""
    disagreement: str = ""
    agreed_on: str = ""
    reviewer: str = ""
    reviewer_name: str = ""
    review_on: str = ""
    copies: tuple[Copy, ...] = ()
    held_from_carers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """One thing that keeps the plan from being published: its part, and what to do."""

    part: str
    words: str


@dataclass(frozen=True)
class ActiveCondition:
    """A condition the record says is active, which the plan must cover or say why not."""

    key: str
    name: str


def missing(draft: PlanDraft, conditions: Sequence[ActiveCondition], *, today: date) -> tuple[Missing, ...]:
    """Everything that keeps this draft from being published, in the order of its parts."""
    return (
        *_missing_goals(draft, conditions),
        *_missing_contingency(draft),
        *_missing_agreement(draft, today),
    )


def _missing_goals(draft: PlanDraft, conditions: Sequence[ActiveCondition]) -> list[Missing]:
    found = []
    if not any(goal.words.strip() for goal in draft.goals):
        found.append(Missing("goals", "Write at least one goal, in the person's own words"))
    if not any(action.what.strip() for goal in draft.goals for action in goal.actions):
        found.append(Missing("goals", "Write at least one action, and who does it"))
    for goal in draft.goals:
        if not 0 <= goal.importance <= 10:
            found.append(Missing("goals", "Importance is a number from 1 to 10"))
        found += [
            Missing("goals", f"Say who will do this: {action.what}")
            for action in goal.actions
            if action.what.strip() and not action.name.strip()
        ]
    found += [
        Missing("goals", f"{condition.name} is not covered: add it, or say why not")
        for condition in conditions
        if condition.key not in draft.covered and not draft.not_covered.get(condition.key, "").strip()
    ]
    return found


def _missing_contingency(draft: PlanDraft) -> list[Missing]:
    rows = [row for row in draft.if_then if row.trigger.strip()]
    if not rows and not draft.no_contingency_because.strip():
        return [Missing("if-things-change", "Say what to do if things change, or why this is not needed")]
    found = []
    for row in rows:
        if not row.action.strip():
            found.append(Missing("if-things-change", f"Say what to do: {row.trigger}"))
        if sum(char.isdigit() for char in row.number) < 3:
            found.append(
                Missing("if-things-change", f"Give a number that is answered day and night: {row.trigger}")
            )
    return found


def _missing_agreement(draft: PlanDraft, today: date) -> list[Missing]:
    found = []
    if draft.agreement not in AGREEMENT:
        found.append(Missing("agreement", "Say whether the person agrees with the plan"))
    if draft.agreement in ("partly", "no") and not draft.disagreement.strip():
        found.append(Missing("agreement", "Write what the person disagrees with, in their own words"))
    if draft.agreement == "could-not" and not draft.disagreement.strip():
        found.append(Missing("agreement", "Say why the person could not be asked"))
    if not draft.reviewer:
        found.append(Missing("agreement", "Choose who will review the plan"))
    review = _date(draft.review_on)
    if review is None:
        found.append(Missing("agreement", "Choose the day of the review"))
    elif review <= today:
        found.append(Missing("agreement", "The review must be after today"))
    return found


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def draft_from(content: Mapping[str, Any]) -> PlanDraft:
    """A draft as it was saved; unknown or missing parts are left empty, nothing is made up."""
    plain = {
        key: str(content.get(key) or "")
        for key in (
            "what_matters",
            "what_matters_whose",
            "strengths",
            "no_contingency_because",
            "agreement",
            "disagreement",
            "agreed_on",
            "reviewer",
            "reviewer_name",
            "review_on",
        )
    }
    return PlanDraft(
        **plain,
        goals=tuple(_goal(goal) for goal in content.get("goals", [])),
        if_then=tuple(IfThen(**row) for row in content.get("if_then", [])),
        not_covered=dict(content.get("not_covered", {})),
        covered=tuple(content.get("covered", [])),
        copies=tuple(Copy(**copy) for copy in content.get("copies", [])),
        held_from_carers=tuple(content.get("held_from_carers", [])),
    )


def _goal(goal: Mapping[str, Any]) -> Goal:
    actions = tuple(Action(**action) for action in goal.get("actions", []))
    return Goal(
        id=goal["id"],
        words=goal.get("words", ""),
        whose=goal.get("whose", ""),
        importance=int(goal.get("importance") or 0),
        actions=actions,
    )
