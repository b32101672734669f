"""One actor's way to the database: parties, grants, decisions and audit, shared by every act of the gate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from careweave.configuration import key_bytes

from .actor import OBJECTS, Actor, Member, PersonRecord, Purpose, Refused, objectionable
from .content import PLACE
from .policy import (
    Decision,
    Facts,
    Policy,
    Sharing,
    decide,
    flow_key,
    load_policy,
    load_sharing,
    visible_labels,
)
from .session import EVERYONE, SessionKey

# Labels that nobody who cares for the person sees: missing them tells a reader nothing.
PRIVATE = frozenset({"own-choice", "in-confidence", "intake"})
ANYONE = Purpose.INTAKE, Purpose.CASE_FINDING, Purpose.IDENTITY, Purpose.SYSTEM


@lru_cache(maxsize=1)
def session_key() -> SessionKey:
    return SessionKey(key_bytes(settings.CONFIGURATION, "gate"))


@lru_cache(maxsize=1)
def policy() -> Policy:
    return load_policy()


@lru_cache(maxsize=1)
def sharing() -> Sharing:
    return load_sharing()


@lru_cache(maxsize=256)
def labels_of(role: str, purpose: str) -> frozenset[str]:
    """What a role may ever meet for a purpose: the same for every request, and dear to work out."""
    return visible_labels(policy(), role, purpose)


def _is_objected(held: Iterable[str]) -> bool:
    return any(word.startswith(OBJECTS) for word in held)


class Door:
    """Opens sessions for named subjects, decides, and writes the audit row in the same transaction.

    What it learns about people is kept for as long as the door lives, which is one request or one job.
    """

    def __init__(self, actor: Actor, purpose: Purpose) -> None:
        self.actor = actor
        self.purpose = purpose
        self.policy = policy()
        self.sharing = sharing()
        self.labels = labels_of(actor.role, purpose.value)
        self._grants: dict[str, PersonRecord | None] = {}
        self._parties: list[str] | None = None
        self._agreed: list[str] = []
        self._reach: dict[str, frozenset[str]] | None = None
        self._refusals: list[tuple[str, dict[str, Any]]] = []

    # -- sessions ---------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, *, savepoint: bool = True) -> Iterator[None]:
        """All or nothing, the audit rows included; refusals are written down even when nothing else is.

        Reads need no savepoint inside another transaction: a page that makes several is one transaction, one commit.
        """
        outermost = not connection.in_atomic_block
        try:
            with transaction.atomic(savepoint=savepoint):
                yield
        finally:
            if outermost and self._refusals:
                self._write_refusals()

    def open(self, subjects: Iterable[str]) -> None:
        """Let the rest of this transaction touch these subjects only."""
        self._set(session_key().token(self.actor, self.purpose, labels=self.labels, subjects=list(subjects)))

    def open_everyone(self) -> None:
        """Let the rest of this transaction touch everyone: for system work only."""
        if self.actor.role != "system":
            raise Refused("only system work may touch everyone at once")
        self._set(session_key().token(self.actor, self.purpose, labels=self.labels, subjects=EVERYONE))

    def token_to(self, where: str) -> str:
        """Proof of who asks and where a search may look: `EVERYONE`, `REACH`, or `+` and the ids of people."""
        if where == EVERYONE and self.actor.role != "system":
            raise Refused("only system work may touch everyone at once")
        return session_key().token(self.actor, self.purpose, labels=self.labels, subjects=where)

    def _set(self, token: str) -> None:
        self.rows("SELECT set_config('careweave.session', %s, true)", [token])

    def token(self) -> str:
        """Proof of who asks, for the functions of the door; names no subject."""
        return session_key().token(self.actor, self.purpose, labels=self.labels)

    @property
    def parties(self) -> list[str]:
        """Whom the actor acts as: themself, their teams, their organisations."""
        if self._parties is None:
            parties, agreed = self.rows("SELECT * FROM record.gate_standing(%s)", [self.token()])[0]
            self._parties, self._agreed = list(parties), list(agreed)
        return self._parties

    @property
    def agreed(self) -> list[str]:
        """The sources whose entries may flow to the actor's organisations for this purpose, as flow keys."""
        return self._agreed if self.parties else []

    # -- facts ------------------------------------------------------------------------------------------------

    def people(self, asked: Sequence[str]) -> dict[str, PersonRecord]:
        """The people these ids stand for, with the actor's relationship to each; unknown ids are left out."""
        missing = [id_ for id_ in dict.fromkeys(asked) if id_ not in self._grants]
        if missing:
            self._grants.update(dict.fromkeys(missing))
            self._grants.update(self._fetch(missing))
        return {id_: grant for id_ in asked if (grant := self._grants[id_]) is not None}

    def reach(self) -> dict[str, frozenset[str]]:
        """Every subject of everyone this actor stands in a relationship to, with the kinds; asked once."""
        if self._reach is None:
            rows = self.rows("SELECT subject, kinds FROM record.gate_reach(%s)", [self.token()])
            self._reach = {str(subject): frozenset(kinds) for subject, kinds in rows}
        return self._reach

    def forget(self, *ids: str) -> None:
        """Look again at the next question: something about these people's relationships has changed."""
        self._parties = self._reach = None
        if not ids:
            self._grants.clear()
        for id_ in ids:
            self._grants.pop(id_, None)

    def _fetch(self, ids: Sequence[str]) -> dict[str, PersonRecord]:
        found: dict[str, list[Any]] = {}
        for row in self.rows(
            "SELECT * FROM record.gate_open(%s, %s)", [self.token(), [UUID(i) for i in ids]]
        ):
            found.setdefault(str(row[0]), []).append(row)
        return {
            asked: PersonRecord(
                id=str(rows[0][1] or asked),
                subjects=tuple(
                    Member(str(subject), source, since) for _, _, subject, source, since, _ in rows
                ),
                kinds=frozenset(rows[0][5]),
                held_back=not self.labels >= self.policy.labels - PRIVATE or _is_objected(rows[0][5]),
            )
            for asked, rows in found.items()
        }

    def facts(
        self,
        kinds: Iterable[str],
        interaction: str,
        type_: str,
        labels: Iterable[str],
        *,
        named: bool,
        source: str,
    ) -> Facts:
        held, labels = frozenset(kinds), frozenset(labels)
        return Facts(
            role=self.actor.role,
            purpose=self.purpose.value,
            interaction=interaction,
            kinds=held,
            named=named,
            type=type_,
            labels=labels,
            own_source=f"org:{source}" in self.parties,
            objected=not held.isdisjoint(objectionable(source, labels)),
            agreed=flow_key(self.sharing, type_, source) in self.agreed,
            place_source=source == PLACE,
        )

    def decide(
        self,
        grant: PersonRecord | None,
        interaction: str,
        type_: str,
        *,
        labels: Iterable[str] = (),
        parties: Iterable[str] = (),
        source: str = "careweave",
    ) -> Decision:
        """The rule's answer for one resource, existing or proposed, and one act."""
        facts = self.facts(
            grant.kinds if grant else (),
            interaction,
            type_,
            labels,
            named=not set(parties).isdisjoint(self.parties),
            source=source,
        )
        return decide(self.policy, facts)

    def would(self, facts: Facts) -> bool:
        """The rule's answer for facts that do not hold yet: whether a reason would open anything at all."""
        return decide(self.policy, facts).allowed

    # -- statements and audit ---------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def audit(self, act: str, subjects: Iterable[str], **detail: Any) -> None:
        """One row for the act, naming whose records it showed or changed; a session must be open."""
        self.rows(
            "INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)"
            " VALUES (%s, %s, %s, %s, %s, %s::uuid[], %s::jsonb)",
            [
                self.actor.id,
                self.actor.role,
                self.actor.organisation,
                self.purpose.value,
                act,
                f"{{{','.join(sorted(set(subjects)))}}}",  # an array as text: a list of thousands is quoted one by one
                json.dumps(detail),
            ],
        )

    def refuse(self, why: str, *, act: str = "", **detail: Any) -> Refused:
        """Write the refusal down, in a transaction of its own, and give the exception to raise."""
        self._refusals.append((why, {**detail, "tried": act}))
        if not connection.in_atomic_block:
            self._write_refusals()
        return Refused(why)

    def _write_refusals(self) -> None:
        pending, self._refusals = self._refusals, []
        with transaction.atomic():
            self.open(())
            for why, detail in pending:
                self.audit("refused", (), why=why, **detail)
