"""Rows on their way from the record to the tables, keyed by pseudonyms of the resources they come from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from careweave.warehouse.extraction.conditions import condition_rows
from careweave.warehouse.extraction.encounters import encounter_rows
from careweave.warehouse.extraction.medications import medication_rows
from careweave.warehouse.extraction.observations import observation_rows
from careweave.warehouse.extraction.patients import patient_row
from careweave.warehouse.extraction.reading import Body, Row
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.tables import KEY, PERSON, SCHEMAS

GROUP_ROWS = 100_000


class Extracted(Protocol):
    """One resource as `Gate.extract` gives it."""

    person_id: str
    subject: str
    type: str
    source: str
    updated: datetime
    labels: tuple[str, ...]
    body: str


class ExtractingGate(Protocol):
    """What the warehouse needs of a gate."""

    def extract(self, types: Sequence[str], *, since: datetime | None = None) -> Iterator[list[Any]]: ...


# What is read from each type of resource: rows by the name of their part.
READERS: dict[str, Callable[[Body, str], Iterator[tuple[str, Row]]]] = {
    "Condition": condition_rows,
    "Encounter": encounter_rows,
    "MedicationRequest": medication_rows,
    "MedicationStatement": medication_rows,
    "Observation": observation_rows,
}
# Columns that hold the id of a resource or a party until they are written.
IDS = ("event", "condition")


def _with(schema: pa.Schema, *names: str) -> pa.Schema:
    """These columns first, and whatever of the schema is not among them."""
    kept = [schema.field(name) for name in schema.names if name not in names]
    return pa.schema([*((name, KEY) for name in names), *kept])


def _part(schema: pa.Schema) -> pa.Schema:
    return _with(schema, "resource", "subject")


# `subject` leads to the person through `patient`, so that joining or parting records changes no other part.
PARTS = {
    "patient": _with(pa.schema([("rank", pa.int8()), *PERSON]), "subject"),
    **{name: _part(schema) for name, schema in SCHEMAS.items() if name != "person"},
    "link": pa.schema([("resource", KEY), ("condition", KEY), ("event", KEY)]),
    "seen": pa.schema([("resource", KEY)]),  # every resource met, also those that gave no row
}


class Staging:
    """Writes the parts, a group of rows at a time, so that memory stays flat."""

    def __init__(
        self,
        folder: Path,
        key: PseudonymKey,
        sectors: dict[str, str],
        as_at: date,
        counted: Collection[str],
    ) -> None:
        """`counted` are the records (subjects) that may be counted beyond direct care."""
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.sectors, self.as_at = key, sectors, as_at
        self.rows: dict[str, list[Row]] = {name: [] for name in PARTS}
        self.writers = {name: pq.ParquetWriter(folder / f"{name}.parquet", PARTS[name]) for name in PARTS}
        self.people: set[str] = set()
        self.counted = counted

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for name, writer in self.writers.items():
            if kind is None:
                self._write(name)
            writer.close()

    def take(self, batch: Iterable[Extracted]) -> None:
        for one in batch:
            self._take(one)
        for name, rows in self.rows.items():
            if len(rows) >= GROUP_ROWS:
                self._write(name)

    def _write(self, name: str) -> None:
        """Column by column: several times as fast as rows one by one."""
        rows = self.rows[name]
        if rows:
            columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in PARTS[name]]
            self.writers[name].write_table(pa.Table.from_arrays(columns, schema=PARTS[name]))
            self.rows[name] = []

    def _take(self, one: Extracted) -> None:
        body, hide = orjson.loads(one.body), self.key.pseudonym
        about = {
            "resource": hide(body["id"]),
            "subject": hide(one.subject),
            "person": hide(one.person_id),
            "source": one.source,
            "sector": self.sectors.get(one.source, "other"),
            "is_sensitive": bool(one.labels),
        }
        if one.type == "Patient":
            self.people.add(one.person_id)
            row = patient_row(body, one.source, self.as_at)
            self.rows["patient"].append({**row, **about, "is_counted": one.subject in self.counted})
            return
        self.rows["seen"].append(about)
        for name, row in READERS[one.type](body, one.source):
            for column in IDS:
                if id := row.get(column):
                    row[column] = hide(id)
            self.rows[name].append(about | row)
