"""The queue of record pairs that a person must look at; what the matcher proposes and what someone decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import Purpose
from .gate import Gate

_COLUMNS = "id, one, other, reason, guard, score, evidence, found_at, state, passed_to, decided_by, decided_at, agreed_by"


@dataclass(frozen=True)
class PairToReview:
    """Two records (by subject), why they were put side by side, and how far the decision has come."""

    id: str
    one: str
    other: str
    reason: str
    guard: str
    score: float
    evidence: list[dict[str, str]]
    found_at: datetime
    state: str
    passed_to: str | None
    decided_by: str | None
    decided_at: datetime | None
    agreed_by: str | None


@dataclass(frozen=True)
class Proposed:
    """A pair the matcher could not decide."""

    one: str
    other: str
    reason: str
    guard: str
    score: float
    evidence: list[dict[str, str]]


def propose(gate: Gate, pairs: Sequence[Proposed]) -> None:
    """Put these pairs in the queue and take out open ones no longer proposed; decided ones stay as they are."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open(())
        proposed = []
        for pair in pairs:
            one, other = sorted((pair.one, pair.other))
            proposed.append(f"{one} {other}")
            gate.door.rows(
                "INSERT INTO record.review_pair AS q (one, other, reason, guard, score, evidence)"
                " VALUES (%s, %s, %s, %s, %s, %s::jsonb) ON CONFLICT (one, other) DO UPDATE"
                " SET reason = excluded.reason, guard = excluded.guard, score = excluded.score,"
                " evidence = excluded.evidence, state = CASE q.state WHEN 'gone' THEN 'open' ELSE q.state END",
                [one, other, pair.reason, pair.guard, pair.score, json.dumps(pair.evidence)],
            )
        gate.door.rows(
            "UPDATE record.review_pair SET state = 'gone'"
            " WHERE state = 'open' AND NOT (one || ' ' || other) = ANY (%s::text[])",
            [proposed],
        )
        gate.door.audit("review-propose", (), pairs=len(pairs))


def doubt(gate: Gate, pair: Proposed, *, by: str) -> None:
    """Put one pair in the queue that someone who knows the person holds apart: it waits for a second person's answer."""
    _must_be_identity(gate)
    one, other = sorted((pair.one, pair.other))
    with gate.transaction():
        gate.door.open(())
        gate.door.rows(
            "INSERT INTO record.review_pair AS q"
            " (one, other, reason, guard, score, evidence, state, decided_by, decided_at)"
            " VALUES (%s, %s, %s, %s, %s, %s::jsonb, 'second', %s, now()) ON CONFLICT (one, other) DO UPDATE"
            " SET reason = excluded.reason, guard = excluded.guard, found_at = now(), state = 'second',"
            " decided_by = excluded.decided_by, decided_at = now(), agreed_by = NULL, passed_to = NULL",
            [one, other, pair.reason, pair.guard, pair.score, json.dumps(pair.evidence), by],
        )
        gate.door.audit("review-doubt", [one, other], by=by)


def open_pairs(gate: Gate, *, limit: int = 200) -> list[PairToReview]:
    """What waits for a decision, oldest first; for identity work only."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            f"SELECT {_COLUMNS} FROM record.review_pair WHERE state IN ('open', 'second') ORDER BY found_at, id LIMIT %s",
            [limit],
        )
    return [_pair(row) for row in rows]


def count_open(gate: Gate) -> int:
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open(())
        return int(
            gate.door.rows("SELECT count(*) FROM record.review_pair WHERE state IN ('open', 'second')")[0][0]
        )


def pair(gate: Gate, id: str) -> PairToReview | None:
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(f"SELECT {_COLUMNS} FROM record.review_pair WHERE id = %s", [id])
    return _pair(rows[0]) if rows else None


def move(
    gate: Gate, id: str, *, was: str, now: str, agreed: bool = False, passed_to: str | None = None
) -> bool:
    """Change a pair's state if it still is `was`; False when someone else decided first."""
    _must_be_identity(gate)
    who = "agreed_by" if agreed else "decided_by"
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            f"UPDATE record.review_pair SET state = %s, {who} = %s, decided_at = now(), passed_to = %s"
            " WHERE id = %s AND state = %s RETURNING one, other",
            [now, gate.actor.id, passed_to, id, was],
        )
        if rows:
            gate.door.audit("review-decide", [str(one) for one in rows[0]], state=now)
    return bool(rows)


def _must_be_identity(gate: Gate) -> None:
    allowed = gate.purpose is Purpose.IDENTITY and gate.door.decide(None, "read", "Patient").allowed
    if not allowed:
        raise gate.door.refuse("not there, or not allowed", act="review")


def _pair(row: Sequence[Any]) -> PairToReview:
    id_, one, other, reason, guard, score, evidence, *rest = row
    told = json.loads(evidence) if isinstance(evidence, str) else evidence
    return PairToReview(str(id_), str(one), str(other), reason, guard, score, told, *rest)
