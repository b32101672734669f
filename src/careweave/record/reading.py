"""How stored rows become resources, and the statements that read them; used by the gate only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from .actor import Resource

COLUMNS = "r.type, r.id, r.version, r.subject, r.source, r.labels, r.parties, r.starts, r.ends, r.updated, r.body::text"

# The actor's facts for each subject travel with the statement, so the compiled rule decides row by row.
GRANTED = """
WITH granted AS MATERIALIZED (
    SELECT g.subject, string_to_array(g.kinds, ',') AS kinds
    FROM unnest(%(subjects)s::uuid[], %(kinds)s::text[]) AS g(subject, kinds))
"""
ALLOWED = """record.policy_allows(%(role)s::text, %(purpose)s::text, 'read', g.kinds, r.parties && %(mine)s::text[],
    r.type, r.labels, ('org:' || r.source) = ANY (%(mine)s::text[]))"""


def resource_from_row(row: Sequence[Any]) -> Resource:
    (type_, id_, version, subject, source, labels, parties, starts, ends, updated, body) = row
    return Resource(
        type_,
        str(id_),
        version,
        str(subject),
        source,
        tuple(labels),
        tuple(parties),
        starts,
        ends,
        updated,
        with_meta(orjson.loads(body), str(id_), version, updated),
    )


def with_meta(body: dict[str, Any], id_: str, version: int, updated: datetime) -> dict[str, Any]:
    """The body as a FHIR client expects it: its id, version and time of this version (meta.versionId, lastUpdated)."""
    meta = {**body.get("meta", {}), "versionId": str(version), "lastUpdated": updated.isoformat()}
    whole: dict[str, Any] = {"resourceType": None, "id": None, "meta": None}  # these stand first
    whole.update(body)
    whole["id"], whole["meta"] = id_, meta
    return whole


def as_uuids(ids: Iterable[str]) -> list[UUID]:
    return [UUID(id_) for id_ in ids]


def about_statement(*, since: bool, until: bool, sources: bool, limit: bool) -> str:
    """Everything of some types about the granted subjects, newest first."""
    where = ["r.type = ANY (%(types)s::text[])", ALLOWED]
    if since:
        where.append("coalesce(r.ends, r.starts, r.updated) >= %(since)s")
    if until:
        where.append("coalesce(r.starts, r.updated) < %(until)s")
    if sources:
        where.append("r.source = ANY (%(sources)s::text[])")
    tail = "ORDER BY r.starts DESC NULLS LAST, r.id" + (" LIMIT %(limit)s" if limit else "")
    return (
        f"{GRANTED} SELECT {COLUMNS} FROM granted g JOIN record.resource r ON r.subject = g.subject "
        f"WHERE {' AND '.join(where)} {tail}"
    )
