"""The six parts of a plan that is being written: which are done, to do or to check, and what each part holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careweave.care.plans.checking import missing_contributions
from careweave.care.plans.merging import stamp as stamp_of
from careweave.care.plans.parts import AGREEMENT, FORMATS, OUTCOMES, TEAM_AGREEMENT, IfThen, PlanDraft
from careweave.care.plans.writing import FIELDS
from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.facts import Held

__all__ = ["AGREEMENT", "FORMATS", "OUTCOMES", "TEAM_AGREEMENT"]


@dataclass(frozen=True)
class Part:
    """One part of the task list, and the fields of the draft that it writes."""

    key: str
    title: str
    fields: tuple[str, ...]


PARTS = tuple(
    Part(key, title, FIELDS[key])
    for key, title in (
        ("matters", "What matters to {joe}"),
        ("strengths", "What {joe} and the people around {them} can do"),
        ("goals", "Goals and who does what"),
        ("if-things-change", "If things change"),
        ("copies", "Who gets a copy"),
        ("agreement", "Agreement and review"),
    )
)
KEYS = tuple(part.key for part in PARTS)
BY_KEY = {part.key: part for part in PARTS}
CARER_COPY = (
    ("all", "Yes, all of it"),
    ("parts", "Yes, without some parts"),
    ("no", "No"),
    ("best-interests", "{joe} could not decide: decided in {joe}’s best interests"),
)
ROWS_OF_CHANGES = 5
OWN_ROWS, NETWORK_ROWS = 3, 4
ACTIONS_OF_A_GOAL = 4
_COLOURS = {"Done": "green", "To do": "blue", "To check": "yellow"}


@dataclass(frozen=True)
class Item:
    """A line of the task list."""

    key: str
    number: int
    title: str
    status: str

    @property
    def colour(self) -> str:
        return _COLOURS[self.status]


def title_of(key: str, joe: str, them: str) -> str:
    """The part's title with the person's name in it."""
    return BY_KEY[key].title.format(joe=joe, them=them)


def task_list(draft: PlanDraft, joe: str, them: str) -> tuple[Item, ...]:
    """All six parts with their state."""
    states = _states(draft)
    return tuple(
        Item(key, number, title_of(key, joe, them), _word(states[key])) for number, key in enumerate(KEYS, 1)
    )


def _word(answers: list[bool]) -> str:
    if all(answers):
        return "Done"
    return "To check" if any(answers) else "To do"


def _states(draft: PlanDraft) -> dict[str, list[bool]]:
    """For each part, whether each thing it asks for is there."""
    rows = [row for row in draft.if_then if row.trigger.strip()]
    is_not_needed = bool(draft.no_contingency_because.strip())
    is_whole = bool(rows) and all(row.action and row.number for row in rows)
    has_call = bool(draft.first_call_number.strip())
    return {
        "matters": [bool(draft.what_matters.strip())],
        "strengths": [bool(draft.strengths.strip())],
        "goals": [bool(draft.goals), bool(draft.goals) and all(goal.actions for goal in draft.goals)],
        "if-things-change": [
            is_not_needed or bool(rows) or has_call,
            is_not_needed or (is_whole and not missing_contributions(draft)),
        ],
        "copies": [bool(draft.copies)],
        "agreement": [bool(draft.agreement), bool(draft.reviewer), bool(draft.review_on)],
    }


def offered_changes(rows: tuple[IfThen, ...], because: str, carer: str) -> list[IfThen]:
    """The rows to show: what was written, the first one offered filled, and room for more."""
    found = list(rows)
    if not found and not because:
        found = [IfThen(f"If {carer or 'the person who helps most'} is ill or away", "", "", "")]
    return found + [IfThen("", "", "", "")] * max(ROWS_OF_CHANGES - len(found), 1)


def news_words(resources: Sequence[Held]) -> str:
    """What is new, in words: conditions, A&E visits and stays in hospital."""
    visits = Counter(
        (one.body.get("class") or {}).get("code") for one in resources if one.type == "Encounter"
    )
    conditions = sum(one.type == "Condition" and not facts.is_mistake(one.body) for one in resources)
    counted = (
        (conditions, "new condition", "new conditions"),
        (visits["EMER"], "A&E visit", "A&E visits"),
        (visits["IMP"], "stay in hospital", "stays in hospital"),
    )
    return ", ".join(wording.people(count, one, many) for count, one, many in counted if count)


def stamp(content: Mapping[str, Any], key: str) -> str:
    """A mark of one part's words as they were shown."""
    return stamp_of(content, BY_KEY[key].fields)


def next_part(key: str) -> str:
    """The part after this one; after the last, none."""
    index = KEYS.index(key) + 1
    return KEYS[index] if index < len(KEYS) else ""
