"""What people should be able to say about their care: the record's answer beside theirs, and where the two differ (A47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from careweave.definitions import Definition, load_definition
from careweave.record import Gate

from ..experience.counted import agreeing
from ..teams.working_time import LONDON
from .objective import MEASURES, TYPES, Person

AT_ONCE = 50


@dataclass(frozen=True)
class Statement:
    """One statement: how many of those to whom it applies have it by the record, and how many who answered agree.

    Nobody's own answer is read here: answers are counted over the group, and none are told where they are too few.
    """

    id: str
    quote: str
    objective: str
    met: int
    applies: int
    agree: int
    answered: int
    gap_points: int

    @property
    def by_record(self) -> int | None:
        return round(100 * self.met / self.applies) if self.applies else None

    @property
    def by_people(self) -> int | None:
        return round(100 * self.agree / self.answered) if self.answered else None

    @property
    def is_gap(self) -> bool:
        """People say less than the record does, by so much that somebody should ask why."""
        if self.by_record is None or self.by_people is None:
            return False
        return self.by_record - self.by_people >= self.gap_points


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
    survey = str(definition.content["questionnaire"]).rpartition("/")[2]
    said = agreeing(people, survey, now=at, fewest=definition.content["fewest_answers"])
    return tuple(
        _statement(definition, each, met, applies, said.get(each["id"], (0, 0)))
        for each in definition.content["statements"]
    )


def _statement(
    definition: Definition, each: Any, met: dict[str, int], applies: dict[str, int], said: tuple[int, int]
) -> Statement:
    agree, answered = said
    return Statement(
        id=each["id"],
        quote=each["quote"],
        objective=each["objective"],
        met=met.get(each["id"], 0),
        applies=applies.get(each["id"], 0),
        agree=agree,
        answered=answered,
        gap_points=definition.content["gap_points"],
    )


def _people(gate: Gate, people: list[str], now: datetime, figures: Any) -> Iterator[Person]:
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        charges = gate.in_charge(some)
        for person_id, entries in gate.about_many(some, TYPES).items():
            charge = charges.get(person_id)
            yield Person(person_id, tuple(entries), charge.holder if charge else "", now, figures)
