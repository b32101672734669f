"""Which readings people can keep, as data: fields, units, possible values, and what to do when one is unusual; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition

KIND = "readings"
LEVELS = ("now", "soon", "note")  # call someone now · someone is told · good to know
_CONDITIONS = ("from", "below", "rise", "below_percent_of_best")


@dataclass(frozen=True)
class Field:
    """One number that is typed; outside `least` to `most` it cannot be right."""

    key: str
    label: str
    unit: str
    ucum: str
    least: float
    most: float
    decimals: int
    code: Mapping[str, str]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Watch:
    """When a reading is unusual, and what to do then, in the words that are shown."""

    field: str
    level: str
    words: str
    tell: bool
    at_least: float | None
    below: float | None
    rise: float | None
    within_days: int
    below_percent_of_best: float | None


@dataclass(frozen=True)
class Reading:
    """One kind of reading; `source` is what its ranges come from."""

    id: str
    title: str
    hint: str
    category: str
    code: Mapping[str, str]
    fields: tuple[Field, ...]
    watches: tuple[Watch, ...]
    source: tuple[str, ...]

    def field(self, key: str) -> Field:
        """The field of this name."""
        return next(one for one in self.fields if one.key == key)


def reading_kinds(on: date) -> tuple[Reading, ...]:
    """Every kind that holds on a day, in the order of their titles."""
    ids = dict.fromkeys(one.id for one in all_definitions(KIND) if one.holds_on(on))
    return tuple(sorted((reading_kind(id_, on) for id_ in ids), key=lambda one: one.title))


@lru_cache(maxsize=64)
def reading_kind(id: str, on: date) -> Reading:
    """The version that holds on a day."""
    return reading_of(load_definition(KIND, id, on))


def reading_problems() -> list[str]:
    """What is wrong with any reading, each problem with the name of its file (`careweave check`)."""
    found: list[str] = []
    for definition in all_definitions(KIND):
        try:
            reading_of(definition)
        except DefinitionError as error:
            found += error.problems
    return found


def reading_of(found: Definition) -> Reading:
    """One definition, checked: a range that cannot be, or a watch on a field that is not there, is refused."""
    content = found.content
    try:
        fields = tuple(_field(each) for each in content.get("field", ()))
        watches = tuple(_watch(each) for each in content.get("watch", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise DefinitionError([f"{found.name}: {error} is missing or wrong in a field or a watch"]) from error
    keys = {one.key for one in fields}
    complete = fields and content.get("hint") and content.get("code")
    problems = [] if complete else ["a hint, a code and at least one field are needed"]
    problems += [f"{one.key}: least must be below most" for one in fields if one.least >= one.most]
    problems += [
        f"a watch names {one.field!r}, which is no field" for one in watches if one.field not in keys
    ]
    problems += [
        f"the level {one.level!r} is not one of {', '.join(LEVELS)}"
        for one in watches
        if one.level not in LEVELS
    ]
    for each in content.get("watch", ()):
        if sum(name in each for name in _CONDITIONS) != 1:
            problems.append(f"a watch on {each.get('field')} needs exactly one of {', '.join(_CONDITIONS)}")
    if problems:
        raise DefinitionError([f"{found.name}: {each}" for each in problems])
    return Reading(
        id=found.id,
        title=found.title,
        hint=content["hint"],
        category=content.get("category", "vital-signs"),
        code=content["code"],
        fields=fields,
        watches=watches,
        source=found.source,
    )


def _field(table: Mapping[str, Any]) -> Field:
    return Field(
        key=table["key"],
        label=table["label"],
        unit=table.get("unit", ""),
        ucum=table.get("ucum", "1"),
        least=float(table["least"]),
        most=float(table["most"]),
        decimals=int(table.get("decimals", 0)),
        code=table.get("code", {}),
        words=table.get("words", {}),
    )


def _watch(table: Mapping[str, Any]) -> Watch:
    def number(name: str) -> float | None:
        return float(table[name]) if name in table else None

    return Watch(
        field=table["field"],
        level=table["level"],
        words=table["do"],
        tell=bool(table.get("tell", False)),
        at_least=number("from"),
        below=number("below"),
        rise=number("rise"),
        within_days=int(table.get("within_days", 0)),
        below_percent_of_best=number("below_percent_of_best"),
    )
