"""What one reader may see of a person, category by category, and what that stands on: rule, relationship, agreement, choice.

It asks the rule about categories, never the store about entries, so that no answer tells whether there is anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .actor import OBJECTS, Actor, PersonRecord, Purpose
from .content import PLACE
from .door import Door
from .gate import Gate
from .policy import NamedRule, decide
from .policy.rules import All, KindIn, Rule

OBJECTION = "the-person-objects"
AGREEMENT = "no-agreement"
_LEFT_OUT = {"directory", "files", "governance"}


@dataclass(frozen=True)
class Category:
    """Types of one label from some sources that are decided alike. `stands_on` says by what, in words."""

    sources: tuple[str, ...]
    label: str
    types: tuple[str, ...]
    allowed: bool
    rule: str
    reason: str
    stands_on: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """The whole answer for one reader, person and purpose; `relationships` as keys of the vocabulary."""

    person_id: str
    actor: Actor
    purpose: Purpose
    relationships: tuple[str, ...]
    categories: tuple[Category, ...]


def standing(door: Door, grant: PersonRecord, sources: Iterable[str]) -> Standing:
    """Everything about this reader and this person; `sources` are those of the network, whoever holds what."""
    categories = tuple(
        category
        for alike in _alike(door, grant, sources)
        for label in ("", *sorted(door.policy.labels - {"intake"}))
        for category in _of_label(door, grant, alike, label)
    )
    return Standing(grant.id, door.actor, door.purpose, tuple(sorted(grant.relationships)), categories)


def known_sources(door: Door) -> list[str]:
    """The place and every source that is a member of the network or sends files."""
    with door.transaction(savepoint=False):
        door.open(())
        rows = door.rows(
            "SELECT organisation FROM record.charter WHERE valid @> now() UNION SELECT supplier FROM record.agreement"
            " UNION SELECT source FROM record.last_received()"
        )
    return [PLACE, *sorted({row[0] for row in rows} - {PLACE})]


def explain_mine(gate: Gate, person_id: str) -> Standing | None:
    """The answer about oneself, for whoever may open this person at all; None for everybody else, as for a read."""
    grant = gate.person(person_id)
    if grant is None:
        return None
    door = gate.door
    with door.transaction():
        door.open(grant.subject_ids)
        door.audit("explain", grant.subject_ids, asked_about=door.actor.id, role=door.actor.role)
    return standing(door, grant, known_sources(door))


def explain_for(door: Door, *, actor: Actor, purpose: Purpose, person_id: str) -> Standing | None:
    """The answer about another reader, for who answers for information governance; in the person's own log."""
    if not door.decide(None, "read", "AuditEvent").allowed:
        raise door.refuse("only the governance lead asks what others may see", act="explain")
    theirs = Door(actor, purpose)
    grant = theirs.people([person_id]).get(person_id)
    if grant is None:
        return None
    with door.transaction():
        door.open(grant.subject_ids)
        door.audit("explain", grant.subject_ids, asked_about=actor.id, role=actor.role, purpose=purpose.value)
    return standing(theirs, grant, known_sources(theirs))


def _alike(door: Door, grant: PersonRecord, sources: Iterable[str]) -> list[tuple[str, ...]]:
    """Sources for which all that a rule can see is the same."""
    groups: dict[tuple[bool, bool, bool, bool], list[str]] = {}
    for source in sources:
        facts = door.facts(grant.kinds, "read", "Condition", (), named=False, source=source)
        key = (source == PLACE, facts.own_source, facts.agreed, f"{OBJECTS}source:{source}" in grant.kinds)
        groups.setdefault(key, []).append(source)
    return [tuple(each) for each in groups.values()]


def _of_label(door: Door, grant: PersonRecord, sources: tuple[str, ...], label: str) -> Iterator[Category]:
    alike: dict[tuple[bool, str, str], list[str]] = {}
    groups = door.policy.words.types
    for group in (names for name, names in groups.items() if name not in _LEFT_OUT):
        for type_ in group:
            facts = door.facts(
                grant.kinds, "read", type_, (label,) if label else (), named=False, source=sources[0]
            )
            decision = decide(door.policy, facts)
            key = (decision.allowed, decision.rule, decision.reason)
            alike.setdefault(key, []).append(type_)
    for (allowed, rule, reason), types in alike.items():
        on = tuple(_stands_on(door, grant, rule))
        yield Category(sources, label, tuple(types), allowed, rule, reason, on)


def _stands_on(door: Door, grant: PersonRecord, rule: str) -> Iterator[str]:
    if rule == OBJECTION:
        yield "a choice of the person"
    elif rule == AGREEMENT:
        yield "the charter and the sharing agreements"
    else:
        opening = next((each for each in door.policy.allow if each.name == rule), None)
        asked = _kinds_of(opening) & grant.relationships if opening else frozenset()
        yield from (door.policy.words.kinds[kind] for kind in sorted(asked))


def _kinds_of(named: NamedRule) -> frozenset[str]:
    parts: tuple[Rule, ...] = named.rule.rules if isinstance(named.rule, All) else (named.rule,)
    return frozenset(kind for part in parts if isinstance(part, KindIn) for kind in part.kinds)
