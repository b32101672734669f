"""Everything about a person (https://hl7.org/fhir/R4/patient-operation-everything.html): one statement, one order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..actor import TextPage
from ..door import Door
from ..ids import is_id
from .looking import Where, people
from .ordering import read_cursor, write_cursor
from .presenting import TEXT, entry
from .scope import FACTS, NOBODY, Row, Scope

# The person comes first, then type by type; what the record was told first comes first.
_FIRST = "CASE r.type WHEN 'Patient' THEN '' ELSE r.type END"


def everything(
    door: Door,
    id_: str,
    *,
    since: datetime | None,
    types: Sequence[str] | None,
    count: int | None,
    cursor: str | None,
) -> TextPage | None:
    """None when there is nobody by this id whose name or record this actor may see: the two are not told apart."""
    if not is_id(id_):
        return None
    bound = ["$everything", id_, str(since), *sorted(types or ())]
    place = read_cursor(door, bound, cursor, 2) if cursor else None
    sql, values = _statement(since, types, count, place)
    with door.transaction(savepoint=False):
        Where(people([id_])).enter(door, with_people=False)
        rows = door.rows(sql, {**values, "role": door.actor.role, "purpose": door.purpose.value})
        shown = rows if count is None else rows[:count]
        door.audit("everything", {row[3] for row in shown}, person=id_)
    if not shown and not cursor:
        return None
    more = count is not None and len(rows) > count > 0
    after = write_cursor(door, bound, shown[-1][-2:]) if more else None
    return TextPage(tuple(entry(row) for row in shown), after)


def _statement(
    since: datetime | None, types: Sequence[str] | None, count: int | None, place: list[str] | None
) -> tuple[str, dict[str, Any]]:
    scope, row = Scope(everyone=False), Row("")
    values: dict[str, Any] = {}
    where = [scope.allowed(row), f"r.subject <> {NOBODY}"]
    if types is not None:
        where.append("r.type = ANY (%(types)s::text[])")
        values["types"] = list(types)
    if since is not None:
        where.append("r.updated >= %(since)s::timestamptz")
        values["since"] = since
    if place is not None:
        where.append(f"({_FIRST}, r.id) > (%(type)s::text, %(id)s::uuid)")
        values["type"], values["id"] = place
    limit = ""
    if count is not None:
        limit, values["size"] = " LIMIT %(size)s", count + 1
    sql = (
        f"{FACTS} SELECT {TEXT}, {_FIRST}, r.id::text FROM {scope.rows(row)}"
        f" WHERE {' AND '.join(where)} ORDER BY {_FIRST}, r.id{limit}"
    )
    return sql, values
