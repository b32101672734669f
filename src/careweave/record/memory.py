"""The store's twin in dictionaries: create, read, update, versions and declared searches, as an oracle for tests.

It decides with the interpreter and searches by looking at each resource; the store compiles both to SQL. It does not
grow beyond that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from .actor import Actor, Conflict, Invalid, Purpose, Refused, Resource, SearchError, objectionable
from .content import PLACE
from .guarding import answer_refusal, write_refusal
from .ids import new_id
from .indexing import index
from .indexing.matching import matches
from .indexing.query import SearchProblem
from .indexing.search import parse_search
from .policy import Facts, Policy, decide
from .relations import relationships
from .validation import validate
from .wishes import held_against, stated


@dataclass
class MemoryRecord:
    """Everything stored: versions by id, whose records belong to which person, and who acts as whom."""

    policy: Policy
    versions: dict[str, list[Resource]] = field(default_factory=dict)
    person_of: dict[str, str] = field(default_factory=dict)
    parties: dict[str, set[str]] = field(default_factory=dict)
    charter: set[str] = field(default_factory=set)
    suppliers: set[tuple[str, str]] = field(default_factory=set)  # (source, purpose), to every member

    def current(self) -> Iterable[Resource]:
        return (versions[-1] for versions in self.versions.values())

    def kinds(self, subject: str, parties: set[str], purpose: str) -> frozenset[str]:
        """How any of these parties stands to the person whose record this is, from the resources stored now."""
        person = self.person_of.get(subject, subject)
        wishes = [
            wish
            for resource in self.current()
            if resource.type == "Consent" and self.person_of.get(resource.subject, resource.subject) == person
            for wish in stated(resource.body, source=resource.source)
        ]
        return held_against(wishes, parties, purpose) | frozenset(
            told.kind
            for resource in self.current()
            if self.person_of.get(resource.subject, resource.subject) == person
            for told in relationships(resource.body, source=resource.source)
            if told.party in parties and _holds_now(told.from_, told.until)
        )

    def is_agreed(self, source: str, parties: set[str], role: str, purpose: str) -> bool:
        """Whether the charter and an agreement let clinical entries of this source flow to these parties."""
        if f"org:{source}" in parties:
            return True
        if role != "system" and not any(f"org:{code}" in parties for code in self.charter):
            return False
        return source == PLACE or (source in self.charter and (source, purpose) in self.suppliers)


@dataclass(frozen=True)
class MemoryGate:
    """The same door on dictionaries."""

    record: MemoryRecord
    actor: Actor
    purpose: Purpose

    def read(self, type: str, id: str) -> Resource | None:
        stored = self.record.versions.get(id, [])
        if not stored or stored[-1].type != type or not self._may("read", stored[-1]):
            return None
        return stored[-1]

    def history(self, type: str, id: str) -> list[Resource]:
        if self.read(type, id) is None:
            return []
        newest, *older = reversed(self.record.versions[id])
        return [newest, *(version for version in older if self._may("read", version))]

    def create(
        self,
        body: Mapping[str, Any],
        *,
        subject: str,
        labels: Sequence[str] = (),
        parties: Sequence[str] = (),
        source: str = "careweave",
    ) -> Resource:
        whole = {"id": new_id(), **body}
        self._check(whole)
        now = datetime.now(UTC)
        indexed = index(whole)
        made = Resource(
            type=whole["resourceType"],
            id=whole["id"],
            version=1,
            subject=subject,
            source=source,
            labels=tuple(sorted(labels)),
            parties=tuple(sorted(parties)),
            starts=indexed.starts,
            ends=indexed.ends,
            updated=now,
            body=whole,
        )
        if not self._may("create", made) or self._is_foreign(made):
            raise Refused
        if made.id in self.record.versions:
            stored = self.record.versions[made.id][-1]
            raise Conflict(stored) if self._may("read", stored) else Refused
        self.record.versions[made.id] = [made]
        return made

    def update(
        self,
        body: Mapping[str, Any],
        *,
        version: int,
        labels: Sequence[str] | None = None,
        parties: Sequence[str] | None = None,
    ) -> Resource:
        current = self.read(body["resourceType"], body["id"])
        if current is None:
            raise Refused
        indexed = index(dict(body))
        made = replace(
            current,
            version=current.version + 1,
            labels=current.labels if labels is None else tuple(sorted(labels)),
            parties=current.parties if parties is None else tuple(sorted(parties)),
            starts=indexed.starts,
            ends=indexed.ends,
            updated=datetime.now(UTC),
            body=dict(body),
        )
        alike = made.labels == current.labels and made.parties == current.parties
        is_rewritten = answer_refusal(self.actor.role, current, made.body, is_handled_alike=alike)
        if not (self._may("update", current) and self._may("update", made)):
            raise Refused
        if self._is_foreign(made) or is_rewritten:
            raise Refused
        self._check(dict(body))
        if version != current.version:
            raise Conflict(current)
        self.record.versions[current.id].append(made)
        return made

    def search(self, type: str, params: Sequence[tuple[str, str]]) -> set[str]:
        """The ids a search finds: everything that fits, filtered by the decision on each."""
        query = parse_search(type, params)
        if isinstance(query, SearchProblem):
            raise SearchError(query.parameter, query.reason)
        return {
            resource.id
            for resource in self.record.current()
            if resource.type == type
            and matches(query, {**resource.body, "id": resource.id}, updated=resource.updated)
            and self._may("read", resource)
        }

    def _check(self, body: dict[str, Any]) -> None:
        issues = validate(body, today=datetime.now(UTC).date())
        if issues:
            raise Invalid(issues)

    def _is_foreign(self, made: Resource) -> bool:
        person = self.record.person_of.get(made.subject, made.subject)
        records = [subject for subject, whose in self.record.person_of.items() if whose == person]
        return bool(
            write_refusal(self.purpose, made.body, source=made.source, subject=made.subject, records=records)
        )

    def _may(self, interaction: str, resource: Resource) -> bool:
        mine = {self.actor.id, *self.record.parties.get(self.actor.id, ())}
        kinds = self.record.kinds(resource.subject, mine, self.purpose.value)
        facts = Facts(
            role=self.actor.role,
            purpose=self.purpose.value,
            interaction=interaction,
            kinds=kinds,
            named=not mine.isdisjoint(resource.parties),
            type=resource.type,
            labels=frozenset(resource.labels),
            own_source=f"org:{resource.source}" in mine,
            objected=not kinds.isdisjoint(objectionable(resource.source, resource.labels)),
            agreed=self.record.is_agreed(resource.source, mine, self.actor.role, self.purpose.value),
            place_source=resource.source == PLACE,
        )
        return decide(self.record.policy, facts).allowed


def _holds_now(from_: str | None, until: str | None) -> bool:
    now = datetime.now(UTC)
    return (from_ is None or datetime.fromisoformat(from_) <= now) and (
        until is None or now < datetime.fromisoformat(until)
    )
