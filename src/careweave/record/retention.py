"""What has been kept for as long as the law asks, and destroying it: proposed by one person, decided by another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.definitions import Definition, load_definition

from .actor import Refusal
from .gate import Gate
from .ids import is_id

KIND = "Disposal"
_MOST, _LOOK_AT = 50, 20_000
_ANSWERS = {
    "gone": "Somebody has decided about this already",
    "own": "You proposed it, so a second person must decide",
    "held": "A legal hold stands over this record: nothing of it is destroyed",
    "not-due": "Something has happened since: its time is not over yet",
    "refused": "This is for the governance lead to decide",
}


@dataclass(frozen=True)
class Due:
    """Someone whose record has been kept long enough; the person is an id, not a name."""

    person_id: str
    due_on: date
    rule: str
    last_on: date | None
    died: date | None
    is_held: bool


@dataclass(frozen=True)
class DueList:
    """Some of those whose time is over; `go_on` is where the next ones begin, None at the end."""

    people: tuple[Due, ...]
    go_on: str | None


@dataclass(frozen=True)
class Disposal:
    id: str
    person_id: str
    rule: str
    due_on: date
    last_on: date | None
    words: str
    proposed_by: str
    proposed_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    decided_words: str
    certificate: Mapping[str, Any] | None


def rule_titles() -> dict[str, str]:
    """Each rule in words; what was not confirmed says so."""
    told = {}
    for each in _schedule().content["rule"]:
        told[each["key"]] = each["title"] + (" (from memory: confirm first)" if each.get("recalled") else "")
    return told


def backups_until() -> date:
    """By when the last backup is destroyed that holds what is destroyed today."""
    kept: int = _schedule().content["backups"]["kept_days"]
    return datetime.now(UTC).date() + timedelta(days=kept)


def due(
    gate: Gate, sectors: Mapping[str, str], *, after: str | None = None, look_at: int = _LOOK_AT
) -> DueList:
    """Worked out in the database, some people at a time; `sectors` says what each source is."""
    _must(gate, "read")
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT person::text, due_on, rule, last_on, died, is_held, go_on::text"
            " FROM record.gate_retention_due(%s, %s::jsonb, %s::jsonb, %s, %s, %s, %s)",
            [gate.door.token(), *_facts(sectors), after if is_id(after or "") else None, _MOST, look_at],
        )
    go_on = next((row[6] for row in rows if row[0] is None), None)
    return DueList(tuple(Due(*row[:6]) for row in rows if row[0] is not None), go_on)


def propose(gate: Gate, sectors: Mapping[str, str], person_id: str, *, words: str) -> str | Refusal:
    """Propose that a record whose time is over is destroyed; returns the proposal's id."""
    _must(gate, "create")
    if not words.strip():
        return Refusal("Say what you looked at, for example that no inquiry needs it", "words")
    rules, sectors_text, today = _facts(sectors)
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT record.gate_propose_disposal(%s, %s, %s::jsonb, %s::jsonb, %s, %s, %s)",
            [
                gate.door.token(),
                person_id if is_id(person_id) else None,
                rules,
                sectors_text,
                today,
                f"records {_schedule().version}:",
                words.strip(),
            ],
        )
    if rows[0][0] is None:
        return Refusal(
            "It is proposed already, its time is not over, or a legal hold stands over it", "words"
        )
    return str(rows[0][0])


def decide(
    gate: Gate, sectors: Mapping[str, str], disposal_id: str, *, destroys: bool, words: str
) -> Refusal | None:
    """The second person decides. Destroying is one statement: all of it with its certificate, or nothing."""
    _must(gate, "update")
    if not words.strip():
        return Refusal("Say in your own words why", "words")
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT record.gate_decide_disposal(%s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s)",
            [
                gate.door.token(),
                disposal_id if is_id(disposal_id) else None,
                destroys,
                *_facts(sectors),
                words.strip(),
                backups_until(),
            ],
        )
    gate.door.forget()
    answer = rows[0][0]
    return Refusal(_ANSWERS[answer], "words") if answer in _ANSWERS else None


def disposals(gate: Gate) -> list[Disposal]:
    """Those that wait for a second person, and then what was decided, the newest first."""
    _must(gate, "read")
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            "SELECT id::text, subject::text, rule, due_on, last_on, words, proposed_by, proposed_at, decision,"
            " decided_by, decided_at, decided_words, certificate::text FROM record.disposal"
            " ORDER BY decision IS NOT NULL, coalesce(decided_at, proposed_at) DESC"
        )
    return [Disposal(*(*row[:12], json.loads(row[12]) if row[12] else None)) for row in rows]


def _facts(sectors: Mapping[str, str]) -> tuple[str, str, date]:
    rules = [
        {key: value for key, value in each.items() if key != "title"} for each in _schedule().content["rule"]
    ]
    return json.dumps(rules), json.dumps(dict(sectors)), datetime.now(UTC).date()


def _schedule() -> Definition:
    return load_definition("retention", "records", datetime.now(UTC).date())


def _must(gate: Gate, interaction: str) -> None:
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead decides what is destroyed", act="disposal")
