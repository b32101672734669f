"""Rows on their way from the record to the tables, keyed by pseudonyms of the resources they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from careweave.warehouse.extraction.conditions import condition_row
from careweave.warehouse.extraction.encounters import diagnosed_conditions, event_row, reason_rows
from careweave.warehouse.extraction.patients import patient_row
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.tables import CONDITION, EVENT, KEY, PERSON

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


def _with(schema: pa.Schema, *names: str) -> pa.Schema:
    return pa.schema([*((name, KEY) for name in names), *schema])


# `subject` leads to the person through `patient`, so that joining or parting records changes no other part.
PARTS = {
    "patient": _with(pa.schema([("rank", pa.int8()), *PERSON]), "subject"),
    "condition": _with(CONDITION, "resource", "subject"),
    "event": _with(EVENT, "subject"),
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
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in PARTS}
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
        if self.rows[name]:
            self.writers[name].write_table(pa.Table.from_pylist(self.rows[name], PARTS[name]))
            self.rows[name] = []

    def _take(self, one: Extracted) -> None:
        body, hide = orjson.loads(one.body), self.key.pseudonym
        resource, subject = hide(body["id"]), hide(one.subject)
        about = {
            "resource": resource,
            "subject": subject,
            "person": hide(one.person_id),
            "source": one.source,
            "sector": self.sectors.get(one.source, "other"),
            "is_sensitive": bool(one.labels),
        }
        if one.type == "Patient":
            self.people.add(one.person_id)
            is_counted = one.subject in self.counted
            row = patient_row(body, one.source, self.as_at)
            self.rows["patient"].append({**row, **about, "is_counted": is_counted})
            return
        self.rows["seen"].append(about)
        if one.type == "Condition":
            self._take_condition(body, about)
        else:
            self._take_encounter(body, about)

    def _take_condition(self, body: dict[str, Any], about: dict[str, Any]) -> None:
        row = condition_row(body)
        if row:
            event = row["event"] and self.key.pseudonym(row["event"])
            self.rows["condition"].append({**row, **about, "event": event})

    def _take_encounter(self, body: dict[str, Any], about: dict[str, Any]) -> None:
        row, event = event_row(body, about["source"]), about["resource"]
        if row is None:
            return
        self.rows["event"].append({**row, **about, "event": event})
        self.rows["condition"] += [{**reason, **about, "event": event} for reason in reason_rows(body)]
        links = (
            {"resource": event, "event": event, "condition": self.key.pseudonym(id)}
            for id in diagnosed_conditions(body)
        )
        self.rows["link"] += links
