"""What keeps a plan from being published, each with its part and what to do; pure.

A first plan needs one goal, one action, whom to call, and an agreed review; what else belongs to a plan stays to do. An
anticipatory plan counts only with what the person and the people around them contribute themselves (Kent, A33).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .parts import AGREEMENT, TEAM_AGREEMENT, Goal, IfThen, PlanDraft

CHANGES = "if-things-change"


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


def missing(
    draft: PlanDraft, conditions: Sequence[ActiveCondition], *, today: date, number: int = 1
) -> tuple[Missing, ...]:
    """Everything that keeps this draft from being published as version `number`, in the order of its parts."""
    return (
        *_missing_goals(draft),
        *_missing_conditions(draft, conditions),
        *_missing_contingency(draft, number),
        *missing_contributions(draft),
        *_missing_agreement(draft),
        *_missing_review(draft, today),
    )


def _missing_goals(draft: PlanDraft) -> list[Missing]:
    found = []
    if not any(goal.words.strip() for goal in draft.goals):
        found.append(Missing("goals", "Write at least one goal, in the person's own words"))
    if not any(action.what.strip() for goal in draft.goals for action in goal.actions):
        found.append(Missing("goals", "Write at least one action, and who does it"))
    for goal in draft.goals:
        found += _missing_in_goal(goal)
    return found


def _missing_in_goal(goal: Goal) -> list[Missing]:
    found = []
    if not 0 <= goal.importance <= 10:
        found.append(Missing("goals", "Importance is a number from 1 to 10"))
    found += [
        Missing("goals", f"Say who will do this: {action.what}")
        for action in goal.actions
        if action.what.strip() and not action.name.strip()
    ]
    if goal.outcome and not goal.outcome_words.strip():
        found.append(Missing("goals", f"Say in a few words how it went, and who says so: {goal.words}"))
    return found


def _missing_conditions(draft: PlanDraft, conditions: Sequence[ActiveCondition]) -> list[Missing]:
    return [
        Missing("goals", f"{condition.name} is not covered: add it, or say why not")
        for condition in conditions
        if condition.key not in draft.covered and not draft.not_covered.get(condition.key, "").strip()
    ]


def _missing_contingency(draft: PlanDraft, number: int) -> list[Missing]:
    rows = [row for row in draft.if_then if row.trigger.strip()]
    has_call = bool(draft.first_call.strip()) and is_reachable(draft.first_call_number)
    if not rows and not draft.no_contingency_because.strip() and not (has_call and number == 1):
        return [Missing(CHANGES, "Say what to do if things change, or why this is not needed")]
    return [each for row in rows for each in _missing_in_row(row)]


def _missing_in_row(row: IfThen) -> list[Missing]:
    found = []
    if not row.action.strip():
        found.append(Missing(CHANGES, f"Say what to do: {row.trigger}"))
    if not is_reachable(row.number):
        found.append(Missing(CHANGES, f"Give a number that is answered day and night: {row.trigger}"))
    return found


def is_reachable(number: str) -> bool:
    """Whether this can be dialled: 999 and 111 are the shortest."""
    return sum(char.isdigit() for char in number) >= 3


def missing_contributions(draft: PlanDraft) -> list[Missing]:
    """What an anticipatory plan still needs from the person and the people around them; none without one."""
    if not any(row.trigger.strip() for row in draft.if_then):
        return []
    found = []
    if not any(each.strip() for each in draft.own_contributions) and not draft.own_none:
        found.append(
            Missing(CHANGES, "Write what the person can do themselves if things change, or tick “None”")
        )
    if not any(each.name.strip() for each in draft.network) and not draft.network_none:
        found.append(Missing(CHANGES, "List the people who would help if things change, or tick “Nobody”"))
    return found


def _missing_agreement(draft: PlanDraft) -> list[Missing]:
    found = []
    if draft.agreement not in AGREEMENT:
        found.append(Missing("agreement", "Say whether the person agrees with the plan"))
    if draft.agreement in ("partly", "no") and not draft.disagreement.strip():
        found.append(Missing("agreement", "Write what the person disagrees with, in their own words"))
    if draft.agreement == "could-not" and not draft.disagreement.strip():
        found.append(Missing("agreement", "Say why the person could not be asked"))
    team = draft.team_agreement
    if team and team not in TEAM_AGREEMENT:
        found.append(Missing("agreement", "Say whether the team agrees with the plan"))
    if team in ("partly", "no") and not draft.team_disagreement.strip():
        found.append(Missing("agreement", "Write what the team disagrees with, in its own words"))
    return found


def _missing_review(draft: PlanDraft, today: date) -> list[Missing]:
    found = []
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
