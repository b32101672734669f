"""A score of one stay in hospital (will the person come back soon?), read from its definition file and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from careweave.definitions import Definition, DefinitionError
from careweave.warehouse.scores.groups import (
    Band,
    CodeGroup,
    Prefixes,
    band_of,
    by_length,
    read_bands,
    read_groups,
    read_hierarchy,
    units_of,
)

# What an item may look at. Counts look back so many `days` from the day the stay began.
LENGTH, IS_EMERGENCY, AGE, DEPRIVATION = "length-of-stay", "is-emergency", "age", "deprivation"
EMERGENCY_STARTS, EMERGENCY_ENDS, STARTS = (
    "emergency-stays-begun",
    "emergency-stays-ended",
    "stays-begun",
)
VISITS, CONDITIONS, RESULT, HOSPITAL, SPECIALTY, PROCEDURE = (
    "emergency-visits",
    "conditions",
    "result",
    "hospital",
    "specialty",
    "procedure",
)
COUNTED = (EMERGENCY_STARTS, EMERGENCY_ENDS, STARTS, VISITS)
INPUTS = (
    LENGTH,
    IS_EMERGENCY,
    AGE,
    DEPRIVATION,
    *COUNTED,
    CONDITIONS,
    RESULT,
    HOSPITAL,
    SPECIALTY,
    PROCEDURE,
)
SAID, REFUSED = "said", "refused"
STAY_DIAGNOSES, ANY_DIAGNOSES = "stays", "any"
POINTS, PERCENT = "points", "percent"


@dataclass(frozen=True)
class Item:
    """One thing that gives points; a number below the first of `cuts` gives none."""

    id: str
    input: str
    words: str
    words_for_many: str
    not_known: str
    is_refused_if_unknown: bool
    note: str  # what a reader must know of this item whatever it says
    cuts: tuple[tuple[int, int], ...] = ()
    each: int = 0
    squared: int = 0
    days: int = 0
    least: int = 0
    most: int = 1_000_000
    codes: tuple[str, ...] = ()
    units: Mapping[str, int] = field(default_factory=dict, hash=False)
    by_decile: tuple[int, ...] = ()
    table: Mapping[str, int] = field(default_factory=dict, hash=False)

    def points(self, number: int) -> int:
        """Points in the score's own units."""
        if self.input == CONDITIONS and not self.cuts:
            return number  # each condition's own points, added up
        cut = next((points for start, points in reversed(self.cuts) if number >= start), 0)
        return cut + self.each * number + self.squared * number * number


@dataclass(frozen=True)
class StayScore:
    """`within_days`: how long after a stay it says anything; `places`: decimal places of its points."""

    id: str
    version: str
    title: str
    words: str
    groups: tuple[CodeGroup, ...]
    hierarchy: tuple[tuple[str, str], ...]
    bands: tuple[Band, ...]
    items: tuple[Item, ...]
    constant: int
    places: int
    result: str
    within_days: int
    diagnoses: str
    look_back_years: int | None
    not_counted: tuple[str, ...]
    prefixes: Prefixes = field(repr=False, compare=False)

    @property
    def scale(self) -> int:
        """What one unit of the value is: a point, or a hundredth of a percent."""
        return 100 if self.result == PERCENT else 1

    @property
    def point_scale(self) -> int:
        return int(10**self.places)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(item.note for item in self.items if item.note)

    def item(self, input: str) -> Item | None:
        return next((item for item in self.items if item.input == input), None)

    def value_of(self, points: int) -> int:
        """The value in units of 1/scale."""
        if self.result == PERCENT:
            return math.floor(10_000 / (1 + math.exp(-points / self.point_scale)) + 0.5)
        return points

    def band_of(self, value: int) -> str:
        return band_of(self.bands, value)


def read_stay_score(definition: Definition) -> StayScore:
    """Turn a definition into a score, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    places = int(content.get("places", 0))
    result = str(content.get("result", POINTS))
    items = tuple(_item(each, places, problems) for each in content.get("items", ()))
    has_codes = any(item.input == CONDITIONS for item in items)
    groups = read_groups(definition, problems, places=places) if has_codes else ()
    made = StayScore(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=str(content.get("words", "")),
        groups=groups,
        hierarchy=read_hierarchy(content, groups, problems),
        bands=read_bands(content, problems, scale=100 if result == PERCENT else 1),
        items=items,
        constant=units_of(str(content.get("constant", "0")), places, problems),
        places=places,
        result=result,
        within_days=int(content.get("within_days", 30)),
        diagnoses=str(content.get("diagnoses", STAY_DIAGNOSES)),
        look_back_years=content.get("look_back_years"),
        not_counted=tuple(map(str, content.get("not_counted", ()))),
        prefixes=by_length(groups),
    )
    problems += _problems_with(made)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return made


def _item(given: Mapping[str, Any], places: int, problems: list[str]) -> Item:
    words = str(given.get("words", ""))
    cuts = tuple(
        (int(start), units_of(str(points), places, problems)) for start, points in given.get("cuts", ())
    )
    return Item(
        id=str(given.get("id", "")),
        input=str(given.get("input", "")),
        words=words,
        words_for_many=str(given.get("words_for_many", words)),
        not_known=str(given.get("not_known", "")),
        is_refused_if_unknown=given.get("if_unknown", REFUSED) == REFUSED,
        note=str(given.get("note", "")),
        cuts=cuts,
        each=units_of(str(given.get("each", "0")), places, problems),
        squared=units_of(str(given.get("squared", "0")), places, problems),
        days=int(given.get("days", 0)),
        least=int(given.get("least", 0)),
        most=int(given.get("most", 1_000_000)),
        codes=tuple(map(str, given.get("codes", ()))),
        units={str(unit): int(factor) for unit, factor in dict(given.get("units", {})).items()},
        by_decile=tuple(map(int, given.get("by_decile", ()))),
        table={
            str(key): units_of(str(points), places, problems)
            for key, points in dict(given.get("table", {})).items()
        },
    )


def _problems_with(score: StayScore) -> list[str]:
    problems = [] if score.words and score.items else ["words or items are missing"]
    ids = [item.id for item in score.items]
    if len(set(ids)) != len(ids) or "" in ids:
        problems.append("each item needs an id of its own")
    if score.result not in (POINTS, PERCENT):
        problems.append(f"result must be {POINTS} or {PERCENT}")
    if score.diagnoses not in (STAY_DIAGNOSES, ANY_DIAGNOSES):
        problems.append(f"diagnoses must be {STAY_DIAGNOSES} or {ANY_DIAGNOSES}")
    for item in score.items:
        problems += [f"item {item.id}: {problem}" for problem in _problems_of(item)]
    return problems


def _problems_of(item: Item) -> list[str]:
    problems = [] if item.input in INPUTS else [f"input {item.input!r} is not known"]
    if not item.words and item.input not in (CONDITIONS, HOSPITAL):
        problems.append("words are missing")
    if not item.not_known and item.input not in (AGE, CONDITIONS, LENGTH):
        problems.append("not_known is missing")
    if item.input in COUNTED and not item.days:
        problems.append("days is missing")
    if [start for start, _ in item.cuts] != sorted({start for start, _ in item.cuts}):
        problems.append("cuts must rise")
    if item.input == DEPRIVATION and len(item.by_decile) != 10:
        problems.append("by_decile needs ten scores of deprivation, the most deprived tenth first")
    if item.input == RESULT and not (item.codes and item.units):
        problems.append("a result needs codes and units")
    return problems
