"""The record: how fast files go in, whether that stays so, how large it gets, and how fast it is read."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.kit import synthea
from bench.kit.drawing import line
from bench.kit.machine import Span, family_of, memory_of, watched
from bench.kit.place import ask, postmaster_of, scratch_place
from bench.kit.report import Report

COPIES = int(os.environ.get("BENCH_COPIES", "20"))  # of 409 people and 99,589 resources: 20 are 2 million
LONGEST = 20_000
SOURCE = "RVR"
WORKERS = 2
MEBIBYTE = 1 << 20


def measure(report: Report) -> None:
    """Everything, on one place that grows; what is read is read at its full size."""
    with scratch_place() as home:
        people = synthea.bundles()
        server = postmaster_of(home)
        held = growth(report, home, server, people)
        sizes(report, held)
        from bench import crisis, extraction, fhir
        from bench.kit import reading

        reading.measure(report, home, server)
        crisis.measure_in(report, server)
        fhir.measure_in(report, home, "Reading with a token, at full size")
        extraction.measure_in(report, server)


@dataclass
class Loaded:
    """What went in while the clock ran."""

    resources: int
    seconds: float
    span: Span

    @property
    def rate(self) -> float:
        return self.resources / self.seconds

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s; {self.cost:.3f} ms processor each, so {2000 / self.cost:,.0f}/s on two free cores"

    @property
    def cost(self) -> float:
        """Milliseconds of processor a resource, of all our processes: other programs do not change it much."""
        return 1000 * self.span.ours / self.resources


def load_file(path: Path, server: int) -> Loaded:
    """One file through the intake: read, validated, ids and references made our own, stored, audited, told."""
    from careweave.intake.loading import load

    with watched(server) as span:
        result = load([path], source=SOURCE, workers=WORKERS)
        time.sleep(1)  # the workers' database processes end a moment after them
    assert result.refused == 0, f"{result.refused} rows refused"
    return Loaded(result.read, result.seconds, span)


def growth(report: Report, home: Path, server: int, people: list[bytes]) -> int:
    """Load copy after copy; the first is the 409 people as supplied."""
    report.section(
        "Bulk load",
        f"""The 409 supplied Synthea bundles as NDJSON, one person a line ({sum(map(len, people)) / 1e6:.0f} MB), through
        `careweave load` with {WORKERS} workers on a durable database (fsync on): validated, references rewritten,
        versioned, searchable, one audit row a chunk of about 1 MB that names everyone in it, one change event a
        resource. Copies after the first are the same people under other ids. “Processor” is the time of all our
        processes, the database's included, which noise changes less than it changes the clock.""",
    )
    file = home / "bench.ndjson"
    with peak_memory(server) as memory:
        total, costs = 0, []
        for number in range(COPIES):
            synthea.write_copy(people, number, file)
            done = load_file(file, server)
            total += done.resources
            costs.append((float(total), done.cost))
            target = "≥ 4,000/s" if number == 0 else "flat"
            report.figure(
                f"{total:,} resources, {len(people) * (number + 1):,} people",
                str(done),
                target,
                done.span,
            )
            if number == 0:
                compare_with_copy(report, file, server)
        with file.open("wb") as longest:
            longest.writelines(synthea.long_life(people, LONGEST))
        done = load_file(file, server)
        total += done.resources
        report.figure(
            f"One person with {done.resources:,} resources more",
            str(done),
            "flat",
            done.span,
        )
    file.unlink()
    report.draw(
        line("What a resource costs as the place grows", "resources held", "milliseconds of processor", costs)
    )
    report.figure("Memory of the loader and its workers, at most", f"{memory['loader'] / MEBIBYTE:,.0f} MB")
    report.figure(
        "Memory of everything, shared buffers included, at most",
        f"{memory['all'] / MEBIBYTE:,.0f} MB",
        "< 1,536 MB",
    )
    report.figure("Largest single process", f"{largest_child():,.0f} MB")
    return total


def compare_with_copy(report: Report, file: Path, server: int) -> None:
    """A bare COPY of the same documents into one jsonb column: what the machine could do at best."""
    import orjson
    from django.db import connections

    documents = [
        orjson.dumps(entry["resource"]).decode()
        for line in file.read_bytes().splitlines()
        for entry in orjson.loads(line)["entry"]
    ]
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bare_copy (body jsonb NOT NULL)")
        with watched(server) as span, cursor.copy("COPY bare_copy FROM STDIN") as copy:
            for document in documents:
                copy.write_row((document,))
        cursor.execute("DROP TABLE bare_copy")
    report.figure(
        "Bare COPY of the same documents, one connection", f"{len(documents) / span.seconds:,.0f}/s", "", span
    )


def sizes(report: Report, resources: int) -> None:
    """What it takes on disk."""
    report.section("Size", "`pg_total_relation_size` of each table with its indexes, after the loads above.")
    (people,) = ask("SELECT count(*) FROM record.resource WHERE type = 'Patient'")[0]
    rows = ask(
        "SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid) FROM pg_class"
        " WHERE relnamespace = 'record'::regnamespace AND relkind = 'r' ORDER BY 2 DESC LIMIT 6"
    )
    for name, size, indexes in rows:
        report.figure(
            f"record.{name}",
            f"{int(str(size)) / resources:,.0f} B a resource, of which indexes {int(str(indexes)) / resources:,.0f}",
        )
    (total,) = ask("SELECT pg_database_size(current_database())")[0]
    whole = int(str(total))
    place = f"{whole / int(str(people)) / 1e4:,.0f} GB per 100,000 people of {resources // int(str(people))} resources"
    report.figure("Everything", f"{whole / resources:,.0f} B a resource; {place}")


@contextmanager
def peak_memory(server: int) -> Iterator[dict[str, int]]:
    """The most memory seen, looked at every second: of our Python processes, and of all with the database's."""
    seen = {"loader": 0, "all": 0}
    done = threading.Event()

    def look() -> None:
        while not done.wait(1.0):
            ours = memory_of(family_of(os.getpid()))
            seen["loader"] = max(seen["loader"], ours)
            seen["all"] = max(seen["all"], ours + memory_of(family_of(server)))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def largest_child() -> float:
    return (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
        / 1024
    )
