"""Why an actor may or may not see each entry about a person: the same rule, asked for its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .actor import Actor, PersonRecord, Purpose
from .door import Door
from .gate import Gate
from .ids import is_id
from .policy import Decision, Facts, RuleOutcome, decide, explain

EXPLAINER = Actor("system:explain", "system", name="Explanation of access")


@dataclass(frozen=True)
class Explained:
    """Entries that are decided alike. `nearest` is the rule that comes closest when none opens them."""

    type: str
    labels: tuple[str, ...]
    source: str
    named: bool
    count: int
    decision: Decision
    nearest: RuleOutcome | None


@dataclass(frozen=True)
class PersonExplained:
    person_id: str
    kinds: frozenset[str]
    entries: tuple[Explained, ...]


@dataclass(frozen=True)
class EntryExplained:
    """One entry and every rule with its outcome, in the order they are tried."""

    type: str
    facts: Facts
    decision: Decision
    rules: tuple[RuleOutcome, ...]


def explain_person(gate: Gate, person_id: str) -> PersonExplained | None:
    """What the gate's actor may read about a person and why; None when nobody is known by this id.

    Reads no body, only what entries are. It tells what the actor may not see, so it is for whoever runs the place
    or answers for its information governance; it is audited in the person's own log.
    """
    grant = gate.door.people([person_id]).get(person_id) if is_id(person_id) else None
    if grant is None:
        return None
    rows = _what_is_there(gate, grant)
    entries = tuple(_explained(gate, grant, *row) for row in rows)
    return PersonExplained(grant.id, grant.relationships, entries)


def explain_entry(gate: Gate, id: str) -> EntryExplained | None:
    """Every rule about one entry; None when there is no such entry."""
    door = Door(EXPLAINER, Purpose.SYSTEM)
    with door.transaction():
        door.open_everyone()
        rows = door.rows(
            "SELECT type, subject::text, labels, source, parties FROM record.resource WHERE id = %s", [id]
        )
        if not rows:
            return None
        type_, subject, labels, source, parties = rows[0]
        _audit(door, gate, [subject])
    grant = gate.door.people([subject]).get(subject)
    facts = _facts(gate, grant, type_, labels, source, named=not set(parties).isdisjoint(gate.door.parties))
    policy = gate.door.policy
    return EntryExplained(type_, facts, decide(policy, facts), tuple(explain(policy, facts)))


def _what_is_there(gate: Gate, grant: PersonRecord) -> list[tuple[str, Sequence[str], str, bool, int]]:
    door = Door(EXPLAINER, Purpose.SYSTEM)
    with door.transaction():
        door.open_everyone()
        rows = door.rows(
            "SELECT type, labels, source, parties && %s::text[] AS named, count(*) FROM record.resource"
            " WHERE subject = ANY (%s::uuid[]) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            [gate.door.parties, grant.subject_ids],
        )
        _audit(door, gate, grant.subject_ids)
    return [(type_, labels, source, named, count) for type_, labels, source, named, count in rows]


def _audit(door: Door, gate: Gate, subjects: Sequence[str]) -> None:
    about = {"asked_about": gate.actor.id, "role": gate.actor.role, "purpose": gate.purpose.value}
    door.audit("explain", subjects, **about)


def _explained(
    gate: Gate, grant: PersonRecord, type_: str, labels: Sequence[str], source: str, named: bool, count: int
) -> Explained:
    facts = _facts(gate, grant, type_, labels, source, named=named)
    decision = decide(gate.door.policy, facts)
    closed = None if decision.allowed else _nearest(explain(gate.door.policy, facts))
    return Explained(type_, tuple(labels), source, named, count, decision, closed)


def _facts(
    gate: Gate, grant: PersonRecord | None, type_: str, labels: Sequence[str], source: str, *, named: bool
) -> Facts:
    return gate.door.facts(grant.kinds if grant else (), "read", type_, labels, named=named, source=source)


def _nearest(outcomes: Sequence[RuleOutcome]) -> RuleOutcome | None:
    """The opening rule that lacks least; None when a rule forbids, which is then the whole reason."""
    if any(each.forbids and each.applies for each in outcomes):
        return None
    opening = [each for each in outcomes if not each.forbids]
    return min(opening, key=_how_far, default=None)


def _how_far(outcome: RuleOutcome) -> int:
    """A rule for another role or purpose is farther away than one that lacks a relationship."""
    fixed = sum(words.startswith(("role is", "purpose is", "entry is", "act is")) for words in outcome.unmet)
    return len(outcome.unmet) + 10 * fixed
