"""Intake without the database: what reading, checking and mapping cost, for FHIR and for tables."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bench.kit import synthea
from bench.kit.report import Report
from careweave.intake.preparing import Preparer
from careweave.intake.reading.chunks import chunks, parcels
from careweave.intake.reading.files import SourceFile
from careweave.intake.reading.plans import Plan, plan
from careweave.intake.reading.rows import Limits, Parcel

SOURCE = "RVR"
T = TypeVar("T")
TABLES = synthea.FILE.parents[1] / "synthea-uk-csv"


def measure(report: Report) -> None:
    report.section(
        "Intake without the database",
        """Processor time of one process, in microseconds a resource. Splitting: unpacked, cut into lines and chunks.
        Reading: parsed, or the cells of a row read and built into resources. Checking: validated, whose record it is,
        ids and references made the record's own.""",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.ndjson"
        synthea.write_copy(synthea.bundles(), 0, path)
        costs(report, "409 Synthea bundles, NDJSON", [path])
        spaced = Path(folder) / "spaced.ndjson"
        spaced.write_bytes(path.read_bytes().replace(b'","', b'", "'))
        costs(report, "The same with spaces, as most programs write JSON", [spaced])
    if TABLES.exists():
        costs(report, "South West England tables", sorted(TABLES.glob("*.csv*")))


def costs(report: Report, what: str, paths: Iterable[Path]) -> None:
    split = read = check = 0.0
    resources = 0
    for path in paths:
        made = plan(
            SourceFile(path, path.name),
            SOURCE,
            format="auto",
            today=datetime.now(UTC).date(),
            limits=Limits(),
        )
        assert isinstance(made, Plan), made
        preparer = Preparer(SOURCE, path.name, made.today)
        seconds, cut = timed(lambda made=made: list(chunks(made)))  # type: ignore[misc]
        split += seconds
        for chunk in cut:
            seconds, found = timed(lambda made=made, chunk=chunk: list(parcels(made, chunk)))  # type: ignore[misc]
            read += seconds
            seconds, rows = timed(lambda found=found, preparer=preparer: prepared(preparer, found))  # type: ignore[misc]
            check += seconds
            resources += rows
    each = [1e6 * seconds / resources for seconds in (split, read, check)]
    words = (
        f"splitting {each[0]:.0f}, reading {each[1]:.0f}, checking {each[2]:.0f}: together {sum(each):.0f} µs"
    )
    report.figure(f"{what}, {resources:,} resources", words)


def prepared(preparer: Preparer, found: list[Parcel]) -> int:
    return sum(len(preparer.prepare(parcel).rows) for parcel in found)


def timed(call: Callable[[], T]) -> tuple[float, T]:
    before = time.process_time()
    result = call()
    return time.process_time() - before, result
