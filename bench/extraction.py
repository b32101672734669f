"""From the record to the warehouse: everything through the gate to Parquet, then what a change of one in a hundred costs."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.kit import synthea
from bench.kit.machine import memory_of, watched
from bench.kit.place import ask, postmaster_of, scratch_place
from bench.kit.report import Report

COPIES = 2  # of 409 people and 99,589 resources; bench/record.py measures the same in its place of 2 million
ON = date(2026, 11, 26)
MEBIBYTE = 1 << 20


def measure(report: Report) -> None:
    """On a place of about 200,000 resources."""
    with scratch_place() as home:
        server = postmaster_of(home)
        (held,) = ask("SELECT count(*) FROM record.resource")[0]
        if not held:
            from bench.record import load_file

            people, file = synthea.bundles(), home / "bench.ndjson"
            for number in range(COPIES):
                synthea.write_copy(people, number, file)
                load_file(file, server)
            file.unlink()
        measure_in(report, server)


def measure_in(report: Report, server: int) -> None:
    from careweave.warehouse import refreshing
    from careweave.warehouse.extraction.staging import READERS
    from careweave.warehouse.tables import SCHEMAS

    types = ["Patient", *sorted(READERS)]
    (held,) = ask("SELECT count(*) FROM record.resource")[0]
    (read,) = ask("SELECT count(*) FROM record.resource WHERE type = ANY (%s)", types)[0]
    count = int(str(read))
    report.section(
        "Extraction",
        f"""`careweave refresh` over {int(str(held)):,} resources, of which {count:,} are of the types that the warehouse
        reads: through the gate (one audit row), row-level security on, parsed, pseudonymised, written as Parquet, and
        finished as {len(SCHEMAS)} tables. “Bare loop” reads the same bodies with the same statement and parses
        them, nothing else. The
        whole time is of the clock, the database on the same two cores. A change is one in a hundred of these resources,
        with everyone's Patient read again.""",
    )
    ask("ANALYZE record.resource")
    with tempfile.TemporaryDirectory() as folder:
        whole = _refreshed(report, server, Path(folder), count)
        bare = _bare(report, server, types, count)
        report.figure("of the bare loop", f"{bare / whole:.0%} of its rate")
        longest, refreshing.LONGEST_TRANSACTION = refreshing.LONGEST_TRANSACTION, timedelta(0)
        try:
            _changed(report, server, Path(folder), types, count, whole)
        finally:
            refreshing.LONGEST_TRANSACTION = longest


def _refreshed(report: Report, server: int, home: Path, count: int) -> float:
    with peak() as memory, watched(server) as span:
        done = _refresh(home, is_full=True)
    rate = f"{count / span.seconds:,.0f} resources/s ({span.seconds:.1f} s, {span.ours:.1f} s of processor)"
    report.figure("everything, to finished tables", rate, "≥ 30,000/s", span)
    report.figure("of which reading, parsing and writing", f"{count / done.reading_seconds:,.0f} resources/s")
    report.figure("memory at most, of the process", f"{memory[0] / MEBIBYTE:,.0f} MB")
    return span.seconds


def _bare(report: Report, server: int, types: list[str], count: int) -> float:
    import orjson

    with watched(server) as span:
        for batch in _gate("case-finding").extract(types):
            for one in batch:
                orjson.loads(one.body)
    report.figure(
        "bare loop: the same bodies, parsed only", f"{count / span.seconds:,.0f} resources/s", "", span
    )
    return span.seconds


def _changed(report: Report, server: int, home: Path, types: list[str], count: int, whole: float) -> None:
    ask("ALTER TABLE record.resource DISABLE TRIGGER USER")
    ask(
        "UPDATE record.resource SET updated = clock_timestamp()"
        " WHERE type = ANY (%s) AND abs(hashtext(id::text)) %% 100 = 0",
        types,
    )
    ask("ALTER TABLE record.resource ENABLE TRIGGER USER")
    with watched(server) as span:
        done = _refresh(home, is_full=False)
    assert not done.is_full
    share = f"{span.seconds:.1f} s, {span.seconds / whole:.1%} of the whole"
    report.figure("one in a hundred changed, to finished tables", share, "about 1 %", span)
    report.figure("of which reading, parsing and writing", f"{done.reading_seconds / whole:.1%} of the whole")
    by_changes = _sums(home)
    _refresh(home, is_full=True)
    assert _sums(home) == by_changes, "changes alone gave another result than a full build"
    report.figure("the result of a full build on the same day", "the same, row by row", "the same")


def _refresh(home: Path, *, is_full: bool) -> Any:
    from careweave.warehouse.pseudonyms import open_key
    from careweave.warehouse.refreshing import refresh

    return refresh(
        _gate("case-finding"),
        counting=_gate("secondary-use"),
        folder=home / "warehouse",
        key=open_key(home / "keys", by="bench"),
        sectors={},
        as_at=ON,
        by="bench",
        is_full=is_full,
    )


def _gate(purpose: str) -> Any:
    from careweave.record import Actor, Gate, Purpose

    return Gate(Actor("system:warehouse", "system"), Purpose(purpose))


def _sums(home: Path) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a sum over all of them that any other row would change."""
    import duckdb

    tables = (home / "warehouse" / "current").resolve().glob("*.parquet")
    query = "SELECT count(*), coalesce(sum(hash(t)), 0) FROM read_parquet('{}') t"
    with duckdb.connect() as engine:
        return {file.stem: engine.execute(query.format(file)).fetchall()[0] for file in tables}


@contextmanager
def peak() -> Iterator[list[int]]:
    import os

    seen, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(0.5):
            seen[0] = max(seen[0], memory_of([os.getpid()]))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
