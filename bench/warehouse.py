"""The warehouse: 100,000 people with a million diagnoses through each score and the register, and its building."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from bench.kit.report import Report
from careweave.record.ids import resource_id
from careweave.warehouse.builds import Manifest
from careweave.warehouse.candidates import describe, rank
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.pseudonyms import open_key
from careweave.warehouse.refreshing import refresh
from careweave.warehouse.registers import load_register
from careweave.warehouse.scores import Diagnosis, Facts, Stay, load_score, score_person
from careweave.warehouse.store import Warehouse
from careweave.warehouse.tables import CONDITION, EVENT, PERSON, declared_tables

PEOPLE, DIAGNOSES, STAYS = 100_000, 1_000_000, 200_000
ON = date(2026, 11, 26)
CODES = ["I219", "I500", "E119", "E112", "F009", "G309", "W190", "N390", "F059", "J449", "C509", "C787", "I10X", "Z501",
         "K703", "S720", "J181", "N179", "R296", "M819", "H919", "L031", "K590", "I639", "G819"]  # fmt: skip
CONCEPTS = ["44054006", "52448006", "1912002", "68566005", "13645005", "84114007", "38341003", "195967001"]


def measure(report: Report) -> None:
    report.section(
        "Scores and registers",
        """Made-up people: half of the diagnoses in ICD-10 from hospital stays, half in SNOMED CT. Median of three
        runs on two threads, the compiling of the expression included.""",
    )
    engine = filled(np.random.default_rng(1))
    tables = declared_tables(False)
    for name in ("charlson", "charlson-2011", "hospital-frailty"):
        made = score_tables(tables, load_score(name, ON), ON)
        found = told(lambda made=made: (engine.run(made.totals), engine.run(made.drivers)))
        report.figure(f"{name}, totals and drivers, {PEOPLE:,} people, {DIAGNOSES:,} diagnoses", found)
    register = load_register("riverside-proactive", ON)
    manifest = Manifest(1, ON, datetime.now(UTC), datetime.now(UTC), "", True, {})
    warehouse = Warehouse(engine, tables, manifest)
    ranking = rank(warehouse, register)
    ordered = f"{ranking.on_register:,} on it, {len(ranking.order):,} in order"
    report.figure(
        f"register with 12 measures and 2 scores: {ordered}", told(lambda: rank(warehouse, register))
    )
    first = [one.pseudonym for one in ranking.order[:300]]
    report.figure(
        "reasons, scores and gaps of the first 300 in words",
        told(lambda: describe(warehouse, register, ranking, first)),
    )
    report.figure("the plain-Python twin, Charlson of one person with 10 diagnoses", f"{twin():.0f} µs")
    building(report)


def told(act: Callable[[], object]) -> str:
    """Wall seconds, and processor seconds, which other programs hardly change."""
    walls, processors = [], []
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        act()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return f"{statistics.median(walls):.2f} s ({statistics.median(processors):.2f} s of processor)"


def filled(chance: np.random.Generator) -> Engine:
    """Half of the diagnoses from hospital stays in ICD-10, half from practices in SNOMED CT."""
    people = np.array([f"{number:032x}" for number in range(PEOPLE)])
    engine = Engine(threads=2)
    engine.fill("person", person_rows(people, chance))
    owners = chance.integers(0, PEOPLE, STAYS)
    starts = np.datetime64("2026-11-26T12:00") - chance.integers(0, 1500, STAYS).astype("timedelta64[D]")
    events = np.array([f"e{number:031x}" for number in range(STAYS)])
    engine.fill("event", event_rows(people[owners], events, starts, chance))
    engine.fill("condition", condition_rows(people, people[owners], events, starts, chance))
    return engine


def table(schema: pa.Schema, rows: int, **columns: Any) -> pa.Table:
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def person_rows(people: np.ndarray, chance: np.random.Generator) -> pa.Table:
    practices = np.array([f"Y9{number:04d}" for number in range(12)])[chance.integers(0, 12, PEOPLE)]
    ages = chance.integers(0, 100, PEOPLE)
    return table(PERSON, PEOPLE, person=people, age=ages, practice=practices, is_dead=np.zeros(PEOPLE, bool))


def event_rows(
    owners: np.ndarray, events: np.ndarray, starts: np.ndarray, chance: np.random.Generator
) -> pa.Table:
    methods = np.array(["emergency", "emergency", "elective"])[chance.integers(0, 3, STAYS)]
    return table(
        EVENT, STAYS, event=events, person=owners, kind=np.full(STAYS, "admission"), method=methods,
        start=pa.array(starts.astype("datetime64[us]"), pa.timestamp("us", tz="UTC")), is_sensitive=np.zeros(STAYS, bool),
    )  # fmt: skip


def condition_rows(
    people: np.ndarray,
    owners: np.ndarray,
    events: np.ndarray,
    starts: np.ndarray,
    chance: np.random.Generator,
) -> pa.Table:
    half = DIAGNOSES // 2
    which = chance.integers(0, STAYS, half)
    days = np.datetime64("2026-11-26") - chance.integers(0, 8000, half).astype("timedelta64[D]")
    joined = {
        "person": np.concatenate([owners[which], people[chance.integers(0, PEOPLE, half)]]),
        "code": np.concatenate([np.array(CODES)[chance.integers(0, len(CODES), half)],
                                np.array(CONCEPTS)[chance.integers(0, len(CONCEPTS), half)]]),
        "system": np.repeat(["icd10", "snomed"], half),
        "role": np.repeat(["diagnosis", "problem"], half),
        "start": np.concatenate([starts[which].astype("datetime64[D]"), days]),
        "source": np.repeat(["RVR", "Y90001"], half),
        "event": pa.array([*events[which], *[None] * half], pa.string()),
        "is_sensitive": np.zeros(DIAGNOSES, bool),
    }  # fmt: skip
    return table(CONDITION, DIAGNOSES, **joined)


def twin() -> float:
    score = load_score("charlson", ON)
    facts = Facts(
        80, tuple(Diagnosis(code, "icd10", ON, "RVR") for code in CODES[:10]), (Stay("s", ON, "emergency"),)
    )
    begun = time.perf_counter()
    for _ in range(1000):
        score_person(score, facts, ON)
    return (time.perf_counter() - begun) * 1000


# -- building ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Extracted:
    person_id: str
    subject: str
    type: str
    source: str
    updated: datetime
    labels: tuple[str, ...]
    body: str


class MadeUp:
    """People with a Patient, eight Conditions and two stays each, as `Gate.extract` gives them."""

    def __init__(self, people: int, changed: int) -> None:
        self.people, self.changed = people, changed

    def extract(self, types: Sequence[str], *, since: datetime | None = None) -> Iterator[list[Extracted]]:
        batch: list[Extracted] = []
        for number in range(self.changed if since and "Patient" not in types else self.people):
            batch += (one for one in self._person(number) if one.type in types)
            if len(batch) >= 5000:
                yield batch
                batch = []
        yield batch

    def _person(self, number: int) -> Iterator[Extracted]:
        subject, now = resource_id("RVR", "Patient", str(number)), datetime.now(UTC)
        about = {"reference": f"Patient/{subject}"}
        bodies: list[dict[str, Any]] = [{"resourceType": "Patient", "id": subject, "birthDate": "1941-03-04"}]
        for index in range(8):
            id = resource_id("RVR", "Condition", f"{number} {index}")
            coding = {
                "system": "http://hl7.org/fhir/sid/icd-10",
                "code": CODES[(number + index) % len(CODES)],
            }
            bodies.append(
                {"resourceType": "Condition", "id": id, "code": {"coding": [coding]}, "subject": about}
            )
        for index in range(2):
            id = resource_id("RVR", "Encounter", f"{number} {index}")
            period = {"start": f"2026-{index + 1:02d}-01T10:00:00Z"}
            bodies.append({"resourceType": "Encounter", "id": id, "status": "finished", "class": {"code": "IMP"},
                           "period": period, "subject": about})  # fmt: skip
        for body in bodies:
            yield Extracted(
                subject, subject, body["resourceType"], "RVR", now, (), orjson.dumps(body).decode()
            )


def building(report: Report) -> None:
    report.section(
        "Building the warehouse",
        """Resources fed from memory as the gate gives them (the time to make them up is taken off): parsing,
        pseudonyms, tables, files. Reading them from the database comes on top.""",
    )
    people = 20_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings: dict[str, Any] = {
            "folder": home / "warehouse",
            "key": open_key(home / "keys", by="bench"),
            "sectors": {},
            "as_at": ON,
            "by": "bench",
        }
        begun = time.process_time()
        for _ in MadeUp(people, 0).extract(["Patient", "Condition", "Encounter"]):
            pass
        making = time.process_time() - begun
        begun = time.process_time()
        refresh(MadeUp(people, 0), counting=MadeUp(people, 0), **settings)
        whole = time.process_time() - begun - making
        rate = f"{whole:.1f} s of processor, {people * 11 / whole:,.0f} resources a second of it"
        report.figure(f"full build of {people * 11:,} resources", rate)
        begun = time.process_time()
        refresh(MadeUp(people, people // 100), counting=MadeUp(people, 0), **settings)
        part = time.process_time() - begun - making / 11
        report.figure(
            "the same after 1 % changed (everyone's Patient is read again)", f"{part:.1f} s of processor"
        )
        size = sum(
            file.stat().st_size for file in (home / "warehouse" / "current").resolve().rglob("*.parquet")
        )
        report.figure("size on disk of 100,000 such people", f"{size * 100_000 / people / 1e6:.0f} MB")
