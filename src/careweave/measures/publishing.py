"""Counts indicators over the warehouse and publishes their results; the only part of `measures` that opens an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow.compute as pc
from ibis.expr.types import Table

from careweave.definitions import all_definitions
from careweave.measures.cohorts.measured import keep_measured
from careweave.measures.indicators import Result, not_computable, result
from careweave.measures.published import Published, keep
from careweave.measures.series import with_series
from careweave.warehouse.cohorts.evaluating import keys_of
from careweave.warehouse.expressions.indicator import (
    Counted,
    counted,
    itemised,
    items_within,
    next_month,
    stays,
)
from careweave.warehouse.expressions.people_behind import BY_EVENT, people_behind, people_by_group
from careweave.warehouse.expressions.spread import spread
from careweave.warehouse.indicators import SITE, Indicator, load_indicator, ways_to_group
from careweave.warehouse.indicators.conditions import Need
from careweave.warehouse.indicators.definition import OVER, RATE, SHARE
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


@dataclass(frozen=True)
class Held:
    """What is counted, worked out once; and each person behind it once."""

    items: Table
    behind: Table


def measure(
    warehouse: Warehouse,
    indicator: Indicator,
    months: Sequence[date],
    by: str = "",
    *,
    held: Held | None = None,
) -> Result:
    """One indicator over these months, without a gap; where it is `held`, it is known to be computable."""
    if held is None and (why := why_not(warehouse, indicator)):
        return not_computable(indicator, why, asked=months, by=by, as_at=warehouse.as_at)
    rows, repeats = _rows(warehouse, indicator, months, by, held)
    found = result(indicator, rows, repeats, asked=months, by=by, as_at=warehouse.as_at)
    if by != SITE:
        return found
    return with_series(found, measure(warehouse, indicator, months, held=held), indicator, rows)


Rows = list[Mapping[str, Any]]


def _rows(
    warehouse: Warehouse, indicator: Indicator, months: Sequence[date], by: str, held: Held | None
) -> tuple[Rows, Rows]:
    """What is counted, and the people behind it; of items that were kept, worded alike for all of one kind, age and time."""
    tables, engine, items = warehouse.tables, warehouse.engine, held.items if held else None

    def made() -> Counted:
        return counted(tables, indicator, list(months), by, items=items, as_at=warehouse.as_at)

    def people() -> Table:
        if held is not None and by not in BY_EVENT:
            return people_by_group(tables, held.behind, by)
        within = items_within(tables, indicator, list(months), by, items=items, as_at=warehouse.as_at)
        return people_behind(within)

    if held is None:
        once = made()
        return engine.rows(once.months), engine.rows(once.repeats if once.repeats is not None else people())
    wanted = indicator.counted
    key = (indicator.kind, by, tuple(months), wanted.months, wanted.age_from, wanted.age_to)
    rows = engine.rows_again((*key, "months"), lambda: made().months)
    if indicator.kind != RATE:
        return rows, engine.rows_again((*key, "people"), people)
    return rows, engine.rows_again((*key, "repeats"), lambda: _repeats(made()))


def _repeats(made: Counted) -> Table:
    assert made.repeats is not None  # a rate has them
    return made.repeats


def why_not(warehouse: Warehouse, indicator: Indicator) -> str:
    """Why it is not computable here: nobody sends what it needs. Empty when it is."""
    return next((need.why for need in indicator.needs if not _is_sent(warehouse, need)), "")


def unseen(warehouse: Warehouse, indicator: Indicator) -> list[str]:
    """What the definition leaves out in words only, because nobody here sends what tells it."""
    return [each.why for each in indicator.limits if not _is_sent(warehouse, each)]


def _is_sent(warehouse: Warehouse, need: Need) -> bool:
    rows = getattr(warehouse.tables, need.table)
    column = rows[need.column]
    told = rows.filter(column.isin(need.among) if need.among else column.notnull()).limit(1)
    return bool(warehouse.engine.rows(told.select(need.column)))


def publish(home: Path, on: date, received: Mapping[str, date] = MappingProxyType({})) -> list[Published]:
    """Every indicator that holds on a day, over the last two years, by each way to group.

    `received`: the day of each source's last file, for whatever changes what was published before.
    """
    ids = sorted({each.id for each in all_definitions("measures") if each.holds_on(on)})
    found = []
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        journeys = warehouse.engine.hold("journeys", stays(warehouse.tables.event))
        months = whole_months_before(warehouse.as_at)
        spreads = {
            over: warehouse.engine.hold(f"spread_{over}", spread(warehouse.tables.event, over, months[0]))
            for over in OVER
        }
        for id in ids:
            *earlier, last = [
                _counted(warehouse, *span, journeys, spreads, home) for span in versions_of(id, months, on)
            ]
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
    warehouse: Warehouse,
    indicator: Indicator,
    months: Sequence[date],
    journeys: Table,
    spreads: Mapping[str, Table],
    home: Path,
) -> Published:
    """What is counted is worked out once, and then counted by each group."""
    worked_out = itemised(
        warehouse.tables, indicator, journeys=journeys, spreads=spreads, as_at=warehouse.as_at
    )
    if why := why_not(warehouse, indicator):
        told = [not_computable(indicator, why, asked=months, by="", as_at=warehouse.as_at)]
        return described(indicator, told)
    asked = "is_followed" if indicator.kind == SHARE else "amount"
    items = warehouse.engine.hold("items", worked_out.select("person", "day", "site", asked))
    _keep_people(warehouse, home, indicator, items, months)
    within = items_within(warehouse.tables, indicator, list(months), items=items, as_at=warehouse.as_at)
    held = Held(items, warehouse.engine.hold("behind", within.select("person").distinct()))
    results = [measure(warehouse, indicator, months, by, held=held) for by in ("", *ways_to_group(indicator))]
    return replace(described(indicator, results), caveats=(*indicator.caveats, *unseen(warehouse, indicator)))


def _keep_people(
    warehouse: Warehouse, home: Path, indicator: Indicator, items: Table, months: Sequence[date]
) -> None:
    """For the groups that someone asks for: who is behind this measure's numbers, by pseudonym."""
    is_share = indicator.kind == SHARE
    columns = ["person", *(["is_followed"] if is_share else [])]

    def people() -> Table:
        is_then = (items.day >= months[0]) & (items.day < next_month(months[-1]))
        return items.filter(is_then).select(*columns).distinct()

    rows = warehouse.engine.run_again(("people", is_share, tuple(months)), people)
    held = {"counted": rows}
    if is_share:
        held = {"happened": rows.filter(rows["is_followed"])}
        held |= {"did_not": rows.filter(pc.invert(rows["is_followed"])), "counted": rows}
    keys = {name: np.unique(keys_of(each["person"])) for name, each in held.items()}
    keep_measured(home, indicator.id, warehouse.manifest.key, keys)


def described(indicator: Indicator, results: Sequence[Result]) -> Published:
    return Published(
        id=indicator.id,
        version=indicator.version,
        title=indicator.title,
        words=indicator.words,
        part=indicator.part,
        unit=indicator.unit,
        kind=indicator.kind,
        better=indicator.better,
        caveats=indicator.caveats,
        source=indicator.source,
        valid_from=indicator.valid_from,
        valid_to=indicator.valid_to,
        results=tuple(results),
    )
