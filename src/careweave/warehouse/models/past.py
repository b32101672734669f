"""The warehouse as it could have been known on an earlier day: whatever happened later is not there.

Sources say when a thing happened, not when we heard of it, so that a diagnosis entered late counts from its own day. Who
lives where, their practice and their sex are today's: no source sends their past.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis
from ibis.expr.types import Table

from careweave.warehouse.tables import SCHEMAS, Tables

BEGINS = ("start", "requested", "authored", "on")
ENDS = ("ended", "end", "decided")
# What a source says of something as it is now, which may have come later than the day.
LATER = ("is_active", "status", "outcome")


def known_on(tables: Tables, on: date) -> Tables:
    """Every table with what had begun by the day; what ended later has not ended. A table without a day is empty."""
    parts = {name: _begun(getattr(tables, name), on) for name in SCHEMAS if name != "person"}
    return replace(tables, person=_people(tables.person, on), **parts)


def without_sensitive(tables: Tables) -> Tables:
    """What a team may read as a whole: reasons are told to all of them."""
    names = [name for name in SCHEMAS if "is_sensitive" in SCHEMAS[name].names]
    parts = {name: getattr(tables, name) for name in names}
    return replace(
        tables, **{name: rows.filter(~rows.is_sensitive.fill_null(False)) for name, rows in parts.items()}
    )


def _people(person: Table, on: date) -> Table:
    born = person.filter(person.birth_month.isnull() | (person.birth_month <= on))
    died = (born.died <= on).ifelse(born.died, ibis.null("date"))
    is_dead = born.is_dead & (born.died.isnull() | (born.died <= on))
    months = (on.year - born.birth_month.year()) * 12 + on.month - born.birth_month.month()
    return born.mutate(died=died, is_dead=is_dead, age=(months // 12).cast("int16"))


def _begun(rows: Table, on: date) -> Table:
    begins = next((name for name in BEGINS if name in rows.columns), None)
    if begins is None:
        return rows.filter(ibis.literal(False))
    known = rows.filter(rows[begins].cast("date") <= on)
    own = {name: known[name] for name in ENDS if name in known.columns}
    ends = {name: (day.cast("date") <= on).ifelse(day, ibis.null(day.type())) for name, day in own.items()}
    later = {name: ibis.null(known[name].type()) for name in LATER if name in known.columns}
    return known.mutate(**ends, **later)
