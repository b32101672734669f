"""What all scores are made of: groups of codes with their points, bands, and how far back they look."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from careweave.definitions import Definition


@dataclass(frozen=True)
class CodeGroup:
    """Codes that earn their points once, however often they were recorded."""

    id: str
    words: str
    tenths: int  # points in the score's own units: whole tenths, or smaller ones
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """Scores of so many units and more."""

    name: str
    least: int


Prefixes = Mapping[int, Mapping[str, tuple[CodeGroup, ...]]]


def band_of(bands: Sequence[Band], units: int) -> str:
    return next((band.name for band in reversed(bands) if units >= band.least), "")


def years_before(on: date, years: int | None) -> date | None:
    """The last day that is too long ago (29 February looks back to 28 February)."""
    if years is None:
        return None
    is_leap_day = (on.month, on.day) == (2, 29)
    return on.replace(year=on.year - years, **({"day": 28} if is_leap_day else {}))


def groups_of(prefixes: Prefixes, code: str) -> set[CodeGroup]:
    by_length = ((length, known) for length, known in prefixes.items())
    return {group for length, known in by_length for group in known.get(code[:length], ())}


def by_length(groups: Iterable[CodeGroup]) -> dict[int, dict[str, tuple[CodeGroup, ...]]]:
    table: dict[int, dict[str, tuple[CodeGroup, ...]]] = {}
    for group in groups:
        for prefix in group.prefixes:
            known = table.setdefault(len(prefix), {})
            known[prefix] = (*known.get(prefix, ()), group)
    return table


def read_groups(definition: Definition, problems: list[str], *, places: int) -> tuple[CodeGroup, ...]:
    file = definition.beside(str(definition.content.get("codes", "")))
    column = str(definition.content.get("points_column", "points"))
    if not file.is_file():
        problems.append("codes does not name a file beside it")
        return ()
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    if not rows or {"group", "words", "codes", column} - set(rows[0]):
        problems.append(f"the code list needs the columns group, words, codes and {column}")
        return ()
    groups = tuple(
        CodeGroup(
            row["group"],
            row["words"],
            units_of(row[column], places, problems),
            tuple(row["codes"].split("|")),
        )
        for row in rows
        if row[column]  # a list that several scores share holds groups that are not of this one
    )
    if len({group.id for group in groups}) != len(groups):
        problems.append("a group is listed twice")
    problems += [f"group {group.id} has an empty code" for group in groups if not all(group.prefixes)]
    problems += [f"the words of {group.id} hold a comma" for group in groups if "," in group.words]
    return groups


def read_hierarchy(
    content: Mapping[str, Any], groups: Iterable[CodeGroup], problems: list[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs: the first, when present, stands for the second too."""
    pairs = tuple((str(strong), str(weak)) for strong, weak in content.get("hierarchy", ()))
    known = {group.id for group in groups}
    unknown = [id for pair in pairs for id in pair if id not in known]
    problems += [f"hierarchy names {id!r}, which is no group" for id in unknown]
    return pairs


def read_bands(content: Mapping[str, Any], problems: list[str], *, scale: int) -> tuple[Band, ...]:
    bands = tuple(_read_band(each, problems, scale) for each in content.get("bands", ()))
    if [band.least for band in bands] != sorted({band.least for band in bands}):
        problems.append("bands must rise")
    return bands


def _read_band(band: Mapping[str, Any], problems: list[str], scale: int) -> Band:
    """The least whole number of units in it: units are whole, so “above 15.0” begins at 15.1."""
    limit = number_of(str(band.get("from", "")), problems) * scale
    is_above = bool(band.get("from_is_above", False))
    return Band(str(band.get("name", "")), math.floor(limit) + 1 if is_above else math.ceil(limit))


def number_of(text: str, problems: list[str]) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        problems.append(f"{text!r} is not a number of points")
        return Decimal(0)


def units_of(text: str, places: int, problems: list[str]) -> int:
    """Points as whole units, so that 5.0 is 5 and never 4.999…."""
    units = number_of(text, problems) * 10**places
    if units != units.to_integral_value():
        more = "one decimal place" if places == 1 else f"{places} decimal places"
        problems.append(f"{text} has more than {more}")
    return int(units)
