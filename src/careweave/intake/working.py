"""What is done with one chunk of a file: prepared, then stored with its refusals in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, connection

from careweave.intake.preparing import Preparer, Ready
from careweave.intake.reading.chunks import Chunk, parcels
from careweave.intake.reading.plans import Plan
from careweave.intake.reading.rows import Refusal
from careweave.intake.references import Context
from careweave.record.actor import Actor
from careweave.record.load import Counts, Loader, LoadRow, RefusedRow
from careweave.record.validation import write

_TRIES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One file to load, as every worker knows it."""

    plan: Plan
    file_hash: str
    actor: Actor
    context: Context | None = None

    def loader(self) -> Loader:
        return Loader(
            source=self.plan.source,
            file_name=self.plan.file.name,
            file_hash=self.file_hash,
            format=self.plan.format,
            actor=self.actor,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one chunk."""

    number: int
    reached: int
    counts: Counts
    unstamped: int


@dataclass
class Worker:
    """Works on the chunks of one file after another, over its own connection."""

    _job: Job | None = field(default=None)
    _loader: Loader | None = field(default=None)

    def take(self, job: Job) -> None:
        self._job = job
        self._loader = None

    def work(self, chunk: Chunk) -> Done:
        """Prepare and store a chunk. A lost connection or a clash with another worker is tried again."""
        assert self._job is not None
        rows, refusals, read, unstamped = _prepared(self._job, chunk)
        for attempt in range(1, _TRIES + 1):
            try:
                self._loader = self._loader or self._job.loader()
                counts = self._loader.write(chunk.number, rows, refusals, read=read)
                return Done(chunk.number, chunk.reached, counts, unstamped)
            except (OperationalError, InterfaceError):
                if attempt == _TRIES:
                    raise
                self._loader = None
                connection.close()
                time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")


def _prepared(job: Job, chunk: Chunk) -> tuple[list[LoadRow], list[RefusedRow], int, int]:
    preparer = Preparer(job.plan.source, job.plan.file.name, job.plan.today)
    prepared: list[Ready] = []
    refusals: list[RefusedRow] = []
    read = unstamped = 0
    for parcel in parcels(job.plan, chunk):
        outcome = preparer.prepare(parcel, job.context)
        prepared += outcome.rows
        refusals += map(refused_row, outcome.refusals)
        read += outcome.read
        unstamped += outcome.unstamped
    return [load_row(each) for each in without_repeats(prepared)], refusals, read, unstamped


def without_repeats(rows: list[Ready]) -> list[Ready]:
    """What many rows say alike (who the person is, which referral) is stored once, with its latest time.

    Rows that count, and those that say different things at the same time, all stay: the database chooses.
    """
    latest: dict[str, Ready] = {}
    kept: list[Ready] = []
    for row in rows:
        before = latest.get(row.id)
        if row.counts or before is None:
            kept.append(row)
            latest.setdefault(row.id, row)
        elif row.body == before.body and row.labels == before.labels and not before.counts:
            before.stamp = max(filter(None, (before.stamp, row.stamp)), default=None)
        else:
            kept.append(row)
    return kept


def load_row(ready: Ready) -> LoadRow:
    return LoadRow(
        type=ready.type,
        id=ready.id,
        subject=ready.subject,
        stamp=ready.stamp,
        labels=ready.labels,
        parties=(),
        body=ready.body,
        text=write(ready.body).decode(),
        counts=ready.counts,
    )


def refused_row(refusal: Refusal) -> RefusedRow:
    return RefusedRow(
        line=refusal.line,
        field=refusal.field,
        reason=refusal.reason,
        expected=refusal.expected,
        value=refusal.value,
        raw=refusal.raw,
    )
