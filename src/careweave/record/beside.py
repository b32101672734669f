"""What stands beside FHIR in the record: drafts, and the log of transitions."""

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
