"""What people should be able to say about their care: the record's own answer, counted over a group (A47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Gate

from ..teams.working_time import LONDON
from .objective import MEASURES, TYPES, Person

AT_ONCE = 50


@dataclass(frozen=True)
class Statement:
    """One statement: how many of those to whom it applies have it by the record.

    What people answer is published for the whole place (measures/experience): counted over the people of one reader, a
    figure would tell what one of them said whenever somebody joins or leaves these.
    """

    id: str
    quote: str
    objective: str
    met: int
    applies: int

    @property
    def share(self) -> float | None:
        return self.met / self.applies if self.applies else None


def of_team(gate: Gate, *, now: datetime | None = None) -> tuple[Statement, ...]:
    """The seven statements over everyone this reader or their team looks after."""
    return statements(gate, gate.people_with("coordinator", "team"), now=now)


def statements(gate: Gate, people: list[str], *, now: datetime | None = None) -> tuple[Statement, ...]:
    """The seven statements over these people, as far as this actor may see them."""
    at = now or datetime.now(UTC)
    definition = load_definition("statements", "national-voices", at.astimezone(LONDON).date())
    met, applies = dict[str, int](), dict[str, int]()
    for person in _people(gate, people, at, definition.content["figures"]):
        for each in definition.content["statements"]:
            answer = MEASURES[each["measure"]](person)
            if answer is not None:
                applies[each["id"]] = applies.get(each["id"], 0) + 1
                met[each["id"]] = met.get(each["id"], 0) + answer
    return tuple(
        Statement(
            each["id"], each["quote"], each["objective"], met.get(each["id"], 0), applies.get(each["id"], 0)
        )
        for each in definition.content["statements"]
    )


def _people(gate: Gate, people: list[str], now: datetime, figures: Any) -> Iterator[Person]:
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        charges = gate.in_charge(some)
        for person_id, entries in gate.about_many(some, TYPES).items():
            charge = charges.get(person_id)
            yield Person(person_id, tuple(entries), charge.holder if charge else "", now, figures)
