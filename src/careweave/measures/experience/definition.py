"""Which question to staff stands beside which question to people, and what counts as a gap; a wrong file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition

KIND = "experience"
_KEYS = {"gap_points", "fewest", "months", "pairs"}
_YEAR, _APRIL = 12, 4


@dataclass(frozen=True)
class Question:
    """One item of one survey."""

    survey: str
    item: str


@dataclass(frozen=True)
class Pair:
    """The same topic, asked of staff and of the people they look after."""

    id: str
    title: str
    staff: Question
    people: Question


@dataclass(frozen=True)
class Experience:
    definition: Definition
    gap_points: int
    fewest: int
    months: int
    pairs: tuple[Pair, ...]

    def period(self, day: date) -> tuple[date, date]:
        """The last one that is over: its first day, and the day after its last. Periods are counted from April."""
        past = (day.year * _YEAR + day.month - _APRIL) // self.months * self.months + _APRIL - 1
        first, until = (date(*_month(number)) for number in (past - self.months, past))
        return first, until


def _month(number: int) -> tuple[int, int, int]:
    return number // _YEAR, number % _YEAR + 1, 1


def load_experience(on: date, id: str = "place") -> Experience:
    return read_experience(load_definition(KIND, id, on))


def experience_problems() -> list[str]:
    """What is wrong with any of them, each problem with the name of its file."""
    problems = []
    for definition in all_definitions(KIND):
        try:
            read_experience(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_experience(definition: Definition) -> Experience:
    """Raises DefinitionError with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    problems += [f"{key} is not known" for key in sorted(set(content) - _KEYS)]
    for key, least in (("gap_points", 1), ("fewest", 5)):
        if type(content.get(key)) is not int or content[key] < least:
            problems.append(f"{key} is a whole number of at least {least}")
    months = content.get("months")
    if type(months) is not int or months < 1 or _YEAR % months:
        problems.append("months is 1, 2, 3, 4, 6 or 12")
    surveys = {one.id: one.content for one in all_definitions("surveys")}
    pairs = tuple(_pair(one, surveys, problems) for one in content.get("pairs", ()))
    ids = [one.id for one in pairs]
    problems += [f"pair {id} stands twice" for id in sorted({id for id in ids if ids.count(id) > 1})]
    if not pairs:
        problems.append("it has no pairs")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Experience(definition, content["gap_points"], content["fewest"], content["months"], pairs)


def _pair(told: Mapping[str, Any], surveys: Mapping[str, Mapping[str, Any]], problems: list[str]) -> Pair:
    id = str(told.get("id", ""))
    if not id or not told.get("title"):
        problems.append(f"pair {id!r} needs an id and a title")
    sides = {}
    for side, asks in (("staff", ("staff",)), ("people", ("person", "family"))):
        given = told.get(side) or {}
        sides[side] = Question(str(given.get("survey", "")), str(given.get("item", "")))
        content = surveys.get(sides[side].survey)
        if content is None:
            problems.append(f"pair {id}: there is no survey {sides[side].survey!r}")
        elif content.get("asks") not in asks:
            problems.append(f"pair {id}: {sides[side].survey} does not ask {side}")
        elif sides[side].item not in {str(one.get("id")) for one in content.get("items", ())}:
            problems.append(f"pair {id}: {sides[side].survey} has no item {sides[side].item!r}")
    return Pair(id, str(told.get("title", "")), sides["staff"], sides["people"])
