"""Reads plain CSV files of people, whatever their columns are called, into records for the matcher."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from careweave.identity.matching.dates import month_comes_first, read_birth_date
from careweave.identity.matching.headings import fields_of, read_headings
from careweave.identity.matching.informative import without_row_numbers
from careweave.identity.matching.names import name_words
from careweave.identity.matching.records import MatchRecord

FEBRL = re.compile(r"rec-(\d+)-(?:org|dup-\d+)")
PLAIN = frozenset(
    [
        "nhs_number",
        "family",
        "known_as",
        "previous_family",
        "gender",
        "house",
        "address",
        "locality",
        "town",
        "postcode",
        "phone",
        "email",
    ]
)
HAN = re.compile(r"[\u4e00-\u9fff]{2,4}")


class FileProblem(Exception):
    """A file that cannot be linked, with the reason in words."""


@dataclass(frozen=True)
class PeopleFile:
    """`truth` is kept apart from the records: the matcher never sees it."""

    records: list[MatchRecord]
    truth: dict[str, str]
    rows: dict[str, dict[str, str]]
    fields: dict[str, str]


def read_people(paths: Sequence[Path], truth: str | None) -> PeopleFile:
    """All files as one: record ids are `file number:line`, the source is the file."""
    known = read_headings()
    records: list[MatchRecord] = []
    truths: dict[str, str] = {}
    rows: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    for number, path in enumerate(paths, start=1):
        columns = read_csv(path)
        if truth is not None:
            held = columns.pop(_truth_heading(columns, truth, path))
            truths |= {_id(number, row): value for row, value in enumerate(_persons(held))}
        mapped = fields_of(columns, known)
        fields |= {heading.strip(): field for heading, field in mapped.items()}
        records += _records(number, path, columns, mapped)
        size = len(next(iter(columns.values()), []))
        rows |= {_id(number, row): {h: values[row] for h, values in columns.items()} for row in range(size)}
    return PeopleFile(without_row_numbers(records), truths, rows, fields)


def _id(file: int, row: int) -> str:
    return f"{file}:{row + 2:09d}"


def _truth_heading(columns: Mapping[str, list[str]], truth: str, path: Path) -> str:
    for heading in columns:
        if heading.strip().lower() == truth.strip().lower():
            return heading
    raise FileProblem(
        f"{path} has no column {truth!r}; it has: {', '.join(name.strip() for name in columns)}"
    )


def _persons(values: Sequence[str]) -> list[str]:
    """rec-17-org and rec-17-dup-0 are one person; a record without a truth is a person of its own."""
    stems = [FEBRL.fullmatch(value.strip()) for value in values]
    if values and all(stems):
        return [stem[1] for stem in stems if stem]
    return [value.strip() or f"row {row}" for row, value in enumerate(values)]


def read_csv(path: Path) -> dict[str, list[str]]:
    """Column by column; refused with the line if it is not a table of text."""
    if not path.is_file():
        raise FileProblem(f"{path} does not exist" if not path.exists() else f"{path} is not a file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(f"{path} is not UTF-8 text (byte {error.start}): save it as CSV UTF-8") from error
    if "\0" in text:
        raise FileProblem(f"{path} holds null characters: it is not a CSV file")
    if not text.strip():
        raise FileProblem(f"{path} is empty")
    lines = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(text), skipinitialspace=True, strict=True
    )
    return _table(lines, path)


def _delimiter(text: str) -> str:
    header = text.lstrip().splitlines()[0]
    return max(",;\t|", key=header.count)


def _table(lines: object, path: Path) -> dict[str, list[str]]:
    header: list[str] = []
    columns: list[list[str]] = []
    try:
        for row in lines:  # type: ignore[attr-defined]
            if not header:
                header = _checked_header(row, path)
                columns = [[] for _ in header]
            elif row and len(row) != len(header):
                where = lines.line_num  # type: ignore[attr-defined]
                raise FileProblem(f"{path} line {where} has {len(row)} fields, the header has {len(header)}")
            elif row:
                for column, value in zip(columns, row, strict=True):
                    column.append(value.strip())
    except csv.Error as error:
        raise FileProblem(f"{path} line {lines.line_num}: {error}") from error  # type: ignore[attr-defined]
    if not columns or not columns[0]:
        raise FileProblem(f"{path} has a header but no rows")
    return dict(zip(header, columns, strict=True))


def _checked_header(row: Sequence[str], path: Path) -> list[str]:
    header = [name.strip() or f"column {number}" for number, name in enumerate(row, start=1)]
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise FileProblem(f"{path} has the column {sorted(twice)[0]!r} twice")
    return header


def _records(
    number: int, path: Path, columns: Mapping[str, list[str]], mapped: Mapping[str, str]
) -> list[MatchRecord]:
    by_field = {field: columns[heading] for heading, field in mapped.items()}
    births = _births(by_field)
    names = _names(by_field, len(next(iter(columns.values()))))
    own = {field: by_field[field] for field in PLAIN & set(by_field)}
    if "gender" in own:
        own["gender"] = _genders(own["gender"])
    identifiers = {h.strip(): columns[h] for h, field in mapped.items() if field == "identifier"}
    attributes = {h.strip(): columns[h] for h, field in mapped.items() if field in {"attribute", "locality"}}
    sources = by_field.get("source")
    return [
        MatchRecord(
            id=_id(number, row),
            source=f"{number} {path.name} {sources[row] if sources else ''}".strip(),
            given=given or None,
            birth_date=births[row] if births else None,
            identifiers={name: values[row] for name, values in identifiers.items() if values[row]},
            attributes={name: values[row] for name, values in attributes.items() if values[row]},
            **({name: values[row] or None for name, values in own.items()} | {"family": family or None}),  # type: ignore[arg-type]
        )
        for row, (given, family) in enumerate(names)
    ]


def _genders(values: Sequence[str]) -> list[str]:
    """In a column of H and M, as in Spanish, M is a woman."""
    initials = {value[:1].lower() for value in values if value}
    if "h" in initials and "m" in initials and "f" not in initials:
        return [{"h": "male", "m": "female"}.get(value[:1].lower(), value) for value in values]
    return list(values)


def _births(by_field: Mapping[str, list[str]]) -> list[str | None] | None:
    if "birth_date" in by_field:
        texts = by_field["birth_date"]
        month_first = month_comes_first(texts)
        return [read_birth_date(text, month_first=month_first) for text in texts]
    if "birth_year" in by_field:
        years = by_field["birth_year"]
        unknown = ["0"] * len(years)
        months, days = by_field.get("birth_month", unknown), by_field.get("birth_day", unknown)
        return [
            read_birth_date(f"{year.split('.')[0]}-{month.split('.')[0] or 0}-{day.split('.')[0] or 0}")
            for year, month, day in zip(years, months, days, strict=True)
        ]
    return None


def _names(by_field: Mapping[str, list[str]], size: int) -> list[tuple[str, str]]:
    """(given, family) of each row, middle names and second surnames joined on."""
    empty = [""] * size
    if "full_name" in by_field and not {"given", "family"} & set(by_field):
        return [split_full_name(name) for name in by_field["full_name"]]
    given = zip(by_field.get("given", empty), by_field.get("middle", empty), strict=True)
    family = zip(by_field.get("family", empty), by_field.get("family2", empty), strict=True)
    return list(
        zip(
            (" ".join(each).strip() for each in given),
            (" ".join(each).strip() for each in family),
            strict=True,
        )
    )


def split_full_name(name: str) -> tuple[str, str]:
    """'SMITH, John' and 'John Smith'; three Chinese characters have the family name first."""
    if "," in name:
        family, _, given = name.partition(",")
        return given.strip(), family.strip()
    if HAN.fullmatch(name.strip()):
        return name.strip()[1:], name.strip()[0]
    words = name.split()
    kept = name_words(name)
    if len(words) < 2 or not kept:
        return name.strip(), ""
    return " ".join(words[:-1]), words[-1]
