"""What stands beside FHIR in the record: drafts, who is in charge, and the log of transitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import Draft, PersonRecord
from .door import Door


class StaleDraft(Exception):
    """Another writer saved this draft since it was read; `current` holds their words, none are lost."""

    def __init__(self, current: Draft) -> None:
        super().__init__("someone else saved first")
        self.current = current


@dataclass(frozen=True)
class InCharge:
    """One stretch of time in which one party was in charge of a person's care; `until` None means now."""

    person_id: str
    holder: str
    deputy: str | None
    accepted_by: str
    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Transition:
    """One change of state of one thing, by whom and why."""

    entity: str
    was: str | None
    now: str
    actor: str
    reason: str
    at: datetime


# -- drafts -----------------------------------------------------------------------------------------------------

_DRAFT = "content, version, saved_by, saved_at"


def save_draft(
    door: Door, grant: PersonRecord, kind: str, key: str, content: Mapping[str, Any], version: int | None
) -> Draft:
    with door.transaction():
        door.open([grant.id])
        rows = door.rows(
            "INSERT INTO record.draft AS d (subject, kind, key, content, saved_by) VALUES (%s, %s, %s, %s::jsonb, %s)"
            " ON CONFLICT (subject, kind, key) DO UPDATE SET content = excluded.content, version = d.version + 1,"
            " saved_by = excluded.saved_by, saved_at = clock_timestamp()"
            f" WHERE %s::integer IS NULL OR d.version = %s RETURNING {_DRAFT}",
            [grant.id, kind, key, json.dumps(content), door.actor.id, version, version],
        )
        if not rows:
            current = draft(door, grant, kind, key)
            assert current is not None
            raise StaleDraft(current)
    return _draft(rows[0])


def draft(door: Door, grant: PersonRecord, kind: str, key: str) -> Draft | None:
    with door.transaction(savepoint=False):
        door.open([grant.id])
        rows = door.rows(
            f"SELECT {_DRAFT} FROM record.draft WHERE subject = %s AND kind = %s AND key = %s",
            [grant.id, kind, key],
        )
    return _draft(rows[0]) if rows else None


def discard_draft(door: Door, grant: PersonRecord, kind: str, key: str) -> None:
    with door.transaction():
        door.open([grant.id])
        door.rows(
            "DELETE FROM record.draft WHERE subject = %s AND kind = %s AND key = %s", [grant.id, kind, key]
        )


def _draft(row: Sequence[Any]) -> Draft:
    content, version, saved_by, saved_at = row
    return Draft(_json(content), version, saved_by, saved_at)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


# -- who is in charge -------------------------------------------------------------------------------------------

_CHARGE = "subject, holder, deputy, accepted_by, reason, lower(valid), upper(valid)"


def in_charge(door: Door, grants: Sequence[PersonRecord]) -> dict[str, InCharge]:
    if not grants:
        return {}
    with door.transaction(savepoint=False):
        door.open(grant.id for grant in grants)
        rows = door.rows(
            f"SELECT {_CHARGE} FROM record.responsibility WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid)",
            [[grant.id for grant in grants]],
        )
    return {str(row[0]): _in_charge(row) for row in rows}


def charge_history(door: Door, grant: PersonRecord) -> list[InCharge]:
    with door.transaction(savepoint=False):
        door.open([grant.id])
        rows = door.rows(
            f"SELECT {_CHARGE} FROM record.responsibility WHERE subject = %s ORDER BY lower(valid)",
            [grant.id],
        )
    return [_in_charge(row) for row in rows]


def put_in_charge(
    door: Door, grant: PersonRecord, *, holder: str, deputy: str | None, accepted_by: str, reason: str
) -> InCharge:
    with door.transaction():
        # One moment ends the old stretch and starts the new one: no gap, no overlap.
        end_charge(door, grant, reason=reason)
        rows = door.rows(
            "INSERT INTO record.responsibility (subject, holder, deputy, accepted_by, reason, valid)"
            f" VALUES (%s, %s, %s, %s, %s, tstzrange(now(), NULL)) RETURNING {_CHARGE}",
            [grant.id, holder, deputy, accepted_by, reason],
        )
        door.audit("put-in-charge", [grant.id], holder=holder)
    return _in_charge(rows[0])


def end_charge(door: Door, grant: PersonRecord, *, reason: str) -> None:
    with door.transaction():
        door.open([grant.id])
        ended = door.rows(
            "UPDATE record.responsibility SET valid = tstzrange(lower(valid), now())"
            " WHERE subject = %s AND upper_inf(valid) RETURNING id",
            [grant.id],
        )
        if ended:
            door.audit("end-charge", [grant.id], reason=reason)


def _in_charge(row: Sequence[Any]) -> InCharge:
    subject, holder, deputy, accepted_by, reason, since, until = row
    return InCharge(str(subject), holder, deputy, accepted_by, reason, since, until)


# -- transitions ------------------------------------------------------------------------------------------------


def transition(door: Door, grant: PersonRecord, entity: str, was: str | None, now: str, reason: str) -> None:
    with door.transaction():
        door.open([grant.id])
        door.rows(
            "INSERT INTO record.transition (subject, entity, from_state, to_state, actor, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [grant.id, entity, was, now, door.actor.id, reason],
        )


def transitions(door: Door, grant: PersonRecord, entity: str) -> list[Transition]:
    with door.transaction(savepoint=False):
        door.open([grant.id])
        rows = door.rows(
            "SELECT entity, from_state, to_state, actor, reason, at FROM record.transition"
            " WHERE subject = %s AND entity = %s ORDER BY id",
            [grant.id, entity],
        )
    return [Transition(str(entity), *rest) for entity, *rest in rows]
