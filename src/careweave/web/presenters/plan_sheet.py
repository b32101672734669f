"""A plan as the values that the printed sheets and the person's own page show, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careweave.care.plans.copies import RECEIPTS, PlanCopy
from careweave.care.plans.parts import FORMATS, OUTCOMES, TEAM_AGREEMENT, Goal, PlanDraft
from careweave.web import wording
from careweave.web.presenters.banner import Banner, InCharge
from careweave.web.presenters.roles import role_name

_AGREEMENT = {
    "yes": "{joe} agrees with this plan.",
    "partly": "{joe} agrees, but not with everything.",
    "no": "{joe} does not agree with this plan.",
    "could-not": "{joe} could not be asked.",
}


# A copy is given into the hands of these; professionals read theirs on screen, which is their receipt.
_BY_HAND = ("person", "carer")
_BY_SOMEONE = ("handed-over", "read-aloud", "printed", "posted")
# What is on its way is not green: it has not arrived.
_COLOURS = {"bounced": "red", "declined": "white", "printed": "blue", "posted": "blue", "delivered": "blue"}


def agreement_words(draft: PlanDraft, joe: str) -> str:
    """Whether the person agrees, in a sentence."""
    said = _AGREEMENT.get(draft.agreement, "{joe} has not been asked yet.").format(joe=joe)
    return f"{said} Asked on {wording.day(draft.agreed_on)}." if draft.agreed_on else said


@dataclass(frozen=True)
class Paper:
    """How and where a plan is printed."""

    is_draft: bool
    large: bool
    foot: str
    product: str
    practice: bool
    help_telephone: str
    plain: bool = True


def sheet(
    person: Banner, draft: PlanDraft, paper: Paper, *, team: Sequence[str], conditions: dict[str, str]
) -> dict[str, Any]:
    """The values of documents/plan.typ; a plain paper is the person's own copy."""
    joe = person.call_name
    return {
        "title": f"{joe}’s plan",
        "product": paper.product,
        "practice": paper.practice,
        "large": paper.large,
        "draft": paper.is_draft,
        "plain": paper.plain,
        "line": person.first_line,
        "foot": paper.foot,
        "name": joe,
        "help": paper.help_telephone,
        "in_charge": in_charge(person.in_charge),
        "call": ["In an emergency call 999."],
        "conditions": [{"name": name, "words": words} for name, words in conditions.items()],
        "team": list(team),
        "agreement": agreement_words(draft, joe),
        **_written(draft),
    }


def _written(draft: PlanDraft) -> dict[str, Any]:
    """What the plan itself says."""
    return {
        "matters": draft.what_matters,
        "strengths": draft.strengths,
        "goals": [goal(one) for one in draft.goals],
        "changes": [
            {
                "if": one.trigger.removeprefix("If ").removeprefix("if "),
                "then": one.action,
                "call": " ".join(filter(None, (one.call, one.number))),
            }
            for one in draft.if_then
        ],
        "no_changes": draft.no_contingency_because or "Not written yet.",
        "first_call": " ".join(filter(None, (draft.first_call, draft.first_call_number))),
        "own": list(draft.own_contributions) or (["Nothing alone."] if draft.own_none else []),
        "network": [f"{one.name}: {one.what}" if one.what else one.name for one in draft.network]
        or (["Nobody."] if draft.network_none else []),
        "disagreement": draft.disagreement,
        "team_agreement": TEAM_AGREEMENT.get(draft.team_agreement, ""),
        "team_disagreement": draft.team_disagreement,
        "agreed_with": draft.agreed_with,
        "reviewer": draft.reviewer_name or "nobody yet",
        "review_on": wording.day(draft.review_on, missing="no date yet"),
    }


def in_charge(one: InCharge | None) -> dict[str, str] | None:
    """Who to call first."""
    if one is None:
        return None
    return {
        "name": one.name,
        "telephone": one.telephone or "number not known",
        "out_of_hours": one.out_of_hours,
    }


def goal(one: Goal) -> dict[str, Any]:
    """A goal with its actions."""
    actions = [
        {"what": action.what, "who": action.name or "Nobody yet", "by": wording.day(action.by, missing="")}
        for action in one.actions
    ]
    outcome = ""
    if one.outcome:
        said = f"“{one.outcome_words}”, {one.outcome_whose}" if one.outcome_words else ""
        outcome = ". ".join(filter(None, (OUTCOMES.get(one.outcome, ""), said)))
    return {
        "words": one.words,
        "whose": one.whose,
        "importance": str(one.importance or ""),
        "need": one.need,
        "outcome": outcome,
        "actions": actions,
    }


def foot(name: str, now: datetime) -> str:
    """What each sheet says at its foot."""
    return f"As at {wording.moment(now)}. Printed by {name}. Later changes are not shown."


@dataclass(frozen=True)
class CopyRow:
    """One line of the table of copies."""

    id: str
    who: str
    role: str
    how: str
    state: str
    colour: str
    is_open: bool
    number: int


def copy_rows(copies: Sequence[PlanCopy]) -> tuple[CopyRow, ...]:
    """Who has a copy, how, and what the recipient's own act says; the person and carers first in each version."""
    return tuple(_copy_row(one) for one in sorted(copies, key=_order))


def _order(one: PlanCopy) -> tuple[int, int, str]:
    return (-one.number, _BY_HAND.index(one.role) if one.role in _BY_HAND else len(_BY_HAND), one.name)


def _copy_row(one: PlanCopy) -> CopyRow:
    last = one.receipts[-1] if one.receipts else None
    state, colour = "Sent", "grey"
    if last:
        who = last.reader or (last.by_name if last.how in _BY_SOMEONE else "")
        by = f" by {who}" if who else ""
        state = f"{RECEIPTS[last.how]}{by}, {wording.moment(last.at)}"
        colour = _COLOURS.get(last.how, "green")
    what = "Correction: " if one.correction else ""
    role = "" if one.role in ("person",) else role_name(one.role)
    return CopyRow(
        one.id,
        one.name,
        role,
        what + FORMATS.get(one.how, one.how),
        state,
        colour,
        not one.is_received and (one.role in _BY_HAND or one.how != "screen"),
        one.number,
    )
