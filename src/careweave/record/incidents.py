"""Entries that stood in the wrong person's record: who saw them, who was told, and how it ended (B03)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.definitions import load_definition

from .actor import Refusal
from .emergencies import KIND
from .gate import Gate


@dataclass(frozen=True)
class Saw:
    """Someone who saw the entry while it stood there; `told` is when they learned that it was another's."""

    reader: str
    role: str
    organisation: str
    first: datetime
    last: datetime
    looks: int
    told: datetime | None
    told_words: str = ""


@dataclass(frozen=True)
class Ended:
    outcome: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Incident:
    """A `note` that was moved to another person, or a `record` of another that was held apart; people are ids."""

    id: str
    kind: str
    at: datetime
    found_by: str
    person_id: str
    reason: str
    saw: tuple[Saw, ...]
    ended: Ended | None

    @property
    def outstanding(self) -> tuple[Saw, ...]:
        return tuple(each for each in self.saw if each.told is None)


def outcomes() -> dict[str, str]:
    """How an incident may end, in words."""
    return {each["key"]: each["title"] for each in _held()["outcome"]}


def incidents(gate: Gate) -> list[Incident]:
    """Every one of the time that the definition names, the latest first; the asking is in the audit."""
    _must(gate, "read", "incidents")
    since = datetime.now(UTC) - timedelta(days=_held()["period"]["days"])
    with gate.transaction():
        rows = gate.door.rows("SELECT * FROM record.gate_incidents(%s, %s)", [gate.door.token(), since])
        gate.door.open(())
        steps = gate.door.rows(
            "SELECT incident::text, act, reader, outcome, words, said_by, said_at FROM record.incident_step"
        )
        gate.door.audit("incidents", ())
    told = {(id_, reader): (words, at) for id_, act, reader, _, words, _, at in steps if act == "told"}
    ended = {id_: Ended(*rest) for id_, act, _, *rest in steps if act == "closed"}
    return _incidents(rows, told, ended)


def say_told(gate: Gate, incident_id: str, *, reader: str, words: str) -> Refusal | None:
    """Write down that someone who saw the entry was told, and how."""
    held = _open(gate, incident_id)
    if isinstance(held, Refusal):
        return held
    if reader not in {each.reader for each in held.outstanding}:
        return Refusal("Choose someone who has not been told", "reader")
    if not words.strip():
        return Refusal("Say how they were told", "words")
    _write(gate, held, act="told", reader=reader, outcome="", words=words)
    return None


def close(gate: Gate, incident_id: str, *, outcome: str, words: str) -> Refusal | None:
    """The end of it. Not while somebody who saw it has not been told, and by nobody who is part of it."""
    held = _open(gate, incident_id)
    if isinstance(held, Refusal):
        return held
    if held.outstanding:
        return Refusal("Some who saw it have not been told. Tell them first", "outcome")
    if outcome not in outcomes():
        return Refusal("Choose how it ended", "outcome")
    if not words.strip():
        return Refusal("Say in your own words what was done", "words")
    _write(gate, held, act="closed", reader="", outcome=outcome, words=words)
    return None


def _open(gate: Gate, incident_id: str) -> Incident | Refusal:
    _must(gate, "update", "incident")
    held = next((each for each in incidents(gate) if each.id == incident_id), None)
    if held is None or held.ended:
        return Refusal("This has been closed already, or is not there", "outcome")
    if gate.actor.id in {held.found_by, *(each.reader for each in held.saw)}:
        return Refusal("You are part of this, so someone else must do it", "outcome")
    return held


def _write(gate: Gate, held: Incident, *, act: str, reader: str, outcome: str, words: str) -> None:
    with gate.transaction():
        gate.door.open(())
        gate.door.rows(
            "INSERT INTO record.incident_step (incident, act, reader, outcome, words, said_by)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [held.id, act, reader, outcome, words.strip(), gate.actor.id],
        )
        gate.door.audit(f"incident-{act}", (), id=held.id, reader=reader, outcome=outcome)


def _incidents(
    rows: list[tuple[Any, ...]],
    told: dict[tuple[str, str], tuple[str, datetime]],
    ended: dict[str, Ended],
) -> list[Incident]:
    found: dict[str, Incident] = {}
    for (
        key,
        kind,
        at,
        found_by,
        person,
        reason,
        reader,
        role,
        organisation,
        first,
        last,
        looks,
        knows,
    ) in rows:
        id_ = str(key)
        held = found.setdefault(
            id_, Incident(id_, kind, at, found_by or "", str(person), reason or "", (), ended.get(id_))
        )
        if reader:
            words, later = told.get((id_, reader), ("", None))
            saw = Saw(reader, role, organisation, first, last, looks, knows or later, words)
            found[id_] = replace(held, saw=(*held.saw, saw))
    return list(found.values())


def _held() -> dict[str, Any]:
    return dict(load_definition("access", "incidents", datetime.now(UTC).date()).content)


def _must(gate: Gate, interaction: str, act: str) -> None:
    # The same work as reviewing an emergency, and open to the same people.
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead looks into incidents", act=act)
