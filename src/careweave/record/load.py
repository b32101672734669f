"""Bulk load: rows that passed the door go in by COPY, a chunk at a time, each chunk whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from . import writing
from .actor import Actor, Purpose
from .content import content_hash
from .door import Door
from .indexing import index
from .relations import relationships
from .sensitivity import labelled
from .validation import write

INTAKE = Actor(id="system:intake", role="system", name="Intake")


@dataclass(frozen=True)
class LoadRow:
    """One resource ready to store. `text` is its JSON as sent; `stamp` the source's own time for it, or None."""

    type: str
    id: str
    subject: str
    stamp: datetime | None
    labels: tuple[str, ...]
    parties: tuple[str, ...]
    body: dict[str, Any]
    text: str | None = None
    counts: bool = True  # False for what a row says besides its main thing: a row is counted once


@dataclass(frozen=True)
class RefusedRow:
    """One row that was not accepted: where it stood, what is wrong, what is expected, and the row as sent."""

    line: int
    field: str
    reason: str
    expected: str = ""
    value: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Counts:
    """What became of a chunk or a batch, in resources; `moved` are rows whose id belongs to another subject."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    moved: tuple[str, ...] = ()


def batch_id(source: str, file_hash: str) -> str:
    """The same file from the same source is the same batch, so a second load resumes or repeats the first."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{source}\x1f{file_hash}"))


class Loader:
    """Writes one file of one source. Every chunk commits with its refusals and its mark, so a killed load resumes."""

    def __init__(
        self, *, source: str, file_name: str, file_hash: str, format: str, actor: Actor = INTAKE
    ) -> None:
        self.source = source
        self.batch = batch_id(source, file_hash)
        self.door = Door(actor, Purpose.INTAKE)
        with self.door.transaction():
            self.door.open_everyone()
            self.door.rows(
                "INSERT INTO record.load_batch (id, source, file_name, file_hash, format, actor)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
                [self.batch, source, file_name, file_hash, format, actor.id],
            )

    @classmethod
    def reopen(cls, *, source: str, batch: str, actor: Actor = INTAKE) -> Loader:
        """Go on with a batch that is there already: for rows of it that were corrected."""
        loader = cls.__new__(cls)
        loader.source, loader.batch = source, batch
        loader.door = Door(actor, Purpose.INTAKE)
        return loader

    def chunks_done(self) -> set[int]:
        """The chunks of this file that are in already, from this or an earlier run."""
        with self.door.transaction():
            self.door.open_everyone()
            rows = self.door.rows("SELECT chunk FROM record.load_chunk WHERE batch = %s", [self.batch])
        return {row[0] for row in rows}

    def write(
        self,
        chunk: int,
        rows: Sequence[LoadRow],
        refusals: Sequence[RefusedRow] = (),
        *,
        read: int | None = None,
    ) -> Counts:
        """Store one chunk and its refusals in one transaction. A chunk that is already in is left alone."""
        mark = uuid.uuid4()
        now = datetime.now(UTC)
        total = sum(row.counts for row in rows) + len(refusals) if read is None else read
        with self.door.transaction():
            self.door.open_everyone()
            fresh = self.door.rows(
                "INSERT INTO record.load_chunk (batch, chunk) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING chunk",
                [self.batch, chunk],
            )
            if not fresh:
                return Counts()
            accepted, unchanged, moved = self._copy(mark, chunk, rows, now)
            self._refuse([*refusals, *(_moved(id_) for id_ in moved)])
            lost = sum(row.counts for row in rows) - accepted - unchanged
            counts = Counts(total, accepted, unchanged, len(refusals) + lost, tuple(moved))
            self.door.rows(
                "UPDATE record.load_batch SET read = read + %s, accepted = accepted + %s, unchanged = unchanged + %s,"
                " refused = refused + %s WHERE id = %s",
                [counts.read, counts.accepted, counts.unchanged, counts.refused, self.batch],
            )
        return counts

    def finish(self, *flags: str) -> None:
        """Mark the file as read to its end; flags say what the sender should know of (no time stamps, say)."""
        with self.door.transaction():
            self.door.open_everyone()
            self.door.rows(
                "UPDATE record.load_batch SET finished_at = clock_timestamp(), flags = %s::text[] WHERE id = %s",
                [sorted(set(flags)), self.batch],
            )
        self.door.rows("SELECT record.reclaim_load_rows()")

    def _copy(
        self, mark: uuid.UUID, chunk: int, rows: Iterable[LoadRow], now: datetime
    ) -> tuple[int, int, list[str]]:
        with connection.cursor() as cursor:
            with cursor.copy(
                "COPY record.load_row (chunk, id, type, subject, source, labels, parties, starts, ends, stamp, content,"
                " tokens, extra, finder, relationships, news, counts, body) FROM STDIN"
            ) as copy:
                for row in rows:
                    copy.write_row(_copied(mark, self.source, row, now))
            cursor.execute("SELECT * FROM record.load_rows(%s, %s, %s)", [mark, self.batch, chunk])
            accepted, unchanged, moved = cursor.fetchone()
        return accepted, unchanged, [str(id_) for id_ in moved]

    def _refuse(self, refusals: Sequence[RefusedRow]) -> None:
        if not refusals:
            return
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO record.refused_row (batch, line, field, reason, expected, value, raw)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (
                        self.batch,
                        each.line,
                        each.field,
                        each.reason,
                        each.expected,
                        _storable(each.value),
                        _storable(each.raw),
                    )
                    for each in refusals
                ],
            )


def _copied(mark: uuid.UUID, source: str, row: LoadRow, now: datetime) -> tuple[Any, ...]:
    indexed = index(row.body)
    stated = relationships(row.body, source=source)
    return (
        mark,
        row.id,
        row.type,
        row.subject,
        source,
        labelled(row.body, source, row.labels),
        sorted(row.parties),
        indexed.starts,
        indexed.ends,
        row.stamp,
        content_hash(row.body),
        writing.tokens_of(indexed, row.type, row.parties),
        writing.extra_of(indexed),
        [part for pair in indexed.finder for part in pair],
        [part for each in stated for part in (each.party, each.kind)],
        writing.is_news(indexed, row.stamp, now),
        row.counts,
        row.text or write(row.body).decode(),
    )


def _moved(id_: str) -> RefusedRow:
    return RefusedRow(
        line=0,
        field="id",
        reason="this resource was stored for another person or by another source before",
        expected="a new id, or the same person as before",
        value=id_,
    )


def _storable(text: str) -> str:
    """PostgreSQL text cannot hold NUL; the visible sign keeps the place where it stood."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}")
