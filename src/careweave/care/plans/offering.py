"""What the record offers to whoever writes a plan, each with its source, as definitions/plan-offers says; pure.

An entry with an access label is never offered: a plan is copied to the person, to a carer and to the whole team.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.record import Resource

from ..assessments.fhir import given_in
from ..assessments.knowing import standing
from ..assessments.needs import unmet_needs
from ..teams.membership import Carer
from ..teams.treatment_summary import summaries_in
from .about_me import prompts_in

# Where a fact may stand, and which fields of the draft it may go into.
FROM = ("about-me", "answer", "unmet-need", "hospital-letter", "in-charge", "carer")
INTO = {
    "what_matters": "matters",
    "strengths": "strengths",
    "goal": "goals",
    "need": "goals",
    "first_call": "if-things-change",
    "network": "if-things-change",
}


@dataclass(frozen=True)
class Offer:
    """One fact as the record has it; `id` stays the same for as long as its words do."""

    id: str
    part: str
    into: str
    words: str
    whose: str
    source: str
    on: str
    number: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the definition."""

    source: str
    key: str
    part: str
    into: str


@dataclass(frozen=True)
class Around:
    """What is known around someone: their party and name, their carers, and who is in charge with a number."""

    party: str
    joe: str
    carers: Sequence[Carer] = ()
    in_charge: str = ""
    in_charge_number: str = ""


def offers(held: Iterable[Resource], around: Around, *, on: date) -> tuple[Offer, ...]:
    """Everything the record offers for a plan, in the order of the definition."""
    open_ = [one for one in held if not one.labels]
    found: dict[str, Offer] = {}
    for row in rows(on):
        for words, whose, source, when, number in _facts(row, open_, around, on):
            if words.strip():
                id_ = hashlib.sha256(f"{row.into} {words.strip()}".encode()).hexdigest()[:20]
                one = Offer(id_, row.part, row.into, words.strip(), whose, source, when, number)
                found.setdefault(id_, one)
    return tuple(found.values())


_Fact = tuple[str, str, str, str, str]  # words, whose, source, when, number


def _facts(row: Row, held: Sequence[Resource], around: Around, on: date) -> Iterator[_Fact]:
    if row.source == "about-me":
        yield from _about_me(row.key, held, around, on)
    elif row.source == "answer":
        yield from _answers(row.key, held, around)
    elif row.source == "unmet-need":
        for need in unmet_needs(held):
            yield f"{need.question}: {need.words}", need.name, "an assessment", need.since.isoformat(), ""
    elif row.source == "hospital-letter":
        yield from _letters(held)
    elif row.source == "in-charge" and around.in_charge_number:
        yield around.in_charge, "", "the team", "", around.in_charge_number
    elif row.source == "carer":
        for carer in around.carers:
            name = f"{carer.name} ({carer.relationship})" if carer.relationship else carer.name
            yield name, "", "the people around them", carer.since, carer.telephone


def _about_me(key: str, held: Sequence[Resource], around: Around, on: date) -> Iterator[_Fact]:
    for prompt in prompts_in(held, on=on):
        if prompt.key == key and prompt.latest:
            is_own = prompt.latest.by == around.party
            whose = around.joe if is_own else _written_down(around.joe, prompt.latest.by_name)
            yield prompt.words, whose, f"“About me”: {prompt.title}", prompt.latest.at, ""


def _answers(key: str, held: Sequence[Resource], around: Around) -> Iterator[_Fact]:
    """The latest answer to one question, in whichever assessment it was asked."""
    given = [all_[key] for one in standing(held) if key in (all_ := given_in(one.body))]
    if given:
        last = max(given, key=lambda one: one.at)
        whose = around.joe if last.by == around.party else _written_down(around.joe, last.name)
        yield last.answer.value, whose, "an assessment", last.at.isoformat(), ""


def _letters(held: Sequence[Resource]) -> Iterator[_Fact]:
    for letter in summaries_in(held):
        if letter.body.get("status") == "completed":
            words = "\n".join(each.get("contentString", "") for each in letter.body.get("payload") or ())
            writer = letter.body.get("sender", {}).get("display", "")
            yield words, writer, "the hospital letter", letter.body.get("sent", ""), ""


def _written_down(joe: str, by: str) -> str:
    """Words that somebody else wrote down for the person say so."""
    return f"{joe}, as {by} wrote it down" if by and by != joe else joe


# -- the draft --------------------------------------------------------------------------------------------------


def is_in(content: Mapping[str, Any], offer: Offer, *, room: int) -> bool:
    """Whether the draft says this already, or has no `room` for one more helper."""
    goals = content.get("goals") or ()
    if offer.into in ("goal", "need"):
        return any(offer.words in (goal.get("words"), goal.get("need")) for goal in goals)
    if offer.into == "network":
        names = [each.get("name", "") for each in content.get("network") or ()]
        return len(names) >= room or any(offer.words.startswith(name) for name in names if name)
    if offer.into == "first_call":
        return bool(content.get("first_call"))
    return offer.words in (content.get(offer.into) or "")


def used(content: Mapping[str, Any], offer: Offer, *, id: str) -> dict[str, Any]:
    """What changes in the draft when it is used. What is written already stays, and this stands below it."""
    if offer.into == "first_call":
        return {"first_call": offer.words, "first_call_number": offer.number}
    if offer.into == "network":
        return {
            "network": [*content.get("network", ()), {"name": offer.words, "what": ""}],
            "network_none": "",
        }
    if offer.into == "goal":
        goal = {"id": id, "words": offer.words, "whose": offer.whose, "importance": 0, "actions": []}
        return {"goals": [*content.get("goals", ()), goal]}
    before, whose = content.get(offer.into) or "", content.get(f"{offer.into}_whose") or ""
    voices = list(dict.fromkeys(filter(None, (whose, offer.whose))))
    text = f"{before}\n\n{offer.words}" if before else offer.words
    return {offer.into: text, f"{offer.into}_whose": "; ".join(voices)}


# -- the definition ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def rows(on: date) -> tuple[Row, ...]:
    """What is offered, on a day."""
    return _read(load_definition("plan-offers", "offers", on))


def _read(found: Definition) -> tuple[Row, ...]:
    problems, made = [], []
    for each in found.content.get("offer", ()):
        row = Row(each.get("from", ""), each.get("key", ""), each.get("part", ""), each.get("into", ""))
        if row.source not in FROM or INTO.get(row.into) != row.part:
            problems.append(f"{found.name}: {each} is offered from or into nothing that there is")
        if row.source in ("about-me", "answer") and not row.key:
            problems.append(f"{found.name}: {each} needs the key of its question")
        made.append(row)
    if problems or not made:
        raise DefinitionError(problems or [f"{found.name}: [[offer]] needs at least one"])
    return tuple(made)
