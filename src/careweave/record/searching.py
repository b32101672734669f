"""FHIR search through the gate: a query becomes one statement over what this actor may see, in pages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from . import reading
from .actor import Page, Resource, SearchError, TextEntry, TextPage
from .door import Door
from .ids import is_id
from .indexing.parameters import parameters_of
from .indexing.query import (
    CONDITIONS,
    Changed,
    Clause,
    During,
    Exactly,
    Ids,
    Missing,
    Query,
    SearchProblem,
    Sort,
    Text,
)
from .indexing.search import parse_search
from .indexing.values import parts_of

_OF_PERSON = {"patient", "subject"}
_SORTED = {"_id": "r.id::text", "_lastUpdated": "r.updated", "starts": "r.starts"}
_ZERO = {"r.starts": "'-infinity'::timestamptz", "r.updated": "'-infinity'::timestamptz"}


def parsed(type_: str, params: Sequence[tuple[str, str]]) -> Query:
    """The query, or SearchError naming the parameter that cannot be understood."""
    query = parse_search(type_, params)
    if isinstance(query, SearchProblem):
        raise SearchError(query.parameter, query.reason)
    if len(query.sort) > 1:
        raise SearchError("_sort", "sort by one key")
    return query


def search(
    door: Door,
    type_: str,
    params: Sequence[tuple[str, str]],
    *,
    count: int,
    cursor: str | None,
    lenient: bool = False,
) -> Page:
    params, ignored = _understood(type_, params) if lenient else (params, ())
    query = parsed(type_, params)
    size = query.count if query.count is not None else count
    reach = reach_of(door, query)
    with door.transaction(savepoint=False):
        if reach.everyone:
            door.open_everyone()
        elif reach.subjects:
            door.open(reach.subjects)
        else:
            door.open(())
        statement = compiled(query, everyone=reach.everyone, size=size + 1, after=_read_cursor(query, cursor))
        rows = door.rows(statement.sql, {**statement.values, **facts_of(door, reach)})
        resources = [reading.resource_from_row(row[:-1]) for row in rows[:size]]
        door.audit(
            "search", {r.subject for r in resources}, type=type_, parameters=sorted({n for n, _ in params})
        )
    more = len(rows) > size and size > 0
    after = _write_cursor(rows[size - 1][-1], resources[-1].id) if more else None
    return Page(tuple(resources), after, ignored=ignored)


def _understood(
    type_: str, params: Sequence[tuple[str, str]]
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    known = {*parameters_of(type_), "_id", "_lastUpdated", "_sort", "_count"}
    kept = [(name, value) for name, value in params if name.partition(":")[0] in known]
    return kept, tuple(name for name, _ in params if name.partition(":")[0] not in known)


def search_text(
    door: Door,
    type_: str,
    params: Sequence[tuple[str, str]],
    *,
    count: int,
    cursor: str | None,
    lenient: bool = False,
) -> TextPage:
    page = search(door, type_, params, count=count, cursor=cursor, lenient=lenient)
    entries = tuple(_as_text(each) for each in page.resources)
    applied = tuple(pair for pair in params if pair[0] not in page.ignored)
    return TextPage(entries, page.cursor, applied=applied, ignored=page.ignored)


def _as_text(one: Resource) -> TextEntry:
    return TextEntry(one.type, one.id, one.version, one.updated, "match", orjson.dumps(one.body).decode())


def everything(
    door: Door,
    id_: str,
    *,
    since: datetime | None,
    types: Sequence[str] | None,
    count: int | None,
    cursor: str | None,
) -> TextPage | None:
    """All that the actor may see about the person, by type and id, the person first."""
    grant = door.people([id_]).get(id_) if is_id(id_) else None
    if grant is None:
        return None
    values = {
        "types": list(types) if types else None,
        "since": since,
        "after": cursor,
        "size": count + 1 if count is not None else None,
        **facts_of(door, Reach(subjects=dict.fromkeys(grant.subject_ids, grant.kinds))),
    }
    with door.transaction(savepoint=False):
        door.open(grant.subject_ids)
        rows = door.rows(
            f"SELECT {reading.COLUMNS} FROM record.resource r"
            f" WHERE r.subject = ANY (%(subjects)s::uuid[]) AND {reading.ALLOWED}"
            " AND (%(types)s::text[] IS NULL OR r.type = ANY (%(types)s::text[]))"
            " AND (%(since)s::timestamptz IS NULL OR r.updated >= %(since)s)"
            " AND (%(after)s::uuid IS NULL OR r.id > %(after)s::uuid) ORDER BY r.id LIMIT %(size)s",
            values,
        )
        found = [reading.resource_from_row(row) for row in (rows if count is None else rows[:count])]
        door.audit("everything", {one.subject for one in found}, person=grant.id)
    if not found and cursor is None and since is None:
        return None
    more = count is not None and len(rows) > count > 0
    return TextPage(tuple(map(_as_text, found)), found[-1].id if more else None)


# -- where to look ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """The subjects a search may look at, each with the actor's relationships to the person."""

    everyone: bool = False
    subjects: dict[str, frozenset[str]] = field(default_factory=dict)


def reach_of(door: Door, query: Query) -> Reach:
    if door.actor.role == "system":
        return Reach(everyone=True)
    named = _named_people(query)
    if named is not None:
        grants = door.people([id_ for id_ in named if is_id(id_)])
        return Reach(subjects={s: grant.kinds for grant in grants.values() for s in grant.subject_ids})
    return Reach(subjects=door.reach())


def _named_people(query: Query) -> list[str] | None:
    """The people a search names by `patient` or `subject`, which narrows where it looks; None when it names none."""
    for clause in query.clauses:
        if isinstance(clause, Exactly) and clause.parameter.name in _OF_PERSON and not clause.negated:
            return [value.removeprefix("Patient/") for _, value in clause.wanted]
        if isinstance(clause, Ids) and query.type == "Patient":
            return list(clause.any_of)
    return None


def facts_of(door: Door, reach: Reach) -> dict[str, Any]:
    return {
        "subjects": [UUID(subject) for subject in reach.subjects],
        "held": reading.held(reach.subjects),
        "role": door.actor.role,
        "purpose": door.purpose.value,
        "mine": door.parties,
        "agreed": door.agreed,
    }


# -- the statement ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """One prepared search: its SQL and the values of its named parameters."""

    sql: str
    values: dict[str, Any]


def compiled(
    query: Query,
    *,
    everyone: bool,
    size: int,
    after: list[Any] | None = None,
    columns: str = reading.COLUMNS,
) -> Statement:
    """The search as SQL. The first exact value drives it through the token index, otherwise the subject's rows do."""
    values: dict[str, Any] = {"type": query.type, "size": size}
    clauses = list(query.clauses)
    where = [
        "r.type = %(type)s",
        reading.ALLOWED.replace(reading.HELD, reading.NOTHING_HELD) if everyone else reading.ALLOWED,
    ]
    source = _source(clauses, where, values, everyone=everyone)
    for number, clause in enumerate(clauses):
        where.append(_condition(clause, f"c{number}", values))
    key, direction = _order(query.sort)
    if after is not None:
        values["after_key"], values["after_id"] = after
        compare = "<" if direction == "DESC" else ">"
        cast = "timestamptz" if key.startswith("coalesce(r.") and "timestamptz" in key else "text"
        where.append(f"({key}, r.id::text) {compare} (%(after_key)s::{cast}, %(after_id)s::text)")
    sql = (
        f"SELECT {columns}, ({key})::text FROM {source}"
        f" WHERE {' AND '.join(where)} ORDER BY {key} {direction}, r.id::text {direction} LIMIT %(size)s"
    )
    return Statement(sql, values)


def _source(clauses: list[Clause], where: list[str], values: dict[str, Any], *, everyone: bool) -> str:
    driver = next(
        (c for c in clauses if isinstance(c, Exactly) and not c.negated and not _is_person(c)), None
    )
    mine = "" if everyone else "{}.subject = ANY (%(subjects)s::uuid[])"
    if driver is None:
        if not everyone:
            where.append(mine.format("r"))
        return "record.resource r"
    clauses.remove(driver)
    values["driver"] = list(driver.tokens)
    within = "" if everyone else f" AND {mine.format('t')}"
    hits = "SELECT DISTINCT t.id FROM record.token t WHERE t.token = ANY (%(driver)s::bigint[])"
    return f"({hits}{within}) AS d JOIN record.resource r ON r.id = d.id"


def _is_person(clause: Exactly) -> bool:
    # Asking for a person means all their joined records, which the granted subjects already are.
    return clause.parameter.name in _OF_PERSON


def _condition(clause: Clause, name: str, values: dict[str, Any]) -> str:
    match clause:
        case Exactly():
            if _is_person(clause) and not clause.negated:
                return "true"
            values[name] = list(clause.tokens)
            return f"{'NOT ' if clause.negated else ''}(r.tokens && %({name})s::bigint[])"
        case Ids():
            values[name] = [UUID(id_) for id_ in clause.any_of if is_id(id_)]
            return f"r.id = ANY (%({name})s::uuid[])"
        case Changed():
            return _any_date(clause.any_of, "r.updated", "r.updated", name, values)
        case During():
            return _during(clause, name, values)
        case Text():
            return _text(clause, name, values)
        case Missing():
            return _missing(clause, name, values)


def _any_date(
    any_of: Sequence[tuple[str, Any]], first: str, last: str, name: str, values: dict[str, Any]
) -> str:
    parts = []
    for number, (prefix, when) in enumerate(any_of):
        start, end = f"{name}s{number}", f"{name}e{number}"
        values[start], values[end] = when.start, when.end
        condition = CONDITIONS[prefix].format(first=first, last=last)
        parts.append(
            condition.replace(":s", f"%({start})s::timestamptz").replace(":e", f"%({end})s::timestamptz")
        )
    return f"({' OR '.join(parts)})"


def _during(clause: During, name: str, values: dict[str, Any]) -> str:
    if clause.parameter.primary:
        return _any_date(clause.any_of, "r.starts", "r.ends", name, values)
    values[f"{name}p"] = clause.parameter.stored_as
    inner = _any_date(clause.any_of, "(d ->> 0)::timestamptz", "(d ->> 1)::timestamptz", name, values)
    return f"EXISTS (SELECT 1 FROM jsonb_array_elements(r.extra -> 'd' -> %({name}p)s) AS d WHERE {inner})"


def _text(clause: Text, name: str, values: dict[str, Any]) -> str:
    values[f"{name}p"] = clause.parameter.stored_as
    if clause.how == "exact":
        values[name] = list(clause.any_of)
        values_of = " || ".join(
            f"jsonb_path_query_array(r.body, '{_json_path((*path, *part))}[*]')"
            for path, value_type in clause.parameter.paths
            for part in (*((each,) for each in parts_of(value_type)),) or ((),)
        )
        return f"({values_of}) ?| %({name})s::text[]"
    pattern = "{}%" if clause.how == "starts" else "%{}%"
    values[name] = [pattern.format(_escaped(text)) for text in clause.any_of]
    return (
        f"EXISTS (SELECT 1 FROM jsonb_array_elements_text(r.extra -> 's' -> %({name}p)s) AS s"
        f" WHERE s LIKE ANY (%({name})s::text[]))"
    )


def _json_path(path: Sequence[str]) -> str:
    return "$." + ".".join(f'"{step}"' for step in path)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _missing(clause: Missing, name: str, values: dict[str, Any]) -> str:
    if not clause.paths:
        there = "(r.starts IS NOT NULL OR r.ends IS NOT NULL)"
    else:
        for number, path in enumerate(clause.paths):
            values[f"{name}_{number}"] = path
        there = (
            "("
            + " OR ".join(
                f"jsonb_path_exists(r.body, %({name}_{number})s::jsonpath)"
                for number in range(len(clause.paths))
            )
            + ")"
        )
    return f"NOT {there}" if clause.missing else there


def _order(sort: Sequence[Sort]) -> tuple[str, str]:
    if not sort:
        return "r.id::text", "ASC"
    key = sort[0].key
    column = _SORTED.get(key, f"r.extra -> 'k' ->> '{key}'")
    return f"coalesce({column}, {_ZERO.get(column, chr(39) * 2)})", "DESC" if sort[0].descending else "ASC"


# -- cursors ----------------------------------------------------------------------------------------------------


def _write_cursor(key: str, id_: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([key, id_]).encode()).decode().rstrip("=")


def _read_cursor(query: Query, cursor: str | None) -> list[Any] | None:
    if cursor is None:
        return None
    try:
        key, id_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, str) or not is_id(id_):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise SearchError(
            "cursor", "this is not a cursor that was given out here; start the search again"
        ) from None
    return [key, id_]
