"""Loads files: every row accepted, unchanged or refused with a reason; a load that was killed goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from careweave.intake.pool import Pool
from careweave.intake.preparing import Preparer
from careweave.intake.reading.chunks import Chunk, chunks, entries_of, taken_apart
from careweave.intake.reading.files import SourceFile, content_hash, find_files
from careweave.intake.reading.plans import AUTO, Plan, plan
from careweave.intake.reading.rows import Limits, Refusal
from careweave.intake.references import Context
from careweave.intake.working import Done, Job, Worker, refused_row
from careweave.record import batches
from careweave.record.actor import Actor
from careweave.record.content import PLACE
from careweave.record.load import INTAKE, Loader

NO_STAMPS = "a source without time stamps"
ALONE_BELOW = 2 << 20
"""Bytes below which starting worker processes costs more than it saves."""


class NotASource(ValueError):
    """What the teams of this place write is its own source; no file may speak for it."""


@dataclass(frozen=True)
class FileResult:
    """What became of one file. `read` = accepted + unchanged + refused."""

    name: str
    batch: str
    format: str
    read: int
    accepted: int
    unchanged: int
    refused: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadResult:
    """What became of all files of a load."""

    seconds: float
    files: tuple[FileResult, ...]

    @property
    def read(self) -> int:
        return sum(each.read for each in self.files)

    @property
    def accepted(self) -> int:
        return sum(each.accepted for each in self.files)

    @property
    def unchanged(self) -> int:
        return sum(each.unchanged for each in self.files)

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self.files)

    @property
    def batches(self) -> tuple[str, ...]:
        return tuple(each.batch for each in self.files)


@dataclass
class Progress:
    """How far a load is; handed to whoever shows it."""

    total_bytes: int
    file: str = ""
    bytes: int = 0
    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, done: Done) -> None:
        counts = done.counts
        self.read += counts.read
        self.accepted += counts.accepted
        self.unchanged += counts.unchanged
        self.refused += counts.refused

    @property
    def rate(self) -> float:
        return self.read / max(time.monotonic() - self.started, 0.001)


Show = Callable[[Progress], None]


@dataclass
class _Load:
    """One call of `load`: its pool is started for the first file that is worth it and serves the rest."""

    source: str
    format: str
    actor: Actor
    workers: int
    today: date
    limits: Limits
    again: bool
    show: Show
    progress: Progress
    pool: Pool | None = None

    def file(self, file: SourceFile) -> FileResult:
        self.progress.file = file.name
        found = plan(file, self.source, format=self.format, today=self.today, limits=self.limits)
        if isinstance(found, Refusal):
            return self._refused_whole(file, found)
        key = found.content_key() + (f":{datetime.now(UTC).isoformat()}" if self.again else "")
        job = Job(found, key, self.actor, self._context(found))
        loader = job.loader()
        before = batches.batch(loader.door, loader.batch)
        if before is not None and before.finished_at is not None:
            return self._seen_before(file, before)
        self._chunks(job, loader)
        return _result(file, batches.batch(loader.door, loader.batch))

    def _chunks(self, job: Job, loader: Loader) -> None:
        done = loader.chunks_done()
        before = self.progress.bytes
        unstamped = stamped = 0
        for each in self._work(job, (chunk for chunk in chunks(job.plan) if chunk.number not in done)):
            self.progress.add(each)
            self.progress.bytes = before + min(each.reached, job.plan.file.size)
            self.show(self.progress)
            unstamped += each.unstamped
            stamped += each.counts.accepted - each.unstamped
        self.progress.bytes = before + job.plan.file.size
        self.show(self.progress)
        loader.finish(*([NO_STAMPS] if unstamped else []))

    def _work(self, job: Job, waiting: Iterable[Chunk]) -> Iterator[Done]:
        if self.workers > 1 and (self.pool is not None or self.progress.total_bytes >= ALONE_BELOW):
            self.pool = self.pool or Pool(self.workers)
            yield from self.pool.work(job, waiting)
            return
        worker = Worker()
        worker.take(job)
        yield from map(worker.work, waiting)

    def _context(self, found: Plan) -> Context | None:
        """What the entries of a Bundle too long for one parcel say about each other."""
        if not taken_apart(found):
            return None
        return Preparer(self.source, found.file.name, self.today).context_of(entries_of(found))

    def _refused_whole(self, file: SourceFile, refusal: Refusal) -> FileResult:
        key = f"{content_hash(file.path)}:{refusal.reason}:{file.name}"
        loader = Loader(
            source=self.source, file_name=file.name, file_hash=key, format=self.format, actor=self.actor
        )
        loader.write(0, [], [refused_row(refusal)], read=1)
        loader.finish()
        self.progress.bytes += file.size
        self.progress.read += 1
        self.progress.refused += 1
        self.show(self.progress)
        return FileResult(file.name, loader.batch, self.format, 1, 0, 0, 1)

    def _seen_before(self, file: SourceFile, before: batches.Batch) -> FileResult:
        """The same content was read to its end in the same way: nothing can have changed."""
        known = before.accepted + before.unchanged
        self.progress.bytes += file.size
        self.progress.read += before.read
        self.progress.unchanged += known
        self.progress.refused += before.refused
        self.show(self.progress)
        return FileResult(
            file.name, before.id, before.format, before.read, 0, known, before.refused, before.flags
        )


def load(
    paths: Iterable[Path | str],
    *,
    source: str,
    format: str = AUTO,
    actor: Actor = INTAKE,
    workers: int = 2,
    again: bool = False,
    today: date | None = None,
    limits: Limits | None = None,
    progress: Show | None = None,
) -> LoadResult:
    """Load files and folders of one source. The same file twice is the same as once; `again` reads it once more."""
    _check_source(source)
    files = find_files(paths)
    started = time.monotonic()
    run = _Load(
        source=source,
        format=format,
        actor=actor,
        workers=workers,
        today=today or datetime.now(ZoneInfo("Europe/London")).date(),
        limits=limits or Limits(),
        again=again,
        show=progress or (lambda state: None),
        progress=Progress(sum(file.size for file in files)),
    )
    with _closing(run):
        results = tuple(run.file(file) for file in files)
    return LoadResult(round(time.monotonic() - started, 3), results)


def _check_source(source: str) -> None:
    if not source.strip() or "|" in source or source.casefold() == PLACE:
        raise NotASource(
            f"“{source}” cannot be a source: give the code of the organisation that sent the files"
        )


@contextmanager
def _closing(run: _Load) -> Iterator[None]:
    try:
        yield
    finally:
        if run.pool is not None:
            run.pool.close()


def _result(file: SourceFile, batch: batches.Batch | None) -> FileResult:
    assert batch is not None
    return FileResult(
        file.name,
        batch.id,
        batch.format,
        batch.read,
        batch.accepted,
        batch.unchanged,
        batch.refused,
        batch.flags,
    )
