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
BARE_OF_STAYS = (
    BARE,
    """SELECT person, count(event), min(superspell), max(number), bool_or(is_last), max(start), max("end"), min(method),
    max(organisation), max(specialty) FROM admission GROUP BY person""",
    "SELECT person, count(event), min(kind), max(start), min(method) FROM event GROUP BY person",
    "SELECT person, max(age), max(deprivation) FROM person GROUP BY person",
)
Act = Callable[[], object]


def measure(report: Report) -> None:
    report.section(
        "Scores",
        f"""{PEOPLE:,} made-up people aged 75 and over with {DIAGNOSES:,} diagnoses in ICD-10 (900 different codes) of
        {STAYS:,} hospital stays, in memory, two threads. What is compared is run in turn, {RUNS} times, so that both meet
        the same noise; the medians are told. Ours is what a register runs: each person's value, or why there is none;
        hospital frailty chooses the emergency stays of two years first. pycomorb adds up every row. DuckDB's planning is
        in our time; making the SQL, once for all runs, is told apart. The ten look at diagnoses in four windows (any day,
        emergency stays, the stays before the last, up to its end), and at everyone's last stay.""",
    )
    engine = filled(np.random.default_rng(7))
    _beside_pycomorb(report, engine)
    _beside_a_bare_scan(report, engine)


def _beside_pycomorb(report: Report, engine: Engine) -> None:
    rows = engine.backend.con.sql(
        "SELECT c.person AS id, c.event, c.code, p.age FROM condition c JOIN person p USING (person)"
    )
    frame = pl.from_arrow(rows.to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    stays = pl.from_arrow(engine.backend.con.sql("SELECT * FROM event").to_arrow_table())
    assert isinstance(stays, pl.DataFrame)

    def charlson() -> object:
        return pycomorb.CharlsonComorbidityIndex(frame)

    def frailty() -> object:
        return pycomorb.HospitalFrailtyRiskScore(frame)

    def frailty_of_stays() -> object:
        return pycomorb.HospitalFrailtyRiskScore(_of_stays(frame, stays))

    points = "hospital-frailty, the points alone, of all rows as pycomorb takes them"
    of_stays = "hospital-frailty, where pycomorb too is given the emergency stays of two years (polars)"
    whole = _values(engine, [load_score("hospital-frailty", ON)])
    _compared(report, "charlson", _values(engine, [load_score("charlson", ON)]), charlson)
    _compared(report, "hospital-frailty", whole, frailty)
    _compared(report, of_stays, whole, frailty_of_stays)
    _compared(report, points, _points(engine), frailty)


def _of_stays(frame: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The diagnoses that the score is about, as its authors say: those of emergency stays."""
    day = pl.col("start").dt.date()
    is_in_view = (pl.col("method") == "emergency") & (day <= ON) & (day > ON.replace(year=ON.year - 2))
    return frame.join(
        stays.filter(is_in_view), left_on=["id", "event"], right_on=["person", "event"], how="semi"
    )


def _points(engine: Engine) -> Act:
    score = load_score("hospital-frailty", ON)
    assert isinstance(score, CodedScore)
    coded = coded_once(told_diagnoses(declared_tables(False).condition), None, [score])
    expression = points_in_one_pass(coded, [score], lambda rows: rows)
    engine.run(expression)
    sql = engine.backend.compile(expression)
    return lambda: engine.backend.con.sql(sql).to_arrow_table()


def _compared(report: Report, what: str, ours: Act, theirs: Act) -> None:
    with watched(os.getpid()) as span:
        found = in_turn(ours, theirs)
    report.figure(
        f"{what}: {DIAGNOSES:,} diagnoses, ours and pycomorb's",
        f"{found.ours:.2f} s and {found.theirs:.2f} s: {found.theirs / found.ours:.1f} times as fast"
        f" (processor: {found.our_processor:.2f} s and {found.their_processor:.2f} s)",
        "at least as fast",
        span,
    )


def _beside_a_bare_scan(report: Report, engine: Engine) -> None:
    """Scores of stays read more than diagnoses: they stand beside a scan of those columns too."""
    coded, whole = (
        f"the {len(CODED)} scores of diagnoses",
        f"the whole set of {len(CODED) + len(OF_STAYS)} scores",
    )
    diagnoses, stays = (
        "of the columns of diagnoses",
        "of the columns of diagnoses, stays and people that it reads",
    )
    for name, ids, scanned, bare in (
        (coded, CODED, diagnoses, (BARE,)),
        (whole, (*CODED, *OF_STAYS), stays, BARE_OF_STAYS),
        (whole, (*CODED, *OF_STAYS), diagnoses, (BARE,)),
    ):
        _beside_scans(report, engine, ids, f"{name}, and a bare scan-and-group {scanned}", bare)


def _beside_scans(report: Report, engine: Engine, ids: Sequence[str], what: str, bare: Sequence[str]) -> None:
    begun = time.process_time()
    ours = _values(engine, [load_score(id, ON) for id in ids])
    made = time.process_time() - begun
    with watched(os.getpid()) as span:
        found = in_turn(ours, lambda: [engine.backend.con.sql(each).to_arrow_table() for each in bare])
    report.figure(
        what,
        f"{found.ours:.2f} s and {found.theirs:.2f} s: {found.ours / found.theirs:.1f} times the scan"
        f" (processor: {found.our_processor:.2f} s and {found.their_processor:.2f} s,"
        f" {found.our_processor / found.their_processor:.1f} times); its SQL made and first run in {made:.1f} s",
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
