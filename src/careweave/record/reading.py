"""How stored rows become resources, and the statements that read them; used by the gate only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from .actor import OBJECTS, Resource, TextResource
from .door import Door
from .ids import is_id

COLUMNS = "r.type, r.id, r.version, r.subject, r.source, r.labels, r.parties, r.starts, r.ends, r.updated, r.body::text"

# The actor's facts travel with the statement as one map from subject to relationships, looked up row by row. Joined
# as a table they tempt the planner, which expects one row, into comparing every row with every subject.
HELD = "coalesce(string_to_array(%(held)s::jsonb ->> r.subject::text, ','), '{}')"
NOTHING_HELD = "'{}'::text[]"
# What a person holds against a reader travels among the relationships; most readers meet no objection at all.
OBJECTED = (
    f"(position('{OBJECTS}' IN %(held)s::text) > 0 AND {HELD} && record.objectionable(r.source, r.labels))"
)
ALLOWED = f"""record.policy_allows(%(role)s::text, %(purpose)s::text, 'read', {HELD}, r.parties && %(mine)s::text[],
    r.type, r.labels, ('org:' || r.source) = ANY (%(mine)s::text[]), {OBJECTED},
    record.flow_key(r.type, r.source) = ANY (%(agreed)s::text[]), r.source = 'careweave')"""

_ONE_TEXT = (
    "SELECT version, updated, record.with_meta(body, version, updated) FROM record.gate_read(%s, %s, %s)"
)


def held(kinds: Mapping[str, Iterable[str]]) -> str:
    """The relationships of each subject as the statements take them."""
    return orjson.dumps({subject: ",".join(sorted(each)) for subject, each in kinds.items()}).decode()


def one(door: Door, type_: str, id_: str) -> Resource | None:
    """One statement is one transaction: the decision, the body and the audit row stand or fall together."""
    if not is_id(id_):
        return None
    rows = door.rows("SELECT * FROM record.gate_read(%s, %s, %s)", [door.token(), type_, id_])
    if not rows:
        return None
    version, subject, source, labels, parties, starts, ends, updated, body = rows[0]
    return resource_from_row(
        (type_, id_, version, subject, source, labels, parties, starts, ends, updated, body)
    )


def one_text(door: Door, type_: str, id_: str) -> TextResource | None:
    rows = door.rows(_ONE_TEXT, [door.token(), type_, id_]) if is_id(id_) else []
    return TextResource(*rows[0]) if rows else None


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


def about_statement(*, since: bool, until: bool, sources: bool, limit: bool) -> str:
    """Everything of some types about the granted subjects, newest first."""
    where = ["r.subject = ANY (%(subjects)s::uuid[])", "r.type = ANY (%(types)s::text[])", ALLOWED]
    if since:
        where.append("coalesce(r.ends, r.starts, r.updated) >= %(since)s")
    if until:
        where.append("coalesce(r.starts, r.updated) < %(until)s")
    if sources:
        where.append("r.source = ANY (%(sources)s::text[])")
    tail = "ORDER BY r.starts DESC NULLS LAST, r.id" + (" LIMIT %(limit)s" if limit else "")
    return f"SELECT {COLUMNS} FROM record.resource r WHERE {' AND '.join(where)} {tail}"
