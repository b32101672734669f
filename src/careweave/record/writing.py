"""How a save reaches the store: checked, indexed, versioned, projected and put in the outbox, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from .actor import Invalid, Resource
from .content import content_hash
from .door import Door
from .indexing import Indexed, index
from .relations import party_token, relationships
from .validation import validate, write

# A change that tells of something long ago is history: it starts no work today.
NEWS_DAYS = 14


@dataclass(frozen=True)
class Prepared:
    """A body that passed the door, with all the store keeps beside it."""

    body: dict[str, Any]
    text: str
    content: bytes
    indexed: Indexed
    finder: tuple[tuple[str, str], ...]


def prepare(body: dict[str, Any], *, today: date | None = None) -> Prepared:
    """Validate and index one resource; raises Invalid with every problem and its path."""
    issues = validate(body, today=today or datetime.now(UTC).date())
    if issues:
        raise Invalid(issues)
    text = write(body).decode()
    indexed = index(body)
    return Prepared(body, text, content_hash(body), indexed, tuple(indexed.finder))


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


def insert(
    door: Door,
    prepared: Prepared,
    *,
    subject: str,
    source: str,
    labels: Sequence[str],
    parties: Sequence[str],
) -> int:
    """Store a first version; a session for the subject must be open. Returns the version, 0 when the id is taken."""
    rows = door.rows(
        "INSERT INTO record.resource (id, type, subject, source, labels, parties, starts, ends, stamp, content, tokens,"
        " extra, body) VALUES (%s, %s, %s, %s, %s::text[], %s::text[], %s, %s, now(), %s, %s::bigint[], %s::jsonb,"
        " %s::jsonb)"
        " ON CONFLICT (id) DO NOTHING RETURNING version",
        [
            prepared.body["id"],
            prepared.body["resourceType"],
            subject,
            source,
            sorted(labels),
            sorted(parties),
            prepared.indexed.starts,
            prepared.indexed.ends,
            prepared.content,
            tokens_of(prepared.indexed, prepared.body["resourceType"], parties),
            extra_of(prepared.indexed),
            prepared.text,
        ],
    )
    if not rows:
        return 0
    _project(door, prepared, subject=subject, source=source, version=1, parties=parties)
    return 1


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
    rows = door.rows(
        "UPDATE record.resource SET version = version + 1, labels = %s::text[], parties = %s::text[], starts = %s,"
        " ends = %s, stamp = now(), content = %s, tokens = %s::bigint[], extra = %s::jsonb, body = %s::jsonb,"
        " updated = clock_timestamp(), xid = pg_current_xact_id()"
        " WHERE id = %s AND type = %s AND version = %s RETURNING version",
        [
            sorted(labels),
            sorted(parties),
            prepared.indexed.starts,
            prepared.indexed.ends,
            prepared.content,
            tokens_of(prepared.indexed, prepared.body["resourceType"], parties),
            extra_of(prepared.indexed),
            prepared.text,
            current.id,
            current.type,
            version,
        ],
    )
    if not rows:
        return 0
    for table in ("finder", "relationship"):
        door.rows(f"DELETE FROM record.{table} WHERE resource = %s", [current.id])
    _project(
        door, prepared, subject=current.subject, source=current.source, version=rows[0][0], parties=parties
    )
    return int(rows[0][0])


def _project(
    door: Door, prepared: Prepared, *, subject: str, source: str, version: int, parties: Sequence[str]
) -> None:
    id_, type_ = prepared.body["id"], prepared.body["resourceType"]
    if version == 1:  # later the trigger follow_tokens sees to them
        door.rows(
            "INSERT INTO record.token SELECT t, %s::uuid, %s::uuid FROM unnest(%s::bigint[]) AS t",
            [subject, id_, tokens_of(prepared.indexed, type_, parties)],
        )
    if prepared.finder:
        door.rows(
            "INSERT INTO record.finder (resource, subject, kind, value)"
            " SELECT DISTINCT %s::uuid, %s::uuid, k, v FROM unnest(%s::text[], %s::text[]) AS f(k, v)"
            " ON CONFLICT DO NOTHING",
            [id_, subject, [kind for kind, _ in prepared.finder], [value for _, value in prepared.finder]],
        )
    for stated in relationships(prepared.body, source=source):
        door.rows(
            "INSERT INTO record.relationship (resource, subject, party, kind, valid)"
            " VALUES (%s, %s, %s, %s, tstzrange(%s::timestamptz, %s::timestamptz))"
            " ON CONFLICT (resource, party, kind, subject) DO UPDATE"
            " SET valid = range_merge(record.relationship.valid, excluded.valid)",
            [id_, subject, stated.party, stated.kind, stated.from_, stated.until],
        )
    door.rows(
        "INSERT INTO record.outbox (subject, type, resource, version, news) VALUES (%s, %s, %s, %s, %s)",
        [subject, type_, id_, version, is_news(prepared.indexed, None, datetime.now(UTC))],
    )


def lock(door: Door, keys: Iterable[str]) -> None:
    """Hold these names until the transaction ends, so that of many creators of one identifier only one goes first."""
    for key in sorted(set(keys)):
        door.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
