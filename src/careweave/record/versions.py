"""Versions of one resource or of a type, newest first, as text: each is decided by the rules as it was then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from . import reading, searching
from .actor import Resource
from .door import Door
from .ids import DIRECTORY, is_id

_AS_TEXT = "r.id, r.version, r.updated, record.with_meta(r.body, r.version, r.updated)"


@dataclass(frozen=True)
class TextVersion:
    """One version as JSON text, with its meta."""

    id: str
    version: int
    updated: datetime
    text: str


@dataclass(frozen=True)
class After:
    """Where the last page ended."""

    updated: datetime
    id: str
    version: int


def past(door: Door, current: Resource) -> list[Resource]:
    """The superseded versions of a resource that was just read."""
    with door.transaction(savepoint=False):
        rows = door.rows(
            f"SELECT {reading.COLUMNS} FROM record.resource_version r WHERE r.id = %(id)s AND {reading.ALLOWED}"
            " ORDER BY r.version DESC",
            {**_opened(door, [current.subject]), "id": UUID(current.id)},
        )
        door.audit("history", [current.subject], type=current.type, id=current.id)
    return [reading.resource_from_row(row) for row in rows]


def of_instance(door: Door, type_: str, id_: str, *, version: int | None = None) -> list[TextVersion]:
    """Every version this actor may see; empty when the resource is absent or, as it is now, not for them."""
    if not is_id(id_):
        return []
    rows = door.rows(
        "SELECT version, subject, updated, record.with_meta(body, version, updated)"
        " FROM record.gate_read(%s, %s, %s)",
        [door.token(), type_, id_],
    )
    if not rows:
        return []
    number, subject, updated, text = rows[0]
    current = TextVersion(id_, number, updated, text)
    if version == number:
        return [current]
    with door.transaction(savepoint=False):
        rows = door.rows(
            f"SELECT {_AS_TEXT} FROM record.resource_version r WHERE r.id = %(id)s AND {reading.ALLOWED}"
            " AND (%(version)s::integer IS NULL OR r.version = %(version)s)"
            " ORDER BY r.version DESC",
            {**_opened(door, [str(subject)]), "id": UUID(id_), "version": version},
        )
        door.audit("history", [str(subject)], type=type_, id=id_)
    found = [TextVersion(str(row[0]), *row[1:]) for row in rows]
    return found if version is not None else [current, *found]


def of_type(
    door: Door, type_: str, *, count: int, since: datetime | None = None, after: After | None = None
) -> list[TextVersion]:
    """Versions of everything of a type about the people this actor stands in relation to: at most `count`."""
    with door.transaction(savepoint=False):
        values = {
            **_opened(door, None),
            "type": type_,
            "since": since,
            "count": count,
            "after": after.updated if after else None,
            "after_id": UUID(after.id) if after else None,
            "after_version": after.version if after else None,
        }
        rows = door.rows(_OF_TYPE, values)
        door.audit("history", {str(row[4]) for row in rows} - {DIRECTORY}, type=type_)
    return [TextVersion(str(id_), version, updated, text) for id_, version, updated, text, _ in rows]


def _opened(door: Door, subjects: Sequence[str] | None) -> dict[str, Any]:
    """Opens the session for these subjects, None for all that the actor reaches; the facts that the rules look at."""
    if subjects is None:
        held = {DIRECTORY: frozenset(), **door.reach()}
    else:
        kinds = {subject: grant.kinds for subject, grant in door.people(list(subjects)).items()}
        held = {**dict.fromkeys(subjects, frozenset()), **kinds}
    door.open(held)
    return searching.given(door, held)


# Superseded versions lie under their id, so the subject's present rows lead to them.
_PAGE = f"""
    AND {reading.ALLOWED} AND (%(since)s::timestamptz IS NULL OR r.updated >= %(since)s)
    AND (%(after)s::timestamptz IS NULL
         OR (r.updated, r.id, r.version) < (%(after)s, %(after_id)s::uuid, %(after_version)s::integer))
    ORDER BY r.updated DESC, r.id DESC, r.version DESC LIMIT %(count)s"""
_OF_TYPE = f"""
SELECT * FROM (
    (SELECT {_AS_TEXT}, r.subject FROM record.resource r
     WHERE r.type = %(type)s AND r.subject = ANY (%(subjects)s::uuid[]) {_PAGE})
    UNION ALL
    (SELECT {_AS_TEXT}, r.subject FROM record.resource n JOIN record.resource_version r ON r.id = n.id
     WHERE n.type = %(type)s AND n.version > 1 AND n.subject = ANY (%(subjects)s::uuid[]) {_PAGE})
) AS v(id, version, updated, text, subject) ORDER BY updated DESC, id DESC, version DESC LIMIT %(count)s"""
