"""A CSV mapping as a place can write it: what the columns hold, and the FHIR resources a row stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatch
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.intake.reading.building import Codes, Template, template
from careweave.intake.reading.columns import Column, Unfit, parser
from careweave.intake.reading.rows import Parcel, Refusal, Sent

KIND = "intake"
CODES_KIND = "intake-codes"
OTHER_ORGANISATION = "The row is for another organisation"
_A_DAY = len("2026-11-26")
_LONDON = ZoneInfo("Europe/London")


def plain(header: str) -> str:
    """Headers are compared without case, spaces and marks: `LA Code`, `LA_Code` and `la code` are one."""
    return re.sub(r"[^a-z0-9]+", "", header.casefold())


@dataclass(frozen=True)
class Mapping:
    """One kind of CSV file."""

    id: str
    version: str
    title: str
    format: str
    columns: tuple[Column, ...]
    files: tuple[str, ...]
    delimiter: str
    organisation: str
    empty: frozenset[str]
    order: tuple[tuple[str, str], ...]
    templates: tuple[Template, ...]

    def named(self, file_name: str) -> bool:
        return any(fnmatch(file_name, pattern) for pattern in self.files)

    def missing(self, headers: Sequence[str]) -> list[str]:
        """Columns the file must have and does not."""
        here = {plain(header) for header in headers}
        return [each.name for each in self.columns if each.needed and not here & _names(each)]

    def places(self, headers: Sequence[str]) -> tuple[int, ...]:
        """Where each of the mapping's columns stands in the file; -1 where it does not."""
        here = {plain(header): place for place, header in enumerate(headers)}
        return tuple(next((here[name] for name in _names(each) if name in here), -1) for each in self.columns)

    def read(self, cells: Sequence[str], places: Sequence[int], source: str) -> list[Sent] | Refusal:
        """What one row says, or why it is refused (`file`, `line` and `raw` are for the caller to fill in)."""
        values = self.values(cells, places, source)
        if isinstance(values, Refusal):
            return values
        return [sent for each in self.templates for sent in each.build(values)] or _says_nothing()

    def values(self, cells: Sequence[str], places: Sequence[int], source: str) -> dict[str, Any] | Refusal:
        """The cells of one row by column, each read as its column says."""
        values: dict[str, Any] = {}
        fault: Refusal | None = None
        others: list[str] = []
        for column, place in zip(self.columns, places, strict=True):
            cell = cells[place].strip() if place >= 0 else ""
            try:
                values[column.name] = self._value(column, cell)
            except Unfit as unfit:
                if fault is None:
                    reason = f"{column.called} {unfit.reason}"
                    fault = Refusal("", 0, column.name, reason, cell[:200], unfit.expected)
                else:
                    others.append(column.name)
        fault = self._elsewhere(values, source) or fault or self._out_of_order(values)
        if fault is not None:
            return _with_others(fault, others)
        return values

    def _value(self, column: Column, cell: str) -> Any:
        if not cell or cell in self.empty:
            if column.required:
                raise Unfit("is missing", "a value in each row")
            return None
        return column.parse(cell)

    def _elsewhere(self, values: dict[str, Any], source: str) -> Refusal | None:
        stated = values.get(self.organisation) if self.organisation else None
        if stated is None or str(stated).casefold() == source.casefold():
            return None
        return Refusal("", 0, self.organisation, OTHER_ORGANISATION, str(stated), source)

    def _out_of_order(self, values: dict[str, Any]) -> Refusal | None:
        for first, second in self.order:
            start, end = values.get(first), values.get(second)
            if start is not None and end is not None and _is_before(end, start):
                called = {each.name: each.called for each in self.columns}
                expected = f"not before {called[first]}"
                return Refusal(
                    "", 0, second, f"{called[second]} is before {called[first]}", str(end), expected
                )
        return None

    def parcel(
        self,
        line: int,
        headers: Sequence[str],
        cells: Sequence[str],
        places: Sequence[int],
        source: str,
        file: str,
    ) -> Parcel:
        """One row as a parcel that comes in as a whole or not at all."""
        read = self.read(cells, places, source)
        parcel = Parcel(line, [], whole=True, cells=(headers, cells))
        if isinstance(read, list):
            parcel.sent = read
        else:
            parcel.refusals = [replace(read, file=file, line=line, raw=parcel.kept())]
        return parcel

    def key(self, headers: Sequence[str], cells: Sequence[str]) -> tuple[str, ...] | None:
        """The cells that name a row for ever; None where one is empty."""
        here = {each.name: place for each, place in zip(self.columns, self.places(headers), strict=True)}
        found = tuple(cells[here[name]].strip() if here[name] >= 0 else "" for name in self.templates[0].key)
        return found if all(found) else None


def _names(column: Column) -> set[str]:
    return {plain(column.name), *(plain(alias) for alias in column.aliases)}


def _with_others(fault: Refusal, others: list[str]) -> Refusal:
    if not others:
        return fault
    also = f"{fault.expected}. Also wrong: {', '.join(others)}"
    return Refusal("", 0, fault.field, fault.reason, fault.value, also)


def _says_nothing() -> Refusal:
    return Refusal(
        "", 0, "", "The row says nothing that is kept", expected="A row with its key columns filled in"
    )


# -- reading the definitions ------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def mappings(on: date) -> tuple[Mapping, ...]:
    """Every mapping that holds on a day; raises DefinitionError where one cannot be used."""
    holding: dict[str, Definition] = {}
    for each in all_definitions(KIND):
        if each.holds_on(on):
            holding[each.id] = each
    shared = _shared_codes(on)
    return tuple(compiled(each, shared, on) for each in holding.values())


def mapping(id: str, on: date) -> Mapping:
    return next(each for each in mappings(on) if each.id == id)


def mapping_problems(on: date) -> list[str]:
    """What is wrong with any mapping that holds on a day, each problem with the name of its file."""
    problems: list[str] = []
    shared = _shared_codes(on)
    for each in all_definitions(KIND):
        try:
            if each.holds_on(on):
                compiled(each, shared, on)
        except DefinitionError as error:
            problems += error.problems
    return problems


def _shared_codes(on: date) -> Codes:
    found: dict[str, Table[str, Any]] = {}
    for each in all_definitions(CODES_KIND):
        if each.holds_on(on):
            found.update(each.content["codes"])
    return found


def compiled(definition: Definition, shared: Codes, today: date) -> Mapping:
    """The mapping of a definition; every mistake in it is a DefinitionError with the name of its file."""
    content = {**definition.content, "today": today}
    try:
        codes = {**shared, **{name: _code_list(found) for name, found in content.get("codes", {}).items()}}
        made = Mapping(
            id=definition.id,
            version=definition.version,
            title=definition.title,
            format=content.get("format", definition.id),
            columns=tuple(_column(name, spec, codes, content) for name, spec in content["columns"].items()),
            files=tuple(content.get("files", ())),
            delimiter=content.get("delimiter", ","),
            organisation=content.get("organisation", ""),
            empty=frozenset(content.get("empty", ())),
            order=tuple((first, second) for first, second in content.get("order", ())),
            templates=tuple(template(spec, codes, content) for spec in content["resources"]),
        )
        _check_names(made, content)
    except (KeyError, ValueError, TypeError) as error:
        raise DefinitionError([f"{definition.name}: {error}"]) from error
    return made


def _code_list(found: Any) -> Table[str, Any]:
    return dict.fromkeys(found, True) if isinstance(found, list) else found


def _column(name: str, spec: Table[str, Any], codes: Codes, content: Table[str, Any]) -> Column:
    required = bool(spec.get("required", False))
    return Column(
        name=name,
        called=spec.get("called", name),
        parse=parser(spec, codes, content),
        required=required,
        needed=bool(spec.get("needed", required)),
        aliases=tuple(spec.get("aliases", ())),
    )


def _check_names(made: Mapping, content: Table[str, Any]) -> None:
    known = {each.name for each in made.columns}
    used = {name for each in made.templates for name in each.columns.values() if not name.startswith("@")}
    used |= {name for each in made.templates for names in each.rounds for name in names.values()}
    used |= {name for pair in made.order for name in pair} | (
        {made.organisation} if made.organisation else set()
    )
    unknown = sorted(used - known)
    if unknown:
        raise ValueError(f"no column is called {', '.join(unknown)}")


def _is_before(one: str, other: str) -> bool:
    """Whether one date or instant lies before another, as far as both are exact.

    A day is a day of the place: half past midnight in summer is the day before in UTC, and a baby may be born then.
    """
    if len(one) == _A_DAY < len(other):
        other = _day_here(other)
    elif len(other) == _A_DAY < len(one):
        one = _day_here(one)
    return one[: len(other)] < other[: len(one)]


def _day_here(instant: str) -> str:
    return datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(_LONDON).date().isoformat()
