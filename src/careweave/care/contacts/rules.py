"""What a desk asks, how soon it answers, what it may arrange and who decides: definitions/contacts as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition


@dataclass(frozen=True)
class Urgency:
    """How soon a contact is answered: a clock."""

    id: str
    title: str
    clock: str
    priority: str


@dataclass(frozen=True)
class Ask:
    """A question of the desk, and the questions of an assessment that answer it already."""

    id: str
    text: str
    known_from: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a contact may end; `needs` is what must be there first (a task, or care)."""

    id: str
    title: str
    needs: str = ""


@dataclass(frozen=True)
class Desk:
    """How a desk works."""

    channels: Mapping[str, str]
    urgencies: Mapping[str, Urgency]
    checks: Mapping[str, str]
    checks_that_count: frozenset[str]
    questions: tuple[Ask, ...]
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class Service:
    """Something that can be arranged at once; its price is whole pence a unit."""

    id: str
    title: str
    unit: str
    pence: int
    most_days: int
    most_a_day: int

    def cost(self, days: int, a_day: int) -> int:
        return self.pence * days * a_day


@dataclass(frozen=True)
class Profession:
    """One of which a person usually needs one, and the words by which sources call it."""

    id: str
    title: str
    found_as: tuple[str, ...]
    named_by: str


@dataclass(frozen=True)
class Safeguarding:
    """Who decides under section 42, on which conditions, and what can be decided."""

    roles: tuple[str, ...]
    organisation_kinds: tuple[str, ...]
    conditions: Mapping[str, str]
    decisions: Mapping[str, str]


@lru_cache(maxsize=64)
def desk(on: date) -> Desk:
    """How desks work on a day."""
    found = load_definition("contacts", "desk", on)
    checks = _rows(found, "check")
    return Desk(
        channels={row["id"]: row["title"] for row in _rows(found, "channel")},
        urgencies={row["id"]: Urgency(**row) for row in _rows(found, "urgency")},
        checks={row["id"]: row["title"] for row in checks},
        checks_that_count=frozenset(row["id"] for row in checks if row["counts"]),
        questions=tuple(
            Ask(row["id"], row["text"], tuple(row["known_from"])) for row in _rows(found, "question")
        ),
        outcomes={row["id"]: Outcome(**row) for row in _rows(found, "outcome")},
    )


@lru_cache(maxsize=64)
def services(on: date) -> Mapping[str, Service]:
    """What can be arranged at once on a day."""
    found = load_definition("contacts", "urgent-care", on)
    made = {row["id"]: Service(**row) for row in _rows(found, "service")}
    wrong = [
        one.id for one in made.values() if min(one.pence, one.most_days, one.most_a_day) < 1 or not one.title
    ]
    if wrong:
        raise DefinitionError(
            [f"{found.name}: {each}: prices and most_… are whole numbers" for each in wrong]
        )
    return made


@lru_cache(maxsize=64)
def start_clock_kind(on: date) -> str:
    """The clock that times how soon urgent care begins."""
    return str(load_definition("contacts", "urgent-care", on).content["start_clock"])


@lru_cache(maxsize=64)
def professions(on: date) -> tuple[Sequence[Profession], int]:
    """The professions, and for how many days a contact counts as being in the person's life."""
    found = load_definition("contacts", "professions", on)
    made = [
        Profession(row["id"], row["title"], tuple(row["found_as"]), row["named_by"])
        for row in _rows(found, "profession")
    ]
    return tuple(made), int(found.content["within_days"])


@lru_cache(maxsize=64)
def safeguarding(on: date) -> Safeguarding:
    """Who decides about section 42, and how."""
    found = load_definition("contacts", "safeguarding", on)
    return Safeguarding(
        roles=tuple(found.content["roles"]),
        organisation_kinds=tuple(found.content["organisation_kinds"]),
        conditions={row["id"]: row["text"] for row in _rows(found, "condition")},
        decisions={row["id"]: row["title"] for row in _rows(found, "decision")},
    )


def _rows(found: Definition, name: str) -> list[dict[str, Any]]:
    rows = found.content.get(name)
    if not rows or not all(row.get("id") for row in rows):
        raise DefinitionError([f"{found.name}: [[{name}]] needs at least one, each with an id"])
    return list(rows)
