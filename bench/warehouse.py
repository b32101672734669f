"""The warehouse: 100,000 people with a million diagnoses through each score and the register."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from bench.kit.report import Report
from careweave.warehouse.builds import Manifest
from careweave.warehouse.candidates import describe, rank
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import ScoreTables, score_tables
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
        found = told(partial(_both, engine, made))
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


def _both(engine: Engine, made: ScoreTables) -> None:
    engine.run(made.totals)
    engine.run(made.drivers)


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
