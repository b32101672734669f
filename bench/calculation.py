"""Every score, register and measure over made-up populations of several sizes, and what a person costs as they grow."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.extraction import peak
from bench.kit.drawing import line
from bench.kit.machine import Span, describe, watched
from bench.kit.population import ON, write_population
from bench.kit.report import Report
from careweave.definitions import all_definitions
from careweave.measures.publishing import publish
from careweave.warehouse.candidates import rank
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.registers import load_register
from careweave.warehouse.scores import load_score
from careweave.warehouse.store import CASE_FINDING, Warehouse, open_warehouse

SIZES = [int(each) for each in os.environ.get("BENCH_PEOPLE", "10000,100000,1000000").split(",")]
MEBIBYTE = 1 << 20
BARE = """SELECT count(*) FROM (SELECT person, code, min(start) AS first, count(*) AS many FROM condition
    GROUP BY person, code) AS grouped"""


@dataclass
class Run:
    """One size: seconds of the clock by what was calculated, and the most memory at a time."""

    people: int
    events: int
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    memory: int = 0

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begun, used = time.perf_counter(), time.process_time()
        yield
        self.seconds[what] = time.perf_counter() - begun
        self.processor[what] = time.process_time() - used

    def total(self, spent: dict[str, float]) -> float:
        return sum(seconds for what, seconds in spent.items() if what.split()[0] in KINDS)


KINDS = ("score", "register", "measures")


def measure(report: Report) -> None:
    report.section(
        "Calculation",
        f"""People with five years of contacts, about sixty each, made up by one seed and written straight to Parquet in the
        warehouse's shape (bench/kit/population.py). Then every score (totals and drivers kept as Parquet), every register
        that needs no trained model (ranked, reasons apart), and every measure by month, with each way to group, through
        the doors of the warehouse. Seconds of the clock, and of processor, which other programs hardly change;
        {describe()}.""",
    )
    runs = [_run(report, people) for people in SIZES]
    points = [(float(run.people), 1e6 * run.total(run.processor) / run.people) for run in runs]
    report.draw(
        line(
            "What a person costs as the population grows",
            "people",
            "microseconds of processor a person",
            points,
        )
    )


def _run(report: Report, people: int) -> Run:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_HOME") or None) as folder:
        home = Path(folder)
        begun = time.perf_counter()
        with peak() as memory:
            counts = write_population(home, people)
        run = Run(people, counts["event"])
        named = f"{people:,} people, {run.events:,} contacts, {counts['condition']:,} codes"
        size = sum(file.stat().st_size for file in home.rglob("*.parquet")) / MEBIBYTE
        made = f"{time.perf_counter() - begun:.1f} s, {memory[0] / MEBIBYTE:,.0f} MB of memory, {size:,.0f} MB of files"
        report.figure(f"{named}: written", made)
        with peak() as memory, watched(os.getpid()) as span:
            _calculate(home, run)
        run.memory = memory[0] // MEBIBYTE
    _tell(report, run, span)
    return run


def _calculate(home: Path, run: Run) -> None:
    with open_warehouse(home, purpose=CASE_FINDING) as warehouse:
        with run.timed("bare scan and group of the codes"):
            warehouse.engine.number(BARE)
        for id in _in_use("scores"):
            with run.timed(f"score {id}"):
                _score(warehouse, id, home)
        for id in _in_use("registers"):
            register = load_register(id, ON)
            if not register.models:
                with run.timed(f"register {id}"):
                    rank(warehouse, register)
    with run.timed("measures"):
        publish(home, ON)


def _in_use(kind: str) -> list[str]:
    return sorted({each.id for each in all_definitions(kind) if each.holds_on(ON)})


def _score(warehouse: Warehouse, id: str, home: Path) -> None:
    made = score_tables(warehouse.tables, load_score(id, ON), ON)
    for name, table in (("totals", made.totals), ("drivers", made.drivers)):
        warehouse.engine.write(table, home / f"{name}.parquet")


def _tell(report: Report, run: Run, span: Span) -> None:
    whole = run.people == 1_000_000
    wall, processor = run.total(run.seconds), run.total(run.processor)
    told = (
        f"{wall:.1f} s ({processor:.1f} s of processor), {run.memory:,} MB of memory,"
        f" {run.events / wall:,.0f} contacts/s"
    )
    report.figure(f"{run.people:,} people: everything", told, "< 600 s, < 12,288 MB" if whole else "", span)
    for what, seconds in run.seconds.items():
        report.figure(
            f"{run.people:,} people: {what}", f"{seconds:.2f} s ({run.processor[what]:.2f} s of processor)"
        )
