"""Legal holds: while one stands, nothing of the person's record is destroyed or taken back, by any way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .actor import Refusal
from .gate import Gate
from .ids import is_id

KIND = "LegalHold"
_SHORTEST = 10


@dataclass(frozen=True)
class Hold:
    id: str
    person_id: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_because: str


def place(gate: Gate, person_id: str, *, reason: str) -> str | Refusal:
    """From this moment on. Returns its id."""
    _must(gate, "create")
    if len(reason.strip()) < _SHORTEST:
        return Refusal("Say why, in a few words at least, for example which case or inquiry", "reason")
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT record.gate_hold(%s, %s, %s)",
            [gate.door.token(), person_id if is_id(person_id) else None, reason.strip()],
        )
    if rows[0][0] is None:
        return Refusal("A hold stands already, or nobody is known by this", "reason")
    return str(rows[0][0])


def lift(gate: Gate, hold_id: str, *, because: str) -> Refusal | None:
    """End it: decided by somebody else than whoever placed it."""
    _must(gate, "update")
    if len(because.strip()) < _SHORTEST:
        return Refusal("Say why it can end, in a few words at least", "because")
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT record.gate_lift(%s, %s, %s)",
            [gate.door.token(), hold_id if is_id(hold_id) else None, because.strip()],
        )
    if not rows[0][0]:
        return Refusal("It has ended already, or you placed it: then a colleague must end it", "because")
    return None


def holds(gate: Gate) -> list[Hold]:
    """Those that stand, and then those that ended, the newest first."""
    _must(gate, "read")
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            "SELECT id::text, subject::text, reason, placed_by, placed_at, lifted_by, lifted_at, lifted_because"
            " FROM record.legal_hold ORDER BY lifted_at IS NOT NULL, placed_at DESC"
        )
    return [Hold(*row) for row in rows]


def _must(gate: Gate, interaction: str) -> None:
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead keeps holds", act="legal-hold")
