"""What a source says about one person: the input of the matcher, as a value or as a column table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import pyarrow as pa

TEXT_FIELDS = (
    "nhs_number",
    "given",
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
)


@dataclass(frozen=True)
class MatchRecord:
    """`id` is unique over all sources; everything else may be absent.

    `former_nhs_numbers` were the person's until `nhs_number` superseded them; `identifiers` are other numbers that
    should be one person's (a social security number); `attributes` are any further facts that stay the same for
    years (place of birth, occupation).
    """

    id: str
    source: str = ""
    local_id: str = ""
    nhs_number: str | None = None
    former_nhs_numbers: tuple[str, ...] = ()
    given: str | None = None
    family: str | None = None
    known_as: str | None = None
    previous_family: str | None = None
    birth_date: date | str | None = None
    gender: str | None = None
    house: str | None = None
    address: str | None = None
    locality: str | None = None
    town: str | None = None
    postcode: str | None = None
    phone: str | None = None
    email: str | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Columns:
    """Records column by column, sorted by id so that the order of arrival cannot change an answer."""

    ids: list[str]
    sources: list[str]
    texts: dict[str, list[str | None]]
    birth_dates: list[str | None]
    former_numbers: list[tuple[str, ...]]
    identifiers: dict[str, list[str | None]]
    attributes: dict[str, list[str | None]]

    def __len__(self) -> int:
        return len(self.ids)


def columns_of(records: Sequence[MatchRecord] | pa.Table) -> Columns:
    if isinstance(records, pa.Table):
        return _columns_of_table(records)
    ordered = sorted(records, key=lambda record: record.id)
    columns = Columns(
        ids=[record.id for record in ordered],
        sources=[record.source for record in ordered],
        texts={name: [getattr(record, name) for record in ordered] for name in TEXT_FIELDS},
        birth_dates=[_as_text(record.birth_date) for record in ordered],
        former_numbers=[record.former_nhs_numbers for record in ordered],
        identifiers=_maps([record.identifiers for record in ordered]),
        attributes=_maps([record.attributes for record in ordered]),
    )
    return _checked(columns)


def _columns_of_table(table: pa.Table) -> Columns:
    """Columns are named as the fields of MatchRecord; `identifier_x` and `attribute_x` hold the further ones."""
    unknown = set(table.column_names) - {each.name for each in fields(MatchRecord)}
    unknown = {name for name in unknown if not name.startswith(("identifier_", "attribute_"))}
    if unknown or "id" not in table.column_names:
        raise ValueError(
            f"columns the matcher does not know: {sorted(unknown)}" if unknown else "no column id"
        )
    table = table.sort_by("id")
    held: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in table.column_names}
    absent: list[Any] = [None] * table.num_rows
    columns = Columns(
        ids=[str(value) for value in held["id"]],
        sources=[_as_text(value) or "" for value in held.get("source", absent)],
        texts={name: [_as_text(value) for value in held.get(name, absent)] for name in TEXT_FIELDS},
        birth_dates=[_as_text(value) for value in held.get("birth_date", absent)],
        former_numbers=[tuple(value or ()) for value in held.get("former_nhs_numbers", absent)],
        identifiers=_prefixed(held, "identifier_"),
        attributes=_prefixed(held, "attribute_"),
    )
    return _checked(columns)


def _prefixed(held: Mapping[str, list[Any]], prefix: str) -> dict[str, list[str | None]]:
    return {
        name.removeprefix(prefix): [_as_text(value) for value in held[name]]
        for name in sorted(held)
        if name.startswith(prefix)
    }


def _maps(maps: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    names = sorted({name for each in maps for name in each})
    return {name: [each.get(name) for each in maps] for name in names}


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _checked(columns: Columns) -> Columns:
    if len(set(columns.ids)) != len(columns.ids):
        raise ValueError("two records have the same id")
    return columns
