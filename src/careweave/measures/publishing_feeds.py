"""Counts what each source sends, once the warehouse is up to date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa

from careweave.measures.feeds import Feeds, Known, Source, by_month, keep
from careweave.measures.publishing import whole_months_before
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse

MONTHS = 13  # so that a month stands beside itself a year ago
KNOWN = {
    "birth_month": "Birth date",
    "sex": "Sex",
    "practice": "GP practice",
    "deprivation": "Deprivation of the area",
}
Late = tuple[float, float, date]


def publish_feeds(home: Path, lateness: Mapping[str, Late]) -> Feeds:
    """`lateness` by source: days within which half and nine of ten contacts came, and the day of the newest."""
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        months = whole_months_before(warehouse.as_at, MONTHS)
        counts = by_month(warehouse.engine.rows(_monthly(warehouse, months)), months)
        sources = tuple(Source(code, counts[code], *lateness.get(code, (None,) * 3)) for code in counts)
        found = Feeds(warehouse.as_at, tuple(months), sources, _known(warehouse))
    keep(home, found)
    return found


def _monthly(warehouse: Warehouse, months: list[date]) -> ibis.Table:
    event = warehouse.tables.event.filter(warehouse.tables.event.start.notnull())
    rows = event.mutate(month=event.start.date().truncate("M"))
    wanted = ibis.memtable(pa.table({"month": pa.array(months, pa.date32())}))
    kept = rows.semi_join(wanted, "month")
    return kept.group_by("source", "month").agg(count=kept.count())


def _known(warehouse: Warehouse) -> tuple[Known, ...]:
    person = warehouse.tables.person
    alive = person.filter(~person.is_dead)
    counts = warehouse.engine.rows(
        alive.agg(of=alive.count(), **{column: alive[column].count() for column in KNOWN})
    )[0]
    return tuple(Known(words, counts[column], counts["of"]) for column, words in KNOWN.items())
