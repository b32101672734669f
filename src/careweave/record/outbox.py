"""Change events in the order in which they became visible, handed to each reader at least once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection

from .actor import Actor, Purpose
from .gate import Gate

WORKER = Actor("system:work", "system", name="Background work")


@dataclass(frozen=True)
class Event:
    """One save. `news` is false when it tells of something long ago, which starts no work today."""

    id: int
    subject: str
    type: str
    resource_id: str
    version: int
    news: bool


@dataclass(frozen=True)
class Batch:
    """Some events, and the place in the outbox up to which they (and all that was skipped) reach."""

    events: tuple[Event, ...]
    reaches: tuple[str, int] | None


def next_batch(reader: str, types: Sequence[str], *, limit: int = 5000) -> Batch:
    """The events of these types that this reader has not passed, never ahead of a transaction still running."""
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        gate.door.rows("INSERT INTO record.outbox_reader (name) VALUES (%s) ON CONFLICT DO NOTHING", [reader])
        rows = gate.door.rows(
            "SELECT o.xid::text, o.id, o.subject, o.type, o.resource, o.version, o.news FROM record.outbox o,"
            " record.outbox_reader r WHERE r.name = %s AND (o.xid, o.id) > (r.xid, r.id)"
            " AND o.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY o.xid, o.id LIMIT %s",
            [reader, limit],
        )
    events = tuple(Event(id_, str(s), t, str(r), v, n) for _, id_, s, t, r, v, n in rows if t in types)
    return Batch(events, (rows[-1][0], rows[-1][1]) if rows else None)


def done(reader: str, batch: Batch) -> None:
    """Everything in the batch has been dealt with; what every reader has passed is taken out of the outbox."""
    if batch.reaches is None:
        return
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        gate.door.rows(
            "UPDATE record.outbox_reader SET xid = %s::xid8, id = %s WHERE name = %s",
            [*batch.reaches, reader],
        )
        gate.door.rows("SELECT record.prune_outbox()")


def adopt_restored_events(connection: Connection) -> None:
    """After a restore the server counts transactions anew: events from before come first, in their old order."""
    with connection.transaction():
        old = connection.execute(
            "SELECT EXISTS (SELECT FROM record.outbox WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
            " OR EXISTS (SELECT FROM record.outbox_reader WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
        ).fetchone()
        if not old or not old[0]:
            return
        connection.execute("LOCK record.outbox, record.outbox_reader IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(
            "DELETE FROM record.outbox o WHERE (o.xid, o.id) <= ALL (SELECT r.xid, r.id FROM record.outbox_reader r)"
        )
        # What some reader had not passed is handed out again: at least once is the promise.
        connection.execute("UPDATE record.outbox SET xid = '0'")
        connection.execute("UPDATE record.outbox_reader SET xid = '0', id = 0")
