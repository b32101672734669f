"""Opening a record in an emergency (“break-glass”): a reason, an hour at most, an alert, and a review by someone else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import Purpose, Refusal
from .gate import Gate
from .ids import is_id

KIND = "EmergencyOpening"
SHORTEST = 10  # letters of own words


@dataclass(frozen=True)
class Opened:
    """Until when the record is open to this reader."""

    person_id: str
    until: datetime


@dataclass(frozen=True)
class Opening:
    """One opening as the governance lead reviews it; the person is an id, not a name."""

    id: str
    person_id: str
    actor: str
    role: str
    organisation: str
    reason: str
    words: str
    opened: datetime
    until: datetime
    review_by: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    outcome: str | None
    note: str

    def is_late(self, now: datetime) -> bool:
        return self.reviewed_at is None and self.review_by < now


def open_in_emergency(gate: Gate, person_id: str, *, reason: str, words: str) -> Opened | Refusal:
    """Open for an hour; the reason, the relationship and the audit row are one transaction, or nothing is.

    The gate's purpose is emergency. Only who the rule `emergency-reads` names may; everyone else learns nothing.
    """
    sharing = gate.door.sharing
    if reason not in {each.key for each in sharing.reasons}:
        return Refusal("Choose why you need this", "reason")
    if len(words.strip()) < SHORTEST:
        return Refusal("Say in your own words what is happening, in a few words at least", "words")
    would_open = gate.door.facts({"emergency"}, "read", "Patient", (), named=False, source="careweave")
    if gate.purpose is not Purpose.EMERGENCY or not gate.door.would(would_open):
        raise gate.door.refuse("this role does not open records in an emergency", act="emergency")
    with gate.transaction():
        rows = (
            gate.door.rows(
                "SELECT * FROM record.gate_emergency(%s, %s, %s, %s, %s)",
                [gate.door.token(), person_id, reason, words.strip(), sharing.review_within_days],
            )
            if is_id(person_id)
            else []
        )
        if not rows:
            raise gate.door.refuse("not there, or not allowed", act="emergency")
    gate.door.forget()
    person, until = rows[0]
    return Opened(str(person), until)


def open_until(gate: Gate, person_id: str) -> datetime | None:
    """Until when this reader's own opening of this person holds; None when there is none."""
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT record.gate_emergency_until(%s, %s)",
            [gate.door.token(), person_id if is_id(person_id) else None],
        )
    return rows[0][0] if rows else None


def openings(gate: Gate, *, only_waiting: bool = False) -> list[Opening]:
    """What was opened, those that wait for review first, the longest waiting at the top."""
    _must(gate, "read", "emergencies")
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            "SELECT id::text, subject::text, actor, role, organisation, reason, words, lower(valid), upper(valid),"
            " review_by, reviewed_at, reviewed_by, outcome, note FROM record.emergency"
            " WHERE NOT %s OR reviewed_at IS NULL"
            " ORDER BY reviewed_at IS NOT NULL, CASE WHEN reviewed_at IS NULL THEN review_by END, reviewed_at DESC",
            [only_waiting],
        )
    return [Opening(*row) for row in rows]


def review(gate: Gate, opening_id: str, *, outcome: str, note: str) -> Refusal | None:
    """The governance lead decides whether it was right; nobody reviews their own."""
    _must(gate, "update", "emergency-review")
    if outcome not in {each.key for each in gate.door.sharing.outcomes}:
        return Refusal("Choose what you found", "outcome")
    if outcome != "right" and not note.strip():
        return Refusal("Say what should be done", "note")
    with gate.transaction():
        gate.door.open(())
        rows: list[tuple[Any, ...]] = gate.door.rows(
            "UPDATE record.emergency SET reviewed_at = clock_timestamp(), reviewed_by = %s, outcome = %s, note = %s"
            " WHERE id = %s AND reviewed_at IS NULL AND actor <> %s RETURNING subject::text",
            [gate.actor.id, outcome, note.strip(), opening_id if is_id(opening_id) else None, gate.actor.id],
        )
        if not rows:
            return Refusal("Someone else has reviewed this already, or it was your own", "outcome")
        gate.door.audit("emergency-review", [rows[0][0]], id=opening_id, outcome=outcome)
    return None


def _must(gate: Gate, interaction: str, act: str) -> None:
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead reviews emergencies", act=act)
