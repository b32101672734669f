"""The files that were loaded and the rows they could not give: what the door keeps of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .door import Door

REFUSED, CORRECTED, LEFT = "refused", "corrected", "left"
FILE_TYPE, FILE_LABEL = "RefusedRow", "intake"


@dataclass(frozen=True)
class Batch:
    """One file of one source: read = accepted + unchanged + refused once it is finished."""

    id: str
    source: str
    file_name: str
    format: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    read: int
    accepted: int
    unchanged: int
    refused: int
    flags: tuple[str, ...]


@dataclass(frozen=True)
class KeptRow:
    """A refused row as it was sent, and what became of it."""

    id: str
    batch: str
    source: str
    file_name: str
    line: int
    field: str
    reason: str
    expected: str
    value: str
    raw: str
    state: str
    corrected: str | None
    decided_by: str | None
    decided_at: datetime | None
    why: str


_BATCH = """SELECT id, source, file_name, format, actor, started_at, finished_at, read, accepted, unchanged, refused, flags
    FROM record.load_batch"""
_ROW = """SELECT r.id, r.batch, b.source, b.file_name, r.line, r.field, r.reason, r.expected, r.value, r.raw, r.state,
    r.corrected, r.decided_by, r.decided_at, r.why
    FROM record.refused_row r JOIN record.load_batch b ON b.id = r.batch"""


def may(door: Door, interaction: str) -> bool:
    """Whether the rules let this actor see (`read`) or put right (`update`) refused rows."""
    return door.decide(None, interaction, FILE_TYPE, labels=[FILE_LABEL]).allowed


def batch(door: Door, id: str) -> Batch | None:
    found = _batches(door, "WHERE id = %s", [id])
    return found[0] if found else None


def recent_batches(door: Door, limit: int = 50, source: str = "") -> list[Batch]:
    """The files of the last loads, newest first."""
    return _batches(
        door, "WHERE %s = '' OR source = %s ORDER BY started_at DESC LIMIT %s", [source, source, limit]
    )


def _batches(door: Door, where: str, values: Sequence[object]) -> list[Batch]:
    with door.transaction():
        door.open(())
        rows = door.rows(f"{_BATCH} {where}", list(values))
    return [Batch(str(row[0]), *row[1:11], tuple(row[11])) for row in rows]  # type: ignore[call-arg]


def refused_rows(
    door: Door, *, batch: str | None = None, states: Sequence[str] = (REFUSED, LEFT), ids: Sequence[str] = ()
) -> list[KeptRow]:
    """Rows not accepted, by file and line; of one batch, or of all. Reading them is audited."""
    wanted = ["r.state = ANY (%s::text[])"]
    values: list[object] = [list(states)]
    if batch is not None:
        wanted.append("r.batch = %s::uuid")
        values.append(batch)
    if ids:
        wanted.append("r.id = ANY (%s::uuid[])")
        values.append(list(ids))
    with door.transaction():
        door.open(())
        where = " AND ".join(wanted)
        rows = door.rows(
            f"{_ROW} WHERE {where} ORDER BY b.started_at DESC, b.file_name, r.line, r.field", values
        )
        door.audit("refused-rows", (), batch=batch, rows=len(rows))
    return [KeptRow(str(row[0]), str(row[1]), *row[2:]) for row in rows]


def refused_row(door: Door, id: str) -> KeptRow | None:
    found = refused_rows(door, states=(REFUSED, CORRECTED, LEFT), ids=[id])
    return found[0] if found else None


def decide(
    door: Door,
    row: KeptRow,
    *,
    state: str,
    corrected: str | None = None,
    why: str = "",
    elsewhere: bool = False,
) -> bool:
    """Say what became of a refused row; False when someone else said so first. The row as sent is kept.

    A corrected row is no longer among its batch's refused; if it came in with another file (`elsewhere`) it is one
    of its own file's accepted all the same. One that will not be corrected stays counted.
    """
    with door.transaction():
        door.open(())
        changed = door.rows(
            "UPDATE record.refused_row SET state = %s, corrected = %s, decided_by = %s, decided_at = clock_timestamp(),"
            " why = %s WHERE id = %s AND state <> 'corrected' RETURNING id",
            [state, corrected, door.actor.id, why, row.id],
        )
        if changed and state == CORRECTED:
            door.rows(
                "UPDATE record.load_batch SET refused = refused - 1, accepted = accepted + %s WHERE id = %s",
                [int(elsewhere), row.batch],
            )
        door.audit(f"refused-row-{state}", (), row=row.id, batch=row.batch)
    return bool(changed)
