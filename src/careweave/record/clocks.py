"""Clocks of what must happen by a moment: started once, paused with a reason, stopped, escalated once.

A clock belongs to one thing and one kind and is never wound back: when it started cannot be changed (grants.sql), and
each step is a row of the append-only log of transitions, under the id of the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import Actor, PersonRecord, Purpose
from .gate import Gate

WORKER = Actor("system:work", "system", name="Background work")
RUNNING, PAUSED, STOPPED, ESCALATED = "running", "paused", "stopped", "escalated"
_COLUMNS = (
    "id::text, subject::text, entity::text, kind, started_at, due_at, paused_at, pause_reason, stopped_at,"
    " escalated_at"
)
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Clock:
    """One clock as it stands."""

    id: str
    person_id: str
    entity: str
    kind: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    pause_reason: str | None
    stopped_at: datetime | None
    escalated_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        return self.stopped_at is None and self.paused_at is None and self.due_at <= now


def start(
    gate: Gate, *, person_id: str, entity: str, kind: str, started_at: datetime, due_at: datetime
) -> Clock:
    """Start the clock, unless it runs already: then it stays as it is. One that was stopped runs on, as old as it is."""
    grant = _of(gate, person_id)
    with gate.transaction():
        gate.door.open([grant.id])
        made = gate.door.rows(
            "INSERT INTO record.clock (subject, entity, kind, started_at, due_at) VALUES (%s, %s, %s, %s, %s)"
            f" ON CONFLICT (entity, kind) DO NOTHING RETURNING {_COLUMNS}",
            [grant.id, entity, kind, started_at, due_at],
        )
        if made:
            _log(gate, made[0], RUNNING, "")
            return Clock(*made[0])
        again = _change(gate, entity, kind, "stopped_at = NULL", "stopped_at IS NOT NULL", [])
        if again:
            _log(gate, again, RUNNING, "")
            return Clock(*again)
        found = of_entity(gate, person_id, entity, kind)
        if found is None:
            raise gate.door.refuse("the clock of this belongs to someone else", act="clock")
        return found


def stop(gate: Gate, *, person_id: str, entity: str, kind: str, reason: str = "") -> Clock | None:
    """Stop the clock; None when there is none that runs or stands."""
    with gate.transaction():
        gate.door.open([_of(gate, person_id).id])
        row = _change(
            gate,
            entity,
            kind,
            "stopped_at = clock_timestamp(), paused_at = NULL, pause_reason = NULL",
            "stopped_at IS NULL",
            [],
        )
        if row is None:
            return None
        _log(gate, row, STOPPED, reason)
    return Clock(*row)


def pause(gate: Gate, *, person_id: str, entity: str, kind: str, reason: str) -> Clock | None:
    """Let the clock stand still, saying why; None when it does not run."""
    with gate.transaction():
        gate.door.open([_of(gate, person_id).id])
        row = _change(
            gate,
            entity,
            kind,
            "paused_at = clock_timestamp(), pause_reason = %s",
            "stopped_at IS NULL AND paused_at IS NULL",
            [reason],
        )
        if row is None:
            return None
        _log(gate, row, PAUSED, reason)
    return Clock(*row)


def resume(
    gate: Gate,
    *,
    person_id: str,
    entity: str,
    kind: str,
    due: Callable[[datetime, Sequence[Stretch]], datetime],
) -> Clock | None:
    """Let it run on; `due` works out the new end from its start and all the time it stood still."""
    with gate.transaction():
        gate.door.open([_of(gate, person_id).id])
        row = _change(
            gate,
            entity,
            kind,
            "paused_at = NULL, pause_reason = NULL",
            "stopped_at IS NULL AND paused_at IS NOT NULL",
            [],
        )
        if row is None:
            return None
        _log(gate, row, RUNNING, "")
        clock = Clock(*row)
        ends = due(clock.started_at, _pauses(gate, clock.id))
        row = _change(gate, entity, kind, "due_at = %s", "true", [ends])
        assert row is not None
    return Clock(*row)


def of_entity(gate: Gate, person_id: str, entity: str, kind: str) -> Clock | None:
    """The clock of one thing, when there is one."""
    with gate.transaction():
        gate.door.open([_of(gate, person_id).id])
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.clock WHERE entity = %s AND kind = %s", [entity, kind]
        )
    return Clock(*rows[0]) if rows else None


def overdue(now: datetime, *, without: Sequence[str] = (), limit: int = 200) -> list[Clock]:
    """What is late and has not been passed on, the oldest first, but these: for the background work."""
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.clock WHERE stopped_at IS NULL AND escalated_at IS NULL"
            " AND paused_at IS NULL AND due_at <= %s AND id <> ALL (%s::uuid[]) ORDER BY due_at LIMIT %s",
            [now, list(without), limit],
        )
    return [Clock(*row) for row in rows]


def claim(gate: Gate, clock: Clock) -> bool:
    """Mark a late clock as passed on. Part of a transaction of the caller's, who makes the task in it.

    Of several workers one alone gets True: the others wait for its transaction and then find the mark.
    """
    gate.door.open([clock.person_id])
    row = _change(
        gate,
        clock.entity,
        clock.kind,
        "escalated_at = clock_timestamp()",
        "stopped_at IS NULL AND escalated_at IS NULL AND paused_at IS NULL",
        [],
    )
    if row is None:
        return False
    _log(gate, row, ESCALATED, "")
    return True


def _change(
    gate: Gate, entity: str, kind: str, how: str, where: str, values: list[Any]
) -> tuple[Any, ...] | None:
    rows = gate.door.rows(
        f"UPDATE record.clock SET {how} WHERE entity = %s AND kind = %s AND {where} RETURNING {_COLUMNS}",
        [*values, entity, kind],
    )
    return rows[0] if rows else None


def _log(gate: Gate, row: tuple[Any, ...], now: str, reason: str) -> None:
    gate.door.rows(
        "INSERT INTO record.transition (subject, entity, from_state, to_state, actor, reason) VALUES (%s, %s,"
        " (SELECT t.to_state FROM record.transition t WHERE t.entity = %s ORDER BY t.id DESC LIMIT 1), %s, %s, %s)",
        [row[1], row[0], row[0], now, gate.actor.id, reason],
    )


def _pauses(gate: Gate, clock_id: str) -> list[Stretch]:
    """Every stretch in which it stood still, from the log; one that a stop ended counts up to the stop."""
    found: list[Stretch] = []
    since: datetime | None = None
    rows = gate.door.rows(
        "SELECT to_state, at FROM record.transition WHERE entity = %s ORDER BY id", [clock_id]
    )
    for state, at in rows:
        if state == PAUSED:
            since = at
        elif since is not None:
            found.append((since, at))
            since = None
    return found


def _of(gate: Gate, person_id: str) -> PersonRecord:
    """Whose clock it is: someone the actor has to do with, for a volunteer cannot open the record and may be worried."""
    grant = gate.door.people([person_id]).get(person_id)
    if grant is None or not (grant.relationships or gate.actor.role == "system"):
        raise gate.door.refuse("not there, or not allowed", act="clock")
    return grant
