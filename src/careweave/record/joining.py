"""Which records belong to which person: a dated table of memberships, changed by events that can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from .actor import Purpose
from .content import PLACE
from .gate import Gate


@dataclass(frozen=True)
class Decision:
    """What someone decided about two records: `same` or `different`."""

    one: str
    other: str
    answer: str


@dataclass(frozen=True)
class LinkEvent:
    """One joining or parting, as it was done."""

    at: datetime
    actor: str
    act: str
    person: str
    subjects: tuple[str, ...]
    rule: str
    evidence: dict[str, Any]


def members_now(gate: Gate, subjects: Sequence[str] | None = None) -> dict[str, str]:
    """The person of every source record, or of these: subject → person id. Golden records are left out."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT subject, person FROM record.membership WHERE upper_inf(valid) AND source <> %s"
            + (" AND subject = ANY (%s::uuid[])" if subjects is not None else ""),
            [PLACE, *([list(subjects)] if subjects is not None else [])],
        )
    return {str(subject): str(person) for subject, person in rows}


def members_of(gate: Gate, people: Sequence[str]) -> dict[str, str]:
    """The source records of these people: subject → person id."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT subject, person FROM record.membership"
            " WHERE upper_inf(valid) AND source <> %s AND person = ANY (%s::uuid[])",
            [PLACE, list(people)],
        )
    return {str(subject): str(person) for subject, person in rows}


def decisions(gate: Gate) -> list[Decision]:
    """What people decided, the latest word for each pair: it steers every later linkage."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT DISTINCT ON (e.subjects) e.subjects[1], e.subjects[2], e.act FROM record.link_event e"
            " WHERE e.act IN ('same', 'different') AND cardinality(e.subjects) = 2 ORDER BY e.subjects, e.id DESC"
        )
    return [Decision(str(one), str(other), answer) for one, other, answer in rows]


def place(
    gate: Gate, moves: Mapping[str, str], *, sources: Mapping[str, str], rule: str, by: str = ""
) -> int:
    """Put each subject with its person (subject → person id), in one transaction; returns how many moved.

    `by` names who decided, when the linker acts on a person's decision.
    A person is made when new. One whose last source record went to another is joined to that other, their own
    golden record with them, so that what teams wrote about either is read together; parting gives it back.
    """
    _must_be_identity(gate)
    if not moves:
        return 0
    subjects, people = [UUID(s) for s in moves], [UUID(p) for p in moves.values()]
    with gate.transaction():
        door = gate.door
        door.open_everyone()
        door.rows("SELECT pg_advisory_xact_lock(hashtextextended('careweave.place', 0))")
        was = door.rows(
            "SELECT subject, person FROM record.membership WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid)",
            [subjects],
        )
        door.rows(
            "INSERT INTO record.person (id) SELECT DISTINCT unnest(%s::uuid[])"
            " ON CONFLICT (id) DO UPDATE SET joined_to = NULL",
            [people],
        )
        _move(door, subjects, people, [sources[s] for s in moves])
        _golden_home(door, list({*people, *(person for _, person in was)}))
        door.rows(
            "INSERT INTO record.link_event (actor, act, person, subjects, rule)"
            " SELECT %s, 'join', p, array_agg(s ORDER BY s), %s FROM unnest(%s::uuid[], %s::uuid[]) AS m(s, p) GROUP BY p",
            [by or gate.actor.id, rule, subjects, people],
        )
        door.audit("place", list(moves), rule=rule, by=by or gate.actor.id)
    door.forget()
    return len(moves)


def _move(door: Any, subjects: Sequence[UUID], people: Sequence[UUID], sources: Sequence[str]) -> None:
    # A stretch that begins and ends in one transaction never was: it is taken back instead of being closed.
    door.rows(
        "UPDATE record.membership AS m SET valid = tstzrange(lower(m.valid), now())"
        " WHERE m.subject = ANY (%s::uuid[]) AND upper_inf(m.valid) AND lower(m.valid) < now()",
        [list(subjects)],
    )
    door.rows(
        "DELETE FROM record.membership WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid)",
        [list(subjects)],
    )
    door.rows(
        "INSERT INTO record.membership (subject, person, source, valid)"
        " SELECT s, p, o, tstzrange(now(), NULL) FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS m(s, p, o)",
        [list(subjects), list(people), list(sources)],
    )


def _golden_home(door: Any, people: Sequence[UUID]) -> None:
    """Each person's golden record goes where their source records went: home, or along with the last of them."""
    rows = door.rows(
        "SELECT p.id, EXISTS (SELECT 1 FROM record.membership m"
        "  WHERE m.person = p.id AND upper_inf(m.valid) AND m.source <> %s),"
        " (SELECT n.person FROM record.membership o"
        "  JOIN record.membership n ON n.subject = o.subject AND upper_inf(n.valid)"
        "  WHERE o.person = p.id AND o.source <> %s AND NOT upper_inf(o.valid)"
        "  ORDER BY upper(o.valid) DESC, n.person LIMIT 1)"
        " FROM record.person p WHERE p.id = ANY (%s::uuid[])",
        [PLACE, PLACE, list(people)],
    )
    homes = {
        person: (person if has_records else went) for person, has_records, went in rows if has_records or went
    }
    if not homes:
        return
    joined = {person: home for person, home in homes.items() if home != person}
    door.rows(
        "UPDATE record.person AS p SET joined_to = h.home"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS h(id, home) WHERE p.id = h.id",
        [list(homes), [joined.get(person) for person in homes]],
    )
    _follow(door, homes)


def _follow(door: Any, homes: Mapping[UUID, UUID]) -> None:
    """Move the golden records, with any that had joined them before, to where their person now is."""
    now = dict(
        door.rows(
            "SELECT subject, person FROM record.membership WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid)",
            [list(homes)],
        )
    )
    moving = {golden: home for golden, home in homes.items() if now.get(golden) != home}
    if moving:
        _move(door, list(moving), list(moving.values()), [PLACE] * len(moving))
    carried = door.rows(
        "SELECT m.subject, h.home FROM record.membership m"
        " JOIN unnest(%s::uuid[], %s::uuid[]) AS h(id, home) ON m.person = h.id"
        " WHERE upper_inf(m.valid) AND m.source = %s AND h.home <> h.id",
        [list(homes), list(homes.values()), PLACE],
    )
    if carried:
        _move(door, [row[0] for row in carried], [row[1] for row in carried], [PLACE] * len(carried))


def former_home(gate: Gate, person_id: str, subjects: Sequence[str]) -> str | None:
    """Whose records these were before they were joined to this person, so that parting gives them back."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT m.person FROM record.membership m JOIN record.person p ON p.id = m.person"
            " WHERE m.subject = ANY (%s::uuid[]) AND NOT upper_inf(m.valid) AND p.joined_to = %s"
            " ORDER BY upper(m.valid) DESC LIMIT 1",
            [list(subjects), person_id],
        )
    return str(rows[0][0]) if rows else None


def note_decision(
    gate: Gate, *, by: str, person: str, one: str, other: str, answer: str, evidence: Mapping[str, Any]
) -> None:
    """Write down what someone decided about two records; later linkage obeys it."""
    _must_be_identity(gate)
    with gate.transaction():
        gate.door.open_everyone()
        gate.door.rows(
            "INSERT INTO record.link_event (actor, act, person, subjects, rule, evidence)"
            " VALUES (%s, %s, %s, %s::uuid[], 'decided by a person', %s::jsonb)",
            [by, answer, person, sorted([one, other]), json.dumps(evidence)],
        )
        gate.door.audit("link-decision", [one, other], answer=answer, by=by)


def events_of(gate: Gate, person_id: str) -> list[LinkEvent]:
    """How this person's records came together and apart, newest first, for those who may open the person."""
    grant = gate.person(person_id)
    if grant is None:
        return []
    with gate.transaction():
        gate.door.open([grant.id])
        rows = gate.door.rows(
            "SELECT at, actor, act, person, subjects, rule, evidence FROM record.link_event"
            " WHERE person = %s ORDER BY id DESC",
            [grant.id],
        )
    return [
        LinkEvent(at, actor, act, str(person), tuple(map(str, subjects)), rule, _json(evidence))
        for at, actor, act, person, subjects, rule, evidence in rows
    ]


def _json(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value


def _must_be_identity(gate: Gate) -> None:
    if gate.purpose is not Purpose.IDENTITY:
        raise gate.door.refuse("only identity work joins or parts records", act="link")
