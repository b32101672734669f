"""A search from its parameters to its page: read, looked up, audited, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from .. import reading
from ..actor import Page, SearchError, TextPage
from ..door import Door
from ..indexing.query import Query, SearchProblem
from ..indexing.search import parse_search
from . import looking
from .including import included
from .looking import where_to_look
from .ordering import named, read_cursor, write_cursor
from .presenting import TEXT, entry
from .statement import Search, Statement, Told, needs_people

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Answer:
    """Rows of the columns asked for, and what is told beside them."""

    rows: list[tuple[Any, ...]]
    included: list[tuple[Any, ...]]
    cursor: str | None
    total: int | None


def parsed(type_: str, params: Params, *, lenient: bool = False) -> Query:
    """The query, or SearchError naming the parameter that cannot be understood."""
    query = parse_search(type_, params, lenient=lenient)
    if isinstance(query, SearchProblem):
        raise SearchError(query.parameter, query.reason)
    return query


def search(
    door: Door, type_: str, params: Params, *, count: int, cursor: str | None, lenient: bool = False
) -> Page:
    query = parsed(type_, params, lenient=lenient)
    answer = _run(door, query, _applied(params, query), reading.COLUMNS, count=count, cursor=cursor)
    matches, beside = (
        tuple(reading.resource_from_row(row[:11]) for row in rows) for rows in (answer.rows, answer.included)
    )
    return Page(matches, answer.cursor, answer.total, beside, query.ignored)


def search_text(
    door: Door, type_: str, params: Params, *, count: int, cursor: str | None, lenient: bool = False
) -> TextPage:
    query = parsed(type_, params, lenient=lenient)
    applied = _applied(params, query)
    answer = _run(door, query, applied, TEXT, count=count, cursor=cursor)
    entries = [entry(row, query) for row in answer.rows]
    entries += [entry(row, query, mode="include") for row in answer.included]
    return TextPage(tuple(entries), answer.cursor, answer.total, applied, query.ignored)


def _applied(params: Params, query: Query) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in params if name not in query.ignored)


def _run(
    door: Door, query: Query, params: Params, columns: str, *, count: int, cursor: str | None
) -> _Answer:
    size = query.count if query.count is not None else count
    where = where_to_look(door, query)
    made = Search(query, where.everyone, where.opened)
    bound = named(query.type, params)
    length = len(made.order())
    place = read_cursor(door, bound, cursor, length) if cursor else None
    detail = {"type": query.type, "parameters": sorted({name for name, _ in params})}
    in_one = bool(size) and not query.includes
    with _in_time(query.type), door.transaction(savepoint=False):
        where.enter(door, with_people=needs_people(query))
        rows: list[tuple[Any, ...]] = []
        if size:
            told = Told("search", json.dumps(detail)) if in_one else None
            rows = _rows(door, made.page(columns, size=size, place=place, told=told))
        shown, beside = rows[:size], []
        if shown and query.includes:
            ids = [str(row[1]) for row in shown]
            beside = included(door, query, columns, ids, everyone=where.everyone)
        counts = query.total != "none" or not size
        total = int(_rows(door, made.count())[0][0]) if counts else None
        if not in_one:
            door.audit("search", {str(row[3]) for row in (*shown, *beside)}, **detail)
    after = write_cursor(door, bound, shown[-1][-length:]) if len(rows) > size > 0 else None
    return _Answer(shown, beside, after, total)


@contextmanager
def _in_time(type_: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        if not isinstance(fault.__cause__, QueryCanceled):
            raise
        told = f"took longer than {looking.LONGEST}; name a patient, or ask for something rarer"
        raise SearchError(type_, told) from fault


def _rows(door: Door, statement: Statement) -> list[tuple[Any, ...]]:
    actor = door.actor
    who = {"actor": actor.id, "role": actor.role, "organisation": actor.organisation}
    return door.rows(statement.sql, {**statement.values, **who, "purpose": door.purpose.value})
