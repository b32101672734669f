"""Scores of a million diagnosis rows: beside pycomorb, and beside the bare scan that any score needs, in one run."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
import pycomorb

from bench.kit.machine import watched
from bench.kit.report import Report
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.diagnoses import told_diagnoses
from careweave.warehouse.expressions.masks import coded_once, points_in_one_pass
from careweave.warehouse.expressions.score import score_values
from careweave.warehouse.scores import AnyScore, CodedScore, load_score
from careweave.warehouse.tables import SCHEMAS, declared_tables

PEOPLE, DIAGNOSES, STAYS, RUNS = 100_000, 1_000_000, 250_000, 5
ON = date(2026, 11, 26)
CODED = ("charlson", "charlson-2011", "elixhauser", "elixhauser-swiss", "hospital-frailty")
OF_STAYS = ("lace", "lace-modified", "parr-30", "hospital-score", "hospital-score-2016")
BARE = """
    SELECT person, count(*), count(DISTINCT code), max(start), min(system), max(role), count(event), count(source)
    FROM condition GROUP BY person
"""
Act = Callable[[], object]


def measure(report: Report) -> None:
    report.section(
        "Scores",
        f"""{PEOPLE:,} made-up people aged 75 and over with {DIAGNOSES:,} diagnoses in ICD-10 (900 different codes) of
        {STAYS:,} hospital stays, in memory, two threads. What is compared is run in turn, {RUNS} times, so that both meet
        the same noise; the medians are told. Ours is what a register runs: each person's value, or why there is none;
        hospital frailty chooses the emergency stays of two years first. pycomorb adds up every row. DuckDB's planning is
        in our time; making the SQL, once for all runs, is told apart.""",
    )
    engine = filled(np.random.default_rng(7))
    _beside_pycomorb(report, engine)
    _beside_a_bare_scan(report, engine)


def _beside_pycomorb(report: Report, engine: Engine) -> None:
    rows = engine.backend.con.sql(
        "SELECT c.person AS id, c.code, p.age FROM condition c JOIN person p USING (person)"
    )
    frame = pl.from_arrow(rows.to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    theirs: dict[str, Act] = {
        "charlson": lambda: pycomorb.CharlsonComorbidityIndex(frame),
        "hospital-frailty": lambda: pycomorb.HospitalFrailtyRiskScore(frame),
    }
    for id, their in theirs.items():
        ours = _values(engine, [load_score(id, ON)])
        with watched(os.getpid()) as span:
            found = in_turn(ours, their)
        report.figure(
            f"{id} of {DIAGNOSES:,} diagnoses, ours and pycomorb's",
            f"{found.ours:.2f} s and {found.theirs:.2f} s: {found.theirs / found.ours:.1f} times as fast"
            f" (processor: {found.our_processor:.2f} s and {found.their_processor:.2f} s)",
            "at least as fast",
            span,
        )

    _like_for_like(report, engine, theirs["hospital-frailty"])


def _like_for_like(report: Report, engine: Engine, their: Act) -> None:
    """pycomorb adds up every row; ours first chooses the emergency stays of two years, which is most of its work."""
    told = told_diagnoses(declared_tables(False).condition)
    score = load_score("hospital-frailty", ON)
    assert isinstance(score, CodedScore)
    expression = points_in_one_pass(coded_once(told, None, [score]), [score], lambda rows: rows)
    engine.run(expression)
    sql = engine.backend.compile(expression)
    with watched(os.getpid()) as span:
        found = in_turn(lambda: engine.backend.con.sql(sql).to_arrow_table(), their)
    report.figure(
        "hospital-frailty, the points alone over all rows as pycomorb counts them, ours and pycomorb's",
        f"{found.ours:.2f} s and {found.theirs:.2f} s: {found.theirs / found.ours:.1f} times as fast"
        f" (processor: {found.our_processor:.2f} s and {found.their_processor:.2f} s)",
        "at least as fast",
        span,
    )


def _beside_a_bare_scan(report: Report, engine: Engine) -> None:
    con = engine.backend.con
    sets = {
        f"the {len(CODED)} scores of diagnoses": CODED,
        f"the whole set of {len(CODED) + len(OF_STAYS)} scores": (*CODED, *OF_STAYS),
    }
    for name, ids in sets.items():
        begun = time.process_time()
        ours = _values(engine, [load_score(id, ON) for id in ids])
        report.figure(f"{name}: making the SQL and running it, once", f"{time.process_time() - begun:.2f} s")
        with watched(os.getpid()) as span:
            found = in_turn(ours, lambda: con.sql(BARE).to_arrow_table())
        report.figure(
            f"{name}, and a bare scan-and-group of the same columns",
            f"{found.ours:.2f} s and {found.theirs:.2f} s: {found.ours / found.theirs:.1f} times the scan"
            f" (processor: {found.our_processor:.2f} s and {found.their_processor:.2f} s,"
            f" {found.our_processor / found.their_processor:.1f} times)",
            "at most 3 times",
            span,
        )


def _values(engine: Engine, scores: Sequence[AnyScore]) -> Act:
    expression = score_values(declared_tables(False), scores, ON)
    engine.run(expression)  # its code lists are registered with the engine
    sql = engine.backend.compile(expression)
    return lambda: engine.backend.con.sql(sql).to_arrow_table()


class Found:
    """Medians of what was run in turn: wall seconds, and processor seconds, which other programs hardly change."""

    def __init__(self, ours: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> None:
        self.ours, self.our_processor = (statistics.median(each) for each in zip(*ours, strict=True))
        self.theirs, self.their_processor = (statistics.median(each) for each in zip(*theirs, strict=True))


def in_turn(ours: Act, theirs: Act) -> Found:
    ours(), theirs()  # the first of each is not counted
    told: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(RUNS):
        for act, kept in zip((ours, theirs), told, strict=True):
            wall, processor = time.perf_counter(), time.process_time()
            act()
            kept.append((time.perf_counter() - wall, time.process_time() - processor))
    return Found(*told)


def filled(chance: np.random.Generator) -> Engine:
    """Old people with several stays, most of them emergencies, each with about four diagnoses."""
    engine = Engine(threads=2)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    people = np.array([f"{number:032x}" for number in range(PEOPLE)])
    owners = people[chance.integers(0, PEOPLE, STAYS)]
    stays = np.array([f"e{number:031x}" for number in range(STAYS)])
    starts = np.datetime64("2026-11-20") - chance.integers(0, 720, STAYS).astype("timedelta64[D]")
    methods = np.array(["emergency", "emergency", "elective"])[chance.integers(0, 3, STAYS)]
    nights = chance.integers(0, 12, STAYS)
    ages, deciles = chance.integers(75, 100, PEOPLE), chance.integers(1, 11, PEOPLE)
    none = {"is_dead": np.zeros(PEOPLE, bool)}
    _fill(engine, "person", PEOPLE, person=people, age=ages, deprivation=deciles, **none)
    instants = pa.array(starts.astype("datetime64[us]"), pa.timestamp("us", tz="UTC"))
    kinds = np.full(STAYS, "admission")
    _fill(engine, "event", STAYS, event=stays, person=owners, kind=kinds, method=methods, start=instants)
    _fill(
        engine, "admission", STAYS, event=stays, superspell=stays, number=np.ones(STAYS, int),
        is_last=np.ones(STAYS, bool), person=owners, start=starts, end=starts + nights.astype("timedelta64[D]"),
        method=methods, nights=nights, organisation=np.full(STAYS, "RVR"),
    )  # fmt: skip
    which = chance.integers(0, STAYS, DIAGNOSES)
    _fill(
        engine, "condition", DIAGNOSES, person=owners[which], code=_codes(chance)[chance.integers(0, 900, DIAGNOSES)],
        system=np.full(DIAGNOSES, "icd10"), role=np.full(DIAGNOSES, "diagnosis"), start=starts[which],
        source=np.full(DIAGNOSES, "RVR"), event=stays[which],
    )  # fmt: skip
    return engine


def _codes(chance: np.random.Generator) -> np.ndarray:
    letters, figures = list("ABCDEFGHIJKLMNRSTWYZ"), chance.integers(0, 1000, 4000)
    made = {f"{letters[number % len(letters)]}{figure:03d}" for number, figure in enumerate(figures)}
    return np.array(sorted(made)[:900])


def _fill(engine: Engine, name: str, rows: int, **columns: object) -> None:
    schema = SCHEMAS[name]
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    engine.fill(name, pa.Table.from_arrays(arrays, schema=schema))
