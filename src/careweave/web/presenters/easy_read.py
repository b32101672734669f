"""The plan in easy read: short sentences, one idea a line, hard words said plainly.

Follows NHS England, “Make information easier to read” and the Change guide “How to make information accessible”: one
idea a sentence, no abbreviations, the person spoken to as “you”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from careweave.care.plans.parts import Goal, PlanDraft
from careweave.web import wording
from careweave.web.presenters.banner import Banner

# Where a long sentence is cut: at its end, at a list, or where a new idea begins.
_CUTS = re.compile(r"(?<=[.!?])\s+|;\s*|\n+|,\s+(?:and|but|then|so)\s+|\s+then\s+")
_PLAIN = {
    "assessment": "check",
    "medication": "medicines",
    "mobility": "moving about",
    "equipment": "things that help",
    "discharge": "going home",
    "admission": "stay in hospital",
    "carer": "person who looks after you",
    "urgent": "quick",
    "contact": "call",
    "monitor": "watch",
    "deteriorates": "gets worse",
}
_HARD = re.compile(rf"\b(?:{'|'.join(_PLAIN)})\b", re.IGNORECASE)
_OUTCOMES = {
    "reached": "You did this.",
    "partly": "You did some of this.",
    "not": "This has not happened yet.",
}
_AGREED = {
    "yes": ["You said yes to this plan."],
    "partly": ["You said yes to most of this plan.", "You did not say yes to all of it."],
    "no": ["You said no to this plan."],
    "could-not": ["We could not ask you about this plan."],
}


@dataclass(frozen=True)
class Section:
    """A heading, and its lines; each line is one idea."""

    title: str
    lines: tuple[str, ...]


def easy_read(person: Banner, draft: PlanDraft) -> tuple[Section, ...]:
    """The plan as short lines for its owner; parts that are empty are left out."""
    sections = (
        Section("This is your plan", ("Your plan says what you want.", "It says who will help you.")),
        Section("Who to call", tuple(_call(person, draft))),
        Section("What matters to you", tuple(_own(draft.what_matters))),
        Section("What you are good at", tuple(lines_of(draft.strengths))),
        *(Section(f"Goal {number}", tuple(_goal(one, person))) for number, one in enumerate(draft.goals, 1)),
        Section("If things change", tuple(_changes(draft))),
        Section("What you do", tuple(_contributed(draft))),
        Section("Did you say yes?", tuple(_agreed(draft))),
        Section("What happens next", tuple(_next(draft))),
    )
    return tuple(one for one in sections if one.lines)


def lines_of(text: str) -> list[str]:
    """Free words as short lines, each one idea, with the hardest words said plainly."""
    cut = [part.strip(" ,;–-") for part in _CUTS.split(text)]
    return [_line(part) for part in cut if part]


def _line(words: str) -> str:
    said = _HARD.sub(lambda found: _PLAIN[found.group().lower()], words)
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else said + "."


def _own(text: str) -> Iterator[str]:
    """The person's own words stay as they are; only their sentences stand apart."""
    for part in re.split(r"(?<=[.!?])\s+|\n+", text.strip()):
        if part:
            yield f"“{part}”"


def _call(person: Banner, draft: PlanDraft) -> Iterator[str]:
    if person.in_charge:
        yield f"{person.in_charge.name} is in charge of your care."
        if person.in_charge.telephone:
            yield f"Call {person.in_charge.telephone}."
        if person.in_charge.out_of_hours:
            yield "At night and at weekends:"
            yield f"Call {person.in_charge.out_of_hours}."
    if draft.first_call_number:
        yield f"You can call {draft.first_call or 'us'}."
        yield f"The number is {draft.first_call_number}."
    yield "If you are very ill, call 999."


def _goal(one: Goal, person: Banner) -> Iterator[str]:
    yield "You said:"
    yield f"“{one.words}”"
    if one.importance >= 8:
        yield "This is very important to you."
    for action in one.actions:
        yield from lines_of(action.what)
        yield _who_does(action.name, person)
        if action.by:
            yield f"It will be done by {wording.day(action.by)}."
    if one.outcome:
        yield _OUTCOMES[one.outcome]


def _who_does(name: str, person: Banner) -> str:
    if not name:
        return "Nobody does this yet."
    return "You do this." if name == person.call_name else f"{name} does this."


def _changes(draft: PlanDraft) -> Iterator[str]:
    for row in draft.if_then:
        yield _line(row.trigger if row.trigger.lower().startswith("if ") else f"If {row.trigger}")
        yield from lines_of(row.action)
        if row.number:
            yield f"Call {row.call or 'this number'}."
            yield f"The number is {row.number}."
    if not draft.if_then:
        yield from lines_of(draft.no_contingency_because)


def _contributed(draft: PlanDraft) -> Iterator[str]:
    for words in draft.own_contributions:
        yield from lines_of(words)
    for one in draft.network:
        yield f"{one.name.partition(',')[0]} helps you."
        yield from lines_of(one.what)


def _agreed(draft: PlanDraft) -> Iterator[str]:
    yield from _AGREED.get(draft.agreement, ["We have not asked you yet."])
    if draft.disagreement and draft.agreement in ("partly", "no"):
        yield "You said:"
        yield f"“{draft.disagreement}”"


def _next(draft: PlanDraft) -> Iterator[str]:
    if draft.review_on:
        yield f"We look at the plan again on {wording.day(draft.review_on)}."
        yield f"{draft.reviewer_name or 'Someone'} does this with you."
    yield "You can change your mind."
    yield "You can ask us to change the plan."


def sheet(sections: tuple[Section, ...]) -> list[dict[str, Any]]:
    """The values of documents/easy.typ."""
    return [{"title": one.title, "lines": list(one.lines)} for one in sections]
