"""Surveys that people are asked: planned, asked, reminded once, and over, each step taken by one worker alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import Purpose
from .clocks import WORKER
from .gate import Gate
from .ids import resource_id

PLANNED, ASKED, REMINDED = "planned", "asked", "reminded"
ANSWERED, DECLINED, CLOSED, STOPPED = "answered", "declined", "closed", "stopped"
OPEN = (ASKED, REMINDED)
_FIRST = "00000000-0000-0000-0000-000000000000"
_COLUMNS = "id::text, subject::text, survey, version, event, opens_at, reminds_at, closes_at, state, why, act_at, changed_at"


@dataclass(frozen=True)
class Invitation:
    """One survey for one person about one journey; `why` says why it was not asked, or no more."""

    id: str
    person_id: str
    survey: str
    version: str
    event: str
    opens_at: datetime
    reminds_at: datetime | None
    closes_at: datetime
    state: str
    why: str = ""
    act_at: datetime | None = None
    changed_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether an answer is taken."""
        return self.state in OPEN and now < self.closes_at


def response_id(invitation_id: str) -> str:
    """One for each invitation: whoever answers a second time meets the first."""
    return resource_id("careweave", "QuestionnaireResponse", f"survey {invitation_id}")


def worker_gate() -> Gate:
    """The background work's own."""
    return Gate(WORKER, Purpose.SYSTEM)


def plan(gate: Gate, one: Invitation) -> bool:
    """Keep it until it opens; False when this journey has one already."""
    with gate.transaction():
        gate.door.open([one.person_id])
        rows = gate.door.rows(
            "INSERT INTO record.invitation (id, subject, survey, version, event, opens_at, reminds_at, closes_at, act_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            [one.id, one.person_id, one.survey, one.version, one.event, one.opens_at, one.reminds_at,
             one.closes_at, one.opens_at],
        )  # fmt: skip
    return bool(rows)


def due(now: datetime, *, limit: int = 100) -> list[Invitation]:
    """Those whose next step has come, the oldest first."""
    gate = worker_gate()
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.invitation WHERE act_at <= %s ORDER BY act_at, id LIMIT %s",
            [now, limit],
        )
    return [Invitation(*row) for row in rows]


def of_person(gate: Gate, person_id: str) -> list[Invitation]:
    """All of a person whom this actor may open, the newest first; part of what the caller may see anyway."""
    return _all(gate, [person_id]) if gate.person(person_id) else []


def of_people(gate: Gate, people: Sequence[str]) -> list[Invitation]:
    """The same for several, for the background work."""
    return _all(gate, list(people))


def _all(gate: Gate, people: list[str]) -> list[Invitation]:
    with gate.transaction():
        gate.door.open(people)
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.invitation WHERE subject = ANY (%s::uuid[]) ORDER BY opens_at DESC, id",
            [people],
        )
    return [Invitation(*row) for row in rows]


def move(
    gate: Gate,
    one: Invitation,
    *,
    now: str,
    act_at: datetime | None,
    why: str = "",
    token: bytes | None = None,
) -> bool:
    """The next step, by whoever is first: False when it is not as it was seen. Part of the caller's transaction."""
    gate.door.open([one.person_id])
    rows: Sequence[Any] = gate.door.rows(
        "UPDATE record.invitation SET state = %s, act_at = %s, why = %s, token = coalesce(%s, token),"
        " changed_at = clock_timestamp() WHERE id = %s AND state = %s AND act_at IS NOT DISTINCT FROM %s RETURNING id",
        [now, act_at, why, token, one.id, one.state, one.act_at],
    )
    return bool(rows)


def ever_asked(batch: int = 5000) -> Iterator[Invitation]:
    """Every one that was sent, whatever came of it, for counting, a batch at a time; answers are not among it."""
    gate, last = worker_gate(), _FIRST
    while True:
        with gate.transaction():
            gate.door.open_everyone()
            rows = gate.door.rows(
                f"SELECT {_COLUMNS} FROM record.invitation WHERE state NOT IN ('planned', 'stopped') AND id > %s"
                " ORDER BY id LIMIT %s",
                [last, batch],
            )
        yield from (Invitation(*row) for row in rows)
        if len(rows) < batch:
            return
        last = str(rows[-1][0])


def by_token(token: bytes) -> Invitation | None:
    """The one that a link opens: whoever has the link may answer, once."""
    gate = worker_gate()
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(f"SELECT {_COLUMNS} FROM record.invitation WHERE token = %s", [token])
    return Invitation(*rows[0]) if rows else None
