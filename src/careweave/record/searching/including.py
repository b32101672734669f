"""What comes with the matches: what they lead to and what leads to them, each decided like a match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from ..actor import SearchError
from ..door import Door
from ..indexing.query import Include, Query
from ..subjects import belongs_to_no_person
from .conditions import Conditions
from .scope import FACTS, NOBODY, Row, Scope, Values

MOST = 1000
ROUNDS = 4  # of :iterate
Rows = list[tuple[Any, ...]]


def included(door: Door, query: Query, columns: str, matches: Sequence[str], *, everyone: bool) -> Rows:
    """`columns` begin with type and id; `matches` are the ids of this page."""
    found: dict[str, tuple[Any, ...]] = {}
    seen, fresh = set(matches), {query.type: list(matches)}
    for number in range(ROUNDS):
        wanted = [each for each in query.includes if each.iterate or number == 0]
        rows = [row for each in wanted for row in _round(door, each, columns, fresh, query.type, everyone)]
        fresh = {}
        for row in rows:
            if str(row[1]) not in seen:
                seen.add(str(row[1]))
                found[str(row[1])] = row
                fresh.setdefault(row[0], []).append(str(row[1]))
        if len(found) > MOST:
            raise SearchError(
                "_include", f"brings more than {MOST} resources; ask for a smaller page by _count"
            )
        if not fresh or not any(each.iterate for each in query.includes):
            break
    return list(found.values())


def _round(
    door: Door, include: Include, columns: str, fresh: dict[str, list[str]], type_: str, everyone: bool
) -> Iterator[tuple[Any, ...]]:
    for start in (include.type,) if not include.reverse else tuple(fresh):
        ids = fresh.get(start, [])
        if ids:
            values = Values()
            make = _leading_here if include.reverse else _led_to
            sql = make(
                include, columns, start, values.add([UUID(id_) for id_ in ids]), values, Scope(everyone)
            )
            if sql:
                facts = {"role": door.actor.role, "purpose": door.purpose.value}
                yield from door.rows(sql, {**values.named, **facts})


def _led_to(include: Include, columns: str, start: str, ids: str, values: Values, scope: Scope) -> str:
    conditions = Conditions(scope, values)
    from_, row = values.beside(start), Row("")
    led = " UNION ".join(
        f"SELECT h.type, h.id, {scope.person(from_)} AS person FROM {scope.rows(from_)}"
        f" CROSS JOIN LATERAL {conditions.references(each, from_)} AS h"
        f" WHERE {from_.name}.id = ANY ({ids}::uuid[]) AND {from_.name}.type = {values.add(start)}"
        for each in include.parameters
    )
    only = f" AND r.type = {values.add(include.target)}" if include.target else ""
    near = f"led.id = r.id AND led.type = r.type AND {scope.person(row)} IN (led.person, {NOBODY})"
    return (
        f"{FACTS}, led AS MATERIALIZED ({led}) SELECT {columns} FROM facts f"
        f" JOIN record.resource r ON r.id = ANY (ARRAY(SELECT led.id FROM led WHERE led.id IS NOT NULL))"
        f" WHERE EXISTS (SELECT 1 FROM led WHERE {near}) AND {scope.allowed(row)}{only}"
        f" ORDER BY r.id LIMIT {MOST + 1}"
    )


def _leading_here(include: Include, columns: str, start: str, ids: str, values: Values, scope: Scope) -> str:
    conditions = Conditions(scope, values)
    (parameter,) = include.parameters
    if (parameter.targets and start not in parameter.targets) or include.target not in ("", start):
        return ""
    to, row = values.beside(start), Row(include.type)
    here = f"FROM {scope.rows(to)} WHERE {to.name}.id = ANY ({ids}::uuid[])"
    where = f"r.type = {values.add(include.type)} AND {scope.allowed(row)}"
    if parameter.names_person and start == "Patient":
        near = f"{scope.person(row)} IN (SELECT {scope.person(to)} {here})"
    else:
        led = f"SELECT 1 FROM {conditions.references(parameter, row)} AS h WHERE h.type = {values.add(start)}"
        if belongs_to_no_person(start):
            near = f"EXISTS ({led} AND h.id = ANY ({ids}::uuid[]))"
        else:
            near = f"EXISTS ({led} AND (h.id, {scope.person(row)}) IN (SELECT {to.name}.id, {scope.person(to)} {here}))"
    return f"{FACTS} SELECT {columns} FROM {scope.rows(row)} WHERE {where} AND {near} ORDER BY r.id LIMIT {MOST + 1}"
