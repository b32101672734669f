"""The queue of what is to reach someone outside the pages: notices by e-mail or text message, and paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .actor import Purpose
from .clocks import WORKER
from .gate import Gate
from .ids import resource_id

_COLUMNS = (
    "id::text, subject::text, entity::text, party, channel, format, state, tries, sent_by, provider_id, told,"
    " batch::text, handed_by, queued_at, changed_at"
)


@dataclass(frozen=True)
class Delivery:
    """One thing on its way to one party. `id` is the reference that every try carries."""

    id: str
    person_id: str
    entity: str
    party: str
    channel: str
    format: str
    state: str
    tries: int
    sent_by: str
    provider_id: str | None
    told: str
    batch: str | None
    handed_by: str | None
    queued_at: datetime
    changed_at: datetime


def queue(
    gate: Gate, *, person_id: str, entity: str, party: str, channel: str, format: str = "", turn: str = ""
) -> str:
    """Part of the transaction that made the thing: it is on its way if, and only if, that is kept.

    Twice is once, but for a `turn` of its own: a reminder.
    """
    id_ = resource_id("careweave", "Delivery", f"{entity} {party} {channel} {turn}".rstrip())
    with gate.transaction():
        gate.door.open([person_id])
        gate.door.rows(
            "INSERT INTO record.delivery (id, subject, entity, party, channel, format) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [id_, person_id, entity, party, channel, format],
        )
    return id_


def worker_gate() -> Gate:
    """The background work's own."""
    return Gate(WORKER, Purpose.SYSTEM)


def claim(now: datetime, *, lease_until: datetime, limit: int) -> list[Delivery]:
    """Take what is due, the oldest first, for this worker alone until the lease ends.

    A worker that is killed leaves its lease to run out; whoever takes the thing up again finds its `tries` above one.
    """
    gate = worker_gate()
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "UPDATE record.delivery d SET state = CASE WHEN d.state = 'sent' THEN 'sent' ELSE 'sending' END,"
            " tries = d.tries + CASE WHEN d.state = 'sent' THEN 0 ELSE 1 END, next_try = %s"
            " WHERE d.id IN (SELECT id FROM record.delivery WHERE channel = 'notice' AND next_try <= %s"
            " AND state IN ('queued', 'sending', 'sent') ORDER BY next_try LIMIT %s FOR UPDATE SKIP LOCKED)"
            f" RETURNING {_COLUMNS}",
            [lease_until, now, limit],
        )
    return [Delivery(*row) for row in rows]


def settle(
    gate: Gate,
    one: Delivery,
    *,
    state: str,
    told: str,
    next_try: datetime,
    sent_by: str = "",
    provider_id: str | None = None,
) -> None:
    """What came of a try. Part of a transaction of the caller's, with whatever follows from it."""
    gate.door.open([one.person_id])
    gate.door.rows(
        "UPDATE record.delivery SET state = %s, told = %s, next_try = %s, sent_by = %s,"
        " provider_id = coalesce(%s, provider_id), changed_at = clock_timestamp() WHERE id = %s",
        [state, told, next_try, sent_by or one.sent_by, provider_id, one.id],
    )


def stop(gate: Gate, *, person_id: str, entity: str) -> None:
    """It has arrived another way, or is overtaken: no more is sent or printed. Part of a transaction of the caller's."""
    gate.door.open([person_id])
    gate.door.rows(
        "UPDATE record.delivery SET state = 'stopped', changed_at = clock_timestamp()"
        " WHERE subject = %s AND entity = %s AND state IN ('queued', 'printed')",
        [person_id, entity],
    )


def on_paper(gate: Gate, people: Sequence[str]) -> list[Delivery]:
    """What waits to be printed or posted for these people whom the actor may open, the oldest first."""
    known = [one for one in gate.door.people(list(people)) if gate.person(one)]
    if not known:
        return []
    with gate.transaction():
        gate.door.open(known)
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.delivery WHERE subject = ANY (%s::uuid[]) AND channel = 'print'"
            " AND state IN ('queued', 'printed') ORDER BY queued_at",
            [known],
        )
    return [Delivery(*row) for row in rows]


def mark(
    gate: Gate,
    ones: Sequence[Delivery],
    *,
    was: str,
    now: str,
    batch: str | None,
    handed_by: str | None = None,
) -> list[str]:
    """Move paper on, each only from the state it was seen in; returns the ids that were moved."""
    if not ones:
        return []
    with gate.transaction():
        gate.door.open(sorted({one.person_id for one in ones}))
        rows = gate.door.rows(
            "UPDATE record.delivery SET state = %s, batch = %s, handed_by = %s, changed_at = clock_timestamp()"
            " WHERE id = ANY (%s::uuid[]) AND state = %s RETURNING id::text",
            [now, batch, handed_by, [one.id for one in ones], was],
        )
    return [str(row[0]) for row in rows]
