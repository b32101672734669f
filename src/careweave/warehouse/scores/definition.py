"""A score that adds points for groups of ICD-10 codes, read from its definition file and checked."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition

EMERGENCY_STAYS, ANY_DIAGNOSIS = "emergency-stays", "any-diagnosis"


@dataclass(frozen=True)
class CodeGroup:
    """Codes that earn their points once, however often they were recorded."""

    id: str
    words: str
    tenths: int
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """Scores from this one on, or above it when `is_above`."""

    name: str
    tenths: int
    is_above: bool

    def holds(self, tenths: int) -> bool:
        return tenths > self.tenths if self.is_above else tenths >= self.tenths


@dataclass(frozen=True)
class CodedScore:
    id: str
    version: str
    title: str
    words: str
    groups: tuple[CodeGroup, ...]
    hierarchy: tuple[tuple[str, str], ...]
    bands: tuple[Band, ...]
    evidence: str
    age_from: int | None
    look_back_years: int | None
    prefixes: Mapping[int, Mapping[str, tuple[CodeGroup, ...]]] = field(repr=False, compare=False)

    def groups_of(self, code: str) -> set[CodeGroup]:
        by_length = ((length, known) for length, known in self.prefixes.items())
        return {group for length, known in by_length for group in known.get(code[:length], ())}

    def band_of(self, tenths: int) -> str:
        return next((band.name for band in reversed(self.bands) if band.holds(tenths)), "")

    def looks_back_to(self, on: date) -> date | None:
        """The last day that is too long ago (29 February looks back to 28 February)."""
        if self.look_back_years is None:
            return None
        year = on.year - self.look_back_years
        is_leap_day = (on.month, on.day) == (2, 29)
        return on.replace(year=year, day=28) if is_leap_day else on.replace(year=year)


def load_score(id: str, on: date) -> CodedScore:
    return read_score(load_definition("scores", id, on))


def read_score(definition: Definition) -> CodedScore:
    """Turn a definition into a score, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    groups = _read_groups(definition, problems)
    bands = tuple(_read_band(each, problems) for each in content.get("bands", ()))
    hierarchy = tuple((str(strong), str(weak)) for strong, weak in content.get("hierarchy", ()))
    problems += _problems_with(content, groups, bands, hierarchy)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return CodedScore(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=content["words"],
        groups=groups,
        hierarchy=hierarchy,
        bands=bands,
        evidence=content["evidence"],
        age_from=content.get("age_from"),
        look_back_years=content.get("look_back_years"),
        prefixes=_by_length(groups),
    )


def _read_groups(definition: Definition, problems: list[str]) -> tuple[CodeGroup, ...]:
    file = definition.beside(str(definition.content.get("codes", "")))
    column = str(definition.content.get("points_column", "points"))
    if not file.is_file():
        problems.append("codes does not name a file beside it")
        return ()
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    if not rows or {"group", "words", "codes", column} - set(rows[0]):
        problems.append(f"the code list needs the columns group, words, codes and {column}")
        return ()
    return tuple(
        CodeGroup(row["group"], row["words"], _tenths(row[column], problems), tuple(row["codes"].split("|")))
        for row in rows
    )


def _read_band(band: Mapping[str, Any], problems: list[str]) -> Band:
    tenths = _tenths(str(band.get("from", "")), problems)
    return Band(str(band.get("name", "")), tenths, bool(band.get("from_is_above", False)))


def _tenths(text: str, problems: list[str]) -> int:
    """Points as whole tenths, so that 5.0 is 5 and never 4.999…."""
    try:
        tenths = Decimal(text) * 10
    except InvalidOperation:
        problems.append(f"{text!r} is not a number of points")
        return 0
    if tenths != tenths.to_integral_value():
        problems.append(f"{text} has more than one decimal place")
    return int(tenths)


def _problems_with(
    content: Mapping[str, Any],
    groups: tuple[CodeGroup, ...],
    bands: tuple[Band, ...],
    hierarchy: tuple[tuple[str, str], ...],
) -> list[str]:
    problems = []
    known = [group.id for group in groups]
    if len(set(known)) != len(known):
        problems.append("a group is listed twice")
    problems += [
        f"hierarchy names {id!r}, which is no group" for pair in hierarchy for id in pair if id not in known
    ]
    problems += [f"group {group.id} has an empty code" for group in groups if not all(group.prefixes)]
    problems += [f"the words of {group.id} hold a comma" for group in groups if "," in group.words]
    if [band.tenths for band in bands] != sorted({band.tenths for band in bands}):
        problems.append("bands must rise")
    if not content.get("words"):
        problems.append("words is missing")
    if content.get("evidence") not in {EMERGENCY_STAYS, ANY_DIAGNOSIS}:
        problems.append(f"evidence must be {EMERGENCY_STAYS} or {ANY_DIAGNOSIS}")
    if content.get("evidence") == EMERGENCY_STAYS and not isinstance(content.get("look_back_years"), int):
        problems.append("look_back_years is missing")
    return problems


def _by_length(groups: tuple[CodeGroup, ...]) -> dict[int, dict[str, tuple[CodeGroup, ...]]]:
    table: dict[int, dict[str, tuple[CodeGroup, ...]]] = {}
    for group in groups:
        for prefix in group.prefixes:
            known = table.setdefault(len(prefix), {})
            known[prefix] = (*known.get(prefix, ()), group)
    return table
