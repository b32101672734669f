"""Rows on their way from the record to the tables, keyed by pseudonyms of the resources they come from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from careweave.warehouse.areas import Area
from careweave.warehouse.extraction.conditions import condition_rows
from careweave.warehouse.extraction.encounters import encounter_rows
from careweave.warehouse.extraction.enrolments import death_rows, enrolment_rows, plan_rows, task_rows
from careweave.warehouse.extraction.medications import medication_rows
from careweave.warehouse.extraction.observations import observation_rows
from careweave.warehouse.extraction.patients import PLACE, patient_row, registration_rows
from careweave.warehouse.extraction.reading import Body, Extracted, Row
from careweave.warehouse.extraction.services import service_rows
from careweave.warehouse.extraction.surveys import survey_rows
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.tables import COUNT, EVENT, FROM, KEY, PATHWAY, PERSON, REGISTRATION, SCHEMAS, STAY

GROUP_ROWS = 100_000


class ExtractingGate(Protocol):
    """What the warehouse needs of a gate."""

    def extract(self, types: Sequence[str], *, since: datetime | None = None) -> Iterator[list[Any]]: ...


# What is read from each type of resource: rows by the name of their part.
READERS: dict[str, Callable[[Body, Extracted], Iterator[tuple[str, Row]]]] = {
    "CarePlan": plan_rows,
    "Condition": condition_rows,
    "Encounter": encounter_rows,
    "EpisodeOfCare": enrolment_rows,
    "Flag": death_rows,
    "MedicationRequest": medication_rows,
    "MedicationStatement": medication_rows,
    "Observation": observation_rows,
    "QuestionnaireResponse": survey_rows,
    "ServiceRequest": service_rows,
    "Task": task_rows,
}
# Columns that hold the id of a resource or a party until they are written.
IDS = ("event", "condition", "referral", "coordinator", "reviewer", "owner", "requester", "offer")


def _with(schema: pa.Schema, *names: str) -> pa.Schema:
    """These columns first, and whatever of the schema is not among them."""
    kept = [schema.field(name) for name in schema.names if name not in names]
    return pa.schema([*((name, KEY) for name in names), *kept])


def _part(schema: pa.Schema) -> pa.Schema:
    return _with(schema, "resource", "subject")


MADE = {"person", "registration", "admission", "pathway", "need"}  # from the parts of other tables
# `subject` leads to the person through `patient`, so that joining or parting records changes no other part.
PARTS = {
    "patient": _with(pa.schema([("rank", pa.int8()), *PERSON]), "subject"),
    "registration": _with(pa.schema([("rank", pa.int8()), *REGISTRATION]), "resource", "subject"),
    **{name: _part(schema) for name, schema in SCHEMAS.items() if name not in MADE},
    "event": _part(pa.schema([*EVENT, *STAY])),
    "step": _part(pa.schema([*PATHWAY, ("offer", KEY)])),
    "death": _part(pa.schema([("person", KEY), ("place", KEY), *FROM])),
    "link": pa.schema([("resource", KEY), ("condition", KEY), ("event", KEY), ("rank", COUNT)]),
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
        areas: Mapping[str, Area],
    ) -> None:
        """`counted` are the records (subjects) that may be counted beyond direct care; `areas` are by postcode."""
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.sectors, self.as_at = key, sectors, as_at
        self.rows: dict[str, list[Row]] = {name: [] for name in PARTS}
        self.writers = {name: pq.ParquetWriter(folder / f"{name}.parquet", PARTS[name]) for name in PARTS}
        self.people: set[str] = set()
        self.counted, self.areas = counted, areas

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

    def take_invitations(self, rows: Iterable[Row]) -> None:
        """Surveys that people were asked: from a table of the record's own, all of them each time."""
        hide = self.key.pseudonym
        for row in rows:
            about: Row = {"subject": hide(row["subject"]), "person": hide(row["subject"]), "source": PLACE}
            about |= {"sector": self.sectors.get(PLACE, "other"), "is_sensitive": True}
            keys = {name: self.key.hidden(row[name]) for name in ("resource", "response")}
            self.rows["invitation"].append(row | about | keys)
            if len(self.rows["invitation"]) >= GROUP_ROWS:
                self._write("invitation")

    def _write(self, name: str) -> None:
        """Column by column: several times as fast as rows one by one."""
        rows = self.rows[name]
        if rows:
            columns = [_column(rows, field) for field in PARTS[name]]
            self.writers[name].write_table(pa.Table.from_arrays(columns, schema=PARTS[name]))
            self.rows[name] = []

    def _take(self, one: Extracted) -> None:
        body, hide = orjson.loads(one.body), self.key.pseudonym
        about = {
            "resource": self.key.hidden(body["id"]),
            "subject": hide(one.subject),
            "person": hide(one.person_id),
            "source": one.source,
            "sector": self.sectors.get(one.source, "other"),
            "is_sensitive": bool(one.labels),
        }
        if one.type == "Patient":
            self.people.add(one.person_id)
            about["is_counted"] = one.subject in self.counted
            row = patient_row(body, one.source, self.as_at, self.areas)
            self.rows["patient"].append(row | about)
            self.rows["registration"] += (each | about for each in registration_rows(body, one.source))
            return
        self.rows["seen"].append(about)
        for name, row in READERS[one.type](body, one):
            for column in IDS:
                if id := row.get(column):
                    row[column] = hide(id)
            self.rows[name].append(about | row)


def _column(rows: list[Row], field: pa.Field) -> pa.Array:
    """Most columns are in every row of a part or in none."""
    name = field.name
    try:
        return pa.array([row[name] for row in rows], field.type)
    except KeyError:
        return pa.array([row.get(name) for row in rows], field.type)
