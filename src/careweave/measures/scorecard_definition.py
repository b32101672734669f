"""Which measures stand for which part of quality and of integration; a definition that would add them up is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.measures.experience.on_scorecards import questions

DIMENSIONS = ("experience", "outcome", "safety", "cost")  # A74
DOMAINS = ("structure", "process", "culture", "experience")  # A51
_PART_KEYS = {"id", "title", "measures", "not_measured"}
_KEYS = {"caveat", "dimensions", "domains"}


@dataclass(frozen=True)
class Part:
    """A dimension of quality, or a domain of integration."""

    id: str
    title: str
    measures: tuple[str, ...]
    not_measured: str


@dataclass(frozen=True)
class Scorecard:
    definition: Definition
    caveat: str
    dimensions: tuple[Part, ...]
    domains: tuple[Part, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        parts = (*self.dimensions, *self.domains)
        return tuple(dict.fromkeys(id for part in parts for id in part.measures))


def load_scorecard(on: date, id: str = "place") -> Scorecard:
    return read_scorecard(load_definition("scorecards", id, on))


def scorecard_problems() -> list[str]:
    """What is wrong with any scorecard, each problem with the name of its file."""
    problems = []
    for definition in all_definitions("scorecards"):
        try:
            read_scorecard(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_scorecard(definition: Definition) -> Scorecard:
    """Raises DefinitionError with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    problems += [
        f"{key} is not known: parts stand beside each other, nothing adds them up"
        for key in sorted(set(content) - _KEYS)
    ]
    known = {each.id for each in all_definitions("measures")} | questions()
    dimensions = tuple(_part(each, known, problems) for each in content.get("dimensions", ()))
    domains = tuple(_part(each, known, problems) for each in content.get("domains", ()))
    problems += _missing("dimensions", dimensions, DIMENSIONS) + _missing("domains", domains, DOMAINS)
    if not content.get("caveat"):
        problems.append("caveat is missing")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Scorecard(definition, content["caveat"], dimensions, domains)


def _part(given: Mapping[str, Any], known: Iterable[str], problems: list[str]) -> Part:
    name = given.get("id", "a part")
    problems += [
        f"{name}.{key} is not known: a part has no weight and no score"
        for key in sorted(set(given) - _PART_KEYS)
    ]
    problems += [f"{name}: {key} is missing" for key in ("title", "not_measured") if not given.get(key)]
    measures = tuple(map(str, given.get("measures", ())))
    problems += [
        f"{name}: {id!r} is no measure, and no question of a survey"
        for id in measures
        if id not in set(known)
    ]
    return Part(str(name), str(given.get("title", "")), measures, str(given.get("not_measured", "")))


def _missing(name: str, parts: tuple[Part, ...], wanted: tuple[str, ...]) -> list[str]:
    ids = tuple(part.id for part in parts)
    return [] if ids == wanted else [f"{name} must be {', '.join(wanted)}, each once and in this order"]
