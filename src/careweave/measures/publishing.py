"""Counts indicators over the warehouse and publishes their results; the only part of `measures` that opens an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from ibis.expr.types import Table

from careweave.definitions import all_definitions
from careweave.measures.indicators import Result, not_computable, result
from careweave.measures.published import Published, keep
from careweave.measures.series import with_series
from careweave.warehouse.expressions.indicator import counted, itemised, stays
from careweave.warehouse.indicators import SITE, Indicator, load_indicator, ways_to_group
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse

MONTHS = 24


def months_between(first: date, last: date) -> list[date]:
    """First days of the months from that of one day to that of another, both included."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, end + 1)]


def whole_months_before(day: date, count: int = MONTHS) -> list[date]:
    """The last months that were over on a day."""
    number = day.year * 12 + day.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(number - count, number)]


def measure(
    warehouse: Warehouse,
    indicator: Indicator,
    months: Sequence[date],
    by: str = "",
    *,
    items: Table | None = None,
) -> Result:
    """One indicator over these months, which follow each other without a gap."""
    if why := why_not(warehouse, indicator):
        return not_computable(indicator, why, asked=months, by=by, as_at=warehouse.as_at)
    made = counted(warehouse.tables, indicator, list(months), by, items=items, as_at=warehouse.as_at)
    rows = warehouse.engine.rows(made.months)
    repeats = warehouse.engine.rows(made.repeats) if made.repeats is not None else None
    found = result(indicator, rows, repeats, asked=months, by=by, as_at=warehouse.as_at)
    if by != SITE:
        return found
    return with_series(found, measure(warehouse, indicator, months, items=items), indicator, rows)


def why_not(warehouse: Warehouse, indicator: Indicator) -> str:
    """Why it is not computable here: nobody sends what it needs. Empty when it is."""
    for need in indicator.needs:
        rows = getattr(warehouse.tables, need.table)
        column = rows[need.column]
        told = rows.filter(column.isin(need.among) if need.among else column.notnull()).limit(1)
        if not warehouse.engine.rows(told.select(need.column)):
            return need.why
    return ""


def publish(home: Path, on: date, received: Mapping[str, date] = MappingProxyType({})) -> list[Published]:
    """Every indicator that holds on a day, over the last two years, by each way to group.

    `received`: the day of each source's last file, for whatever changes what was published before.
    """
    ids = sorted({each.id for each in all_definitions("measures") if each.holds_on(on)})
    found = []
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        journeys = warehouse.engine.hold("journeys", stays(warehouse.tables.event))
        for id in ids:
            spans = versions_of(id, whole_months_before(warehouse.as_at), on)
            *earlier, last = [_counted(warehouse, *span, journeys) for span in spans]
            found.append(replace(last, earlier=tuple(earlier)))
            keep(home, found[-1], received)
    return found


def versions_of(id: str, months: Sequence[date], on: date) -> list[tuple[Indicator, list[date]]]:
    """Each definition with the months in which it held, oldest first; months before the first are the first one's."""
    begun = min(each.valid_from for each in all_definitions("measures") if each.id == id)
    found: list[tuple[Indicator, list[date]]] = []
    for month in months:
        indicator = load_indicator(id, min(max(month, begun), on))
        if found and found[-1][0].version == indicator.version:
            found[-1][1].append(month)
        else:
            found.append((indicator, [month]))
    return found


def _counted(
    warehouse: Warehouse, indicator: Indicator, months: Sequence[date], journeys: Table
) -> Published:
    """What is counted is worked out once, and then counted by each group."""
    worked_out = itemised(warehouse.tables, indicator, journeys=journeys, as_at=warehouse.as_at)
    items = warehouse.engine.hold("items", worked_out)
    results = [
        measure(warehouse, indicator, months, by, items=items) for by in ("", *ways_to_group(indicator))
    ]
    return described(indicator, results)


def described(indicator: Indicator, results: Sequence[Result]) -> Published:
    return Published(
        id=indicator.id,
        version=indicator.version,
        title=indicator.title,
        words=indicator.words,
        unit=indicator.unit,
        kind=indicator.kind,
        better=indicator.better,
        caveats=indicator.caveats,
        source=indicator.source,
        valid_from=indicator.valid_from,
        valid_to=indicator.valid_to,
        results=tuple(results),
    )
