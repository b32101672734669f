"""The one door to person-level data: every read and write is decided by the access rules and audited here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from . import beside, charges, naming, people, reading, searching, transacting, versions, writing
from .actor import (
    Actor,
    Conflict,
    Draft,
    Look,
    Page,
    PersonRecord,
    Purpose,
    Refused,
    Resource,
    TextPage,
    TextResource,
)
from .changes import Change, Done
from .content import PLACE
from .door import Door
from .guarding import answer_refusal, write_refusal
from .ids import DIRECTORY, is_id, new_id

Params = Sequence[tuple[str, str]]


class Gate:
    """What one actor may see and do for one purpose. Build one for each request or job."""

    def __init__(self, actor: Actor, purpose: Purpose) -> None:
        self.actor = actor
        self.purpose = purpose
        self.door = Door(actor, purpose)

    def transaction(self) -> AbstractContextManager[None]:
        """All-or-nothing; the audit of what was refused stays."""
        return self.door.transaction()

    # -- reading ----------------------------------------------------------------------------------------------

    def read(self, type: str, id: str) -> Resource | None:
        """One resource, or None when it is absent or not for this actor: the two are not told apart."""
        return reading.one(self.door, type, id)

    def read_text(self, type: str, id: str) -> TextResource | None:
        """The same as `read`, as JSON text that nobody has parsed on the way."""
        return reading.one_text(self.door, type, id)

    def history(self, type: str, id: str) -> list[Resource]:
        """Every version this actor may see, newest first; empty when there is none for them."""
        current = self.read(type, id)
        return [current, *versions.past(self.door, current)] if current else []

    def history_text(self, type: str, id: str, *, version: int | None = None) -> list[versions.TextVersion]:
        """The same as `history`, as JSON text; with `version` only that one."""
        return versions.of_instance(self.door, type, id, version=version)

    def history_of_type(
        self, type: str, *, count: int, since: datetime | None = None, after: versions.After | None = None
    ) -> list[versions.TextVersion]:
        """Versions of everything of a type about the people this actor knows, newest first, as JSON text."""
        return versions.of_type(self.door, type, count=count, since=since, after=after)

    def search(
        self, type: str, params: Params, *, count: int = 50, cursor: str | None = None, lenient: bool = False
    ) -> Page:
        """FHIR search; an unknown parameter raises SearchError and is named, or is left out when `lenient`."""
        return searching.search(self.door, type, params, count=count, cursor=cursor, lenient=lenient)

    def search_text(
        self, type: str, params: Params, *, count: int = 50, cursor: str | None = None, lenient: bool = False
    ) -> TextPage:
        """The same as `search`, as JSON text that nobody has parsed on the way."""
        return searching.search_text(self.door, type, params, count=count, cursor=cursor, lenient=lenient)

    def everything(
        self,
        id: str,
        *,
        since: datetime | None = None,
        types: Sequence[str] | None = None,
        count: int | None = None,
        cursor: str | None = None,
    ) -> TextPage | None:
        """All that this actor may see about a person, over all joined records; None when that is nothing."""
        return searching.everything(self.door, id, since=since, types=types, count=count, cursor=cursor)

    def naming_me(
        self, type: str, params: Sequence[tuple[str, str]] = (), *, count: int = 200
    ) -> Iterator[naming.Naming]:
        """What names this actor, their team or organisation (as owner, author, recipient), newest first."""
        return naming.naming(self.door, type, params, count=count)

    def person(self, id: str) -> PersonRecord | None:
        """The person an id stands for, when this actor stands in some relationship to them."""
        grant = self.door.people([id]).get(id) if is_id(id) else None
        return grant if self._may_open(grant) else None  # decided for nobody too, so that time tells nothing

    def about(
        self,
        person_id: str,
        types: Sequence[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Resource]:
        """Everything of these types that this actor may see about a person, over all joined records, newest first."""
        found = self.about_many([person_id], types, since=since, until=until, sources=sources, limit=limit)
        return found.get(person_id, [])

    def about_many(
        self,
        person_ids: Sequence[str],
        types: Sequence[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> dict[str, list[Resource]]:
        """The same for many people in one statement; people this actor has nothing to do with are left out."""
        return people.about_many(
            self.door, person_ids, types, since=since, until=until, sources=sources, limit=limit
        )

    def find(self, text: str, *, limit: int = 20) -> list[str]:
        """Person ids by words, birth date, telephone or NHS number, among people this actor stands in relation to."""
        return people.find(self.door, text, limit=limit)

    def people_with(self, *kinds: str) -> list[str]:
        """The people to whom this actor, their team or organisation stands in one of these relationships."""
        return people.with_kinds(self.door, kinds)

    def everyone_known(self) -> list[str]:
        """The people to whom this actor stands in any relationship."""
        return people.known(self.door)

    def trace(
        self, *, nhs_number: str = "", family: str = "", given: str = "", birth_date: str = ""
    ) -> list[people.Demographics]:
        """Whether someone is known here, by NHS number or by full name and birth date; always audited."""
        return people.trace(
            self.door, nhs_number=nhs_number, family=family, given=given, birth_date=birth_date
        )

    def who_looked(self, person_id: str, *, since: datetime | None = None, limit: int = 200) -> list[Look]:
        """Who read or changed this person's record, newest first, for those whom the rules let see it."""
        return people.who_looked(self.door, person_id, since=since, limit=limit)

    def looks(self, *, actor: str = "", since: datetime | None = None, limit: int = 200) -> list[Look]:
        """Recent acts over everyone, newest first, for governance; people are ids."""
        return people.looks_of_all(self.door, actor=actor, since=since, limit=limit)

    def extract(
        self,
        types: Sequence[str],
        *,
        since: datetime | None = None,
        subjects: Sequence[str] | None = None,
        batch: int = 5000,
    ) -> Iterator[list[people.Extracted]]:
        """Everyone's resources of these types as a stream, for system work with a purpose that allows it."""
        return people.extract(self.door, types, since=since, subjects=subjects, batch=batch)

    # -- writing ----------------------------------------------------------------------------------------------

    def create(
        self,
        body: Mapping[str, Any],
        *,
        subject: str,
        labels: Sequence[str] = (),
        parties: Sequence[str] = (),
        source: str = PLACE,
        if_none_exist: tuple[str, str] | None = None,
    ) -> Resource:
        """Store a new resource about a subject. Raises Invalid, or Refused when the rules do not let this actor.

        `if_none_exist` is an identifier (system, value): when one is stored already it is returned and nothing is
        written, also when many writers come at once. Who may not read the type cannot ask what exists, so is refused.
        """
        with self.door.transaction():
            if if_none_exist:
                self._must_read(body["resourceType"], subject)
                writing.lock(self.door, [f"{body['resourceType']}|{if_none_exist[0]}|{if_none_exist[1]}"])
                wanted = "|".join(part.replace("|", "\\|").replace(",", "\\,") for part in if_none_exist)
                page = self.search(body["resourceType"], [("identifier", wanted)], count=2)
                if page.resources:
                    return page.resources[0]
            return self._insert(dict(body), subject, labels, parties, source)

    def _must_read(self, type: str, subject: str) -> None:
        decision = self.door.decide(self._grant_of(subject), "read", type)
        if not decision.allowed:
            raise self.door.refuse(decision.reason, act="create", type=type)

    def _insert(
        self, body: dict[str, Any], subject: str, labels: Sequence[str], parties: Sequence[str], source: str
    ) -> Resource:
        body.setdefault("id", new_id())
        prepared = writing.prepare(body)
        type_ = body["resourceType"]
        grant = self._grant_of(subject)
        decision = self.door.decide(grant, "create", type_, labels=labels, parties=parties, source=source)
        if not decision.allowed:
            raise self.door.refuse(decision.reason, act="create", type=type_)
        self._refuse_foreign("create", body, source, subject, grant)
        self.door.open([subject, *(grant.subject_ids if grant else ())])
        version = writing.insert(
            self.door, prepared, subject=subject, source=source, labels=labels, parties=parties
        )
        if not version:
            raise Conflict(self._stored(body["id"]))
        self.door.audit("create", [subject], type=type_, id=body["id"])
        self.door.forget()
        return self._saved(prepared.body, version, subject, source, labels, parties, prepared)

    def update(
        self,
        body: Mapping[str, Any],
        *,
        version: int,
        labels: Sequence[str] | None = None,
        parties: Sequence[str] | None = None,
    ) -> Resource:
        """Store the next version of a resource. Raises Conflict when `version` is no longer the stored one."""
        with self.door.transaction():
            current = self.read(body["resourceType"], body["id"])
            if current is None:
                raise self.door.refuse("not there, or not allowed", act="update", type=body["resourceType"])
            grant = self._grant_of(current.subject)
            labels = current.labels if labels is None else tuple(labels)
            parties = current.parties if parties is None else tuple(parties)
            for labelled, named in ((current.labels, current.parties), (labels, parties)):
                decision = self.door.decide(
                    grant, "update", current.type, labels=labelled, parties=named, source=current.source
                )
                if not decision.allowed:
                    raise self.door.refuse(decision.reason, act="update", type=current.type)
            self._refuse_foreign("update", body, current.source, current.subject, grant)
            alike = set(labels) == set(current.labels) and set(parties) == set(current.parties)
            rewritten = answer_refusal(self.actor.role, current, body, is_handled_alike=alike)
            if rewritten:
                raise self.door.refuse(rewritten, act="update", type=current.type)
            prepared = writing.prepare(dict(body))
            self.door.open([current.subject])
            saved = writing.replace(
                self.door, prepared, current=current, labels=labels, parties=parties, version=version
            )
            if not saved:
                raise Conflict(self._stored(current.id))
            self.door.audit("update", [current.subject], type=current.type, id=current.id, version=saved)
            self.door.forget()
            return self._saved(
                prepared.body, saved, current.subject, current.source, labels, parties, prepared
            )

    def transact(self, changes: Sequence[Change], *, client: str = "", base: str = "") -> list[Done]:
        """Make all these changes or none; `client` is the program that asks, `base` how it calls this server.

        Raises Invalid with every fault and its path, Denied (absent and not allowed, alike), Conflict or Ambiguous.
        """
        return transacting.transact(self, changes, client=client, base=base)

    # -- beside FHIR ------------------------------------------------------------------------------------------

    def save_draft(
        self,
        person_id: str,
        kind: str,
        content: Mapping[str, Any],
        *,
        key: str = "",
        version: int | None = None,
    ) -> Draft:
        """Keep words as typed. With `version`, raises StaleDraft when another writer saved since."""
        return beside.save_draft(self.door, self._must_open(person_id), kind, key, content, version)

    def draft(self, person_id: str, kind: str, *, key: str = "") -> Draft | None:
        return beside.draft(self.door, self._must_open(person_id), kind, key)

    def discard_draft(self, person_id: str, kind: str, *, key: str = "") -> None:
        beside.discard_draft(self.door, self._must_open(person_id), kind, key)

    def in_charge(self, person_ids: Sequence[str]) -> dict[str, charges.InCharge]:
        """Who is in charge now, for each of these people whom this actor may open."""
        asked = self.door.people(list(person_ids)).items()
        return charges.now(self.door, {id_: grant for id_, grant in asked if self._may_open(grant)})

    def charge_history(self, person_id: str) -> list[charges.InCharge]:
        """Who was in charge at each moment, oldest first, without gap or overlap."""
        return charges.history(self.door, self._must_open(person_id))

    def put_in_charge(self, person_id: str, post: charges.Post, *, reason: str) -> charges.InCharge:
        """From now on its holder is in charge; whoever was, is not. The database lets nobody accept for another."""
        return charges.put(self.door, self._must_open(person_id), post, reason=reason)

    def end_charge(self, person_id: str, *, reason: str) -> None:
        """Nobody is in charge from now on; the database refuses this while the person is enrolled."""
        charges.end(self.door, self._must_open(person_id), reason=reason)

    def transition(self, person_id: str, entity: str, *, was: str | None, now: str, reason: str = "") -> None:
        """Append one change of state; the log is never edited."""
        beside.transition(self.door, self._must_open(person_id), entity, was, now, reason)

    def transitions(self, person_id: str, entity: str) -> list[beside.Transition]:
        return beside.transitions(self.door, self._must_open(person_id), entity)

    # -- inside -----------------------------------------------------------------------------------------------

    def _grant_of(self, subject: str) -> PersonRecord | None:
        if subject == DIRECTORY:
            return None
        return self.door.people([subject]).get(subject)

    def _may(self, interaction: str, resource: Resource, grant: PersonRecord | None) -> bool:
        return self.door.decide(
            grant,
            interaction,
            resource.type,
            labels=resource.labels,
            parties=resource.parties,
            source=resource.source,
        ).allowed

    def _may_open(self, grant: PersonRecord | None) -> bool:
        return people.may_open(self.door, grant)

    def _must_open(self, person_id: str) -> PersonRecord:
        grant = self.person(person_id)
        if grant is None:
            raise self.door.refuse("not there, or not allowed", person=person_id if is_id(person_id) else "")
        return grant

    def _refuse_foreign(
        self, act: str, body: Mapping[str, Any], source: str, subject: str, grant: PersonRecord | None
    ) -> None:
        records = grant.subject_ids if grant else []
        why = write_refusal(
            self.purpose,
            body,
            source=source,
            subject=subject,
            records=records,
            organisation=self.actor.organisation,
        )
        if why:
            raise self.door.refuse(why, act=act, type=body["resourceType"])

    def _stored(self, id: str) -> Resource:
        """What is stored under an id that was taken, when this actor may see it."""
        rows = self.door.rows(f"SELECT {reading.COLUMNS} FROM record.resource r WHERE r.id = %s", [id])
        stored = reading.resource_from_row(rows[0]) if rows else None
        if stored is None or not self._may("read", stored, self._grant_of(stored.subject)):
            raise Refused("not there, or not allowed")
        return stored

    def _saved(
        self,
        body: dict[str, Any],
        version: int,
        subject: str,
        source: str,
        labels: Sequence[str],
        parties: Sequence[str],
        prepared: writing.Prepared,
    ) -> Resource:
        now = datetime.now(UTC)
        return Resource(
            type=body["resourceType"],
            id=body["id"],
            version=version,
            subject=subject,
            source=source,
            labels=tuple(sorted(labels)),
            parties=tuple(sorted(parties)),
            starts=prepared.indexed.starts,
            ends=prepared.indexed.ends,
            updated=now,
            body=reading.with_meta(body, body["id"], version, now),
        )
