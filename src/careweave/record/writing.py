"""How saves reach the store: checked, indexed, versioned, projected and put in the outbox; many at once, or one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from .actor import Invalid, Resource
from .content import content_hash
from .door import Door
from .fhir import interval
from .indexing import Indexed, index
from .relations import party_token, relationships
from .sensitivity import labelled
from .validation import validate, write

# A change that tells of something long ago is history: it starts no work today.
NEWS_DAYS = 14
_DAY = len("2026-11-22")


@dataclass(frozen=True)
class Prepared:
    """A body that passed the door, with all the store keeps beside it."""

    body: dict[str, Any]
    text: str
    content: bytes
    indexed: Indexed
    finder: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    """One resource on its way to the store; `version` is the one it replaces, 0 for a new one."""

    prepared: Prepared
    subject: str
    source: str
    labels: Sequence[str]
    parties: Sequence[str]
    version: int = 0

    @property
    def id(self) -> str:
        return str(self.prepared.body["id"])

    @property
    def type(self) -> str:
        return str(self.prepared.body["resourceType"])


@dataclass(frozen=True)
class Stored:
    """What the database made of a row."""

    version: int
    updated: datetime


def prepare(body: dict[str, Any], *, today: date | None = None) -> Prepared:
    """Validate and index one resource; raises Invalid with every problem and its path."""
    issues = validate(body, today=today or datetime.now(UTC).date())
    if issues:
        raise Invalid(issues)
    return indexed(body)


def indexed(body: dict[str, Any]) -> Prepared:
    """The same for a body that was validated already."""
    found = index(body)
    return Prepared(body, write(body).decode(), content_hash(body), found, tuple(found.finder))


def tokens_of(indexed: Indexed, type_: str, parties: Sequence[str]) -> list[int]:
    """Every search token of a resource, each once: of its parameters, and of the parties named on it."""
    return list(dict.fromkeys((*indexed.tokens, *(party_token(type_, party) for party in parties))))


def extra_of(indexed: Indexed) -> str | None:
    """What searches by text, by a second date, or in an order look at; None for most resources."""
    extra: dict[str, Any] = {}
    for name, text in indexed.strings:
        extra.setdefault("s", {}).setdefault(name, []).append(text)
    for name, first, last in indexed.dates:
        span = [first.isoformat() if first else None, last.isoformat() if last else None]
        extra.setdefault("d", {}).setdefault(name, []).append(span)
    if indexed.sort_keys:
        extra["k"] = indexed.sort_keys
    return json.dumps(extra, ensure_ascii=False, separators=(",", ":")) if extra else None


def is_news(indexed: Indexed, stamp: datetime | None, now: datetime) -> bool:
    when = indexed.ends or indexed.starts or stamp
    return when is None or (now - when).days <= NEWS_DAYS


# -- the statements ---------------------------------------------------------------------------------------------

# The rows travel as one JSON text: PostgreSQL takes it apart faster than a driver writes arrays of texts.
_ROWS = """
    SELECT u.id, u.type, u.subject, u.source, u.labels, u.parties, u.starts, u.ends, decode(u.content, 'hex') AS content,
           u.tokens, u.extra, u.body, u.version
    FROM jsonb_to_recordset(%s::jsonb) AS u(id uuid, type text, subject uuid, source text, labels text[], parties text[],
        starts timestamptz, ends timestamptz, content text, tokens bigint[], extra jsonb, body jsonb, version int)
"""
_INSERT = f"""
WITH n AS MATERIALIZED ({_ROWS}),
saved AS (
    INSERT INTO record.resource
        (id, type, subject, source, labels, parties, starts, ends, stamp, content, tokens, extra, body)
    SELECT id, type, subject, source, labels, parties, starts, ends, now(), content, tokens, extra, body FROM n
    ON CONFLICT (id) DO NOTHING RETURNING id, version, updated),
found AS (
    INSERT INTO record.token SELECT t, n.subject, n.id FROM n JOIN saved USING (id), unnest(n.tokens) AS t)
SELECT id, version, updated FROM saved
"""
_HOLD = "SELECT FROM record.resource WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE"
_REPLACE = f"""
WITH n AS MATERIALIZED ({_ROWS})
UPDATE record.resource r SET version = r.version + 1, labels = n.labels, parties = n.parties, starts = n.starts,
    ends = n.ends, stamp = now(), content = n.content, tokens = n.tokens, extra = n.extra, body = n.body,
    updated = clock_timestamp(), xid = pg_current_xact_id()
FROM n WHERE r.id = n.id AND r.type = n.type AND r.version = n.version RETURNING r.id, r.version, r.updated
"""
_PROJECT = """
WITH names AS (
    INSERT INTO record.finder (resource, subject, kind, value)
    SELECT DISTINCT f.id, f.subject, f.kind, f.value
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS f(id, subject, kind, value) ON CONFLICT DO NOTHING),
stated AS (
    INSERT INTO record.relationship (resource, subject, party, kind, valid)
    SELECT s.id, s.subject, s.party, s.kind, range_merge(range_agg(tstzrange(s.since, s.until)))
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
         AS s(id, subject, party, kind, since, until) GROUP BY 1, 2, 3, 4)
INSERT INTO record.outbox (subject, type, resource, version, news)
SELECT o.subject, o.type, o.id, o.version, o.news
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::int[], %s::boolean[]) AS o(subject, type, id, version, news)
"""


def insert_all(door: Door, rows: Sequence[Row]) -> dict[str, Stored]:
    """Store first versions; a session for the subjects must be open. An id that was taken is missing in the answer."""
    if not rows:
        return {}
    stored = _stored(door.rows(_INSERT, _parameters(_in_order(rows))))
    _project(door, [row for row in rows if row.id in stored], stored)
    return stored


def replace_all(door: Door, rows: Sequence[Row]) -> dict[str, Stored]:
    """Store next versions; one whose `version` is no longer the stored one is missing in the answer."""
    if not rows:
        return {}
    if len(rows) > 1:
        door.rows(_HOLD, [[row.id for row in _in_order(rows)]])
    stored = _stored(door.rows(_REPLACE, _parameters(rows)))
    replaced = [UUID(id_) for id_ in stored]
    for table in ("finder", "relationship"):
        door.rows(f"DELETE FROM record.{table} WHERE resource = ANY (%s)", [replaced])
    _project(door, [row for row in rows if row.id in stored], stored)
    return stored


def insert(
    door: Door,
    prepared: Prepared,
    *,
    subject: str,
    source: str,
    labels: Sequence[str],
    parties: Sequence[str],
) -> int:
    """Store one first version. Returns the version, 0 when the id is taken."""
    stored = insert_all(door, [Row(prepared, subject, source, labels, parties)])
    return next((each.version for each in stored.values()), 0)


def replace(
    door: Door,
    prepared: Prepared,
    *,
    current: Resource,
    labels: Sequence[str],
    parties: Sequence[str],
    version: int,
) -> int:
    """Store the next version if `version` is still the stored one; 0 when someone else saved first."""
    stored = replace_all(door, [Row(prepared, current.subject, current.source, labels, parties, version)])
    return next((each.version for each in stored.values()), 0)


def _stored(rows: Iterable[tuple[Any, ...]]) -> dict[str, Stored]:
    return {str(id_): Stored(version, updated) for id_, version, updated in rows}


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Whoever writes several takes them in one order, so that two who write the same do not wait for each other."""
    return sorted(rows, key=lambda row: row.id)


def _parameters(rows: Sequence[Row]) -> list[str]:
    return [orjson.dumps([_parameter(row) for row in rows]).decode()]


def _parameter(row: Row) -> dict[str, Any]:
    extra = extra_of(row.prepared.indexed)
    return {
        "id": row.id,
        "type": row.type,
        "subject": row.subject,
        "source": row.source,
        "labels": labelled(row.prepared.body, row.source, row.labels),
        "parties": sorted(row.parties),
        "starts": row.prepared.indexed.starts,
        "ends": row.prepared.indexed.ends,
        "content": row.prepared.content.hex(),
        "tokens": tokens_of(row.prepared.indexed, row.type, row.parties),
        "extra": orjson.Fragment(extra) if extra else None,
        "body": orjson.Fragment(row.prepared.text),
        "version": row.version,
    }


def _project(door: Door, rows: Sequence[Row], stored: dict[str, Stored]) -> None:
    """What a body says beside itself: what a person is found by, who stands how to them, and that it changed."""
    if not rows:
        return
    now = datetime.now(UTC)
    found = [(row.id, row.subject, kind, value) for row in rows for kind, value in row.prepared.finder]
    stated = [
        (row.id, row.subject, each.party, each.kind, _first(each.from_), _last(each.until))
        for row in rows
        for each in relationships(row.prepared.body, source=row.source)
    ]
    told = [
        (row.subject, row.type, row.id, stored[row.id].version, is_news(row.prepared.indexed, None, now))
        for row in rows
    ]
    columns = [*_columns(found, 4), *_columns(stated, 6), *_columns(told, 5)]
    door.rows(_PROJECT, columns)


def _first(text: str | None) -> datetime | None:
    found = interval(text)
    return found.start if found else None


def _last(text: str | None) -> datetime | None:
    """A whole day ends when it is over; a moment is that moment, so that whoever is taken off loses sight at once."""
    found = interval(text)
    return (found.start if len(str(text)) > _DAY else found.end) if found else None


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(width)]


def lock(door: Door, keys: Iterable[str]) -> None:
    """Hold these names until the transaction ends, so that of many creators of one identifier only one goes first."""
    for key in sorted(set(keys)):
        door.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
