"""Counts each measure by practice, works out which differ by more than chance, and keeps it as files for the pages."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path

from careweave.measures.published import Published
from careweave.measures.published_variation import FOLDER
from careweave.measures.publishing import measure, versions_of, whole_months_before
from careweave.measures.variation import Variation, variation
from careweave.warehouse.expressions.indicator import counted
from careweave.warehouse.indicators import Indicator, load_indicator
from careweave.warehouse.indicators.definition import RATE, SHARE
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse

BY = "practice"


def publish_variation(home: Path, published: list[Published], on: date) -> list[Variation]:
    """For every measure that was published and whose events are counted one by one."""
    found = []
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        months = whole_months_before(warehouse.as_at)
        for one in published:
            indicator = load_indicator(one.id, on)
            if has_variation(indicator):
                found.append(_counted(warehouse, *versions_of(one.id, months, on)[-1]))
                keep_variation(home, found[-1])
    return found


def has_variation(indicator: Indicator) -> bool:
    """Nights and days come many at a time, so the limits of chance for single events do not hold for them."""
    return indicator.kind in (RATE, SHARE) and not indicator.amount


def _counted(warehouse: Warehouse, indicator: Indicator, months: list[date]) -> Variation:
    told = measure(warehouse, indicator, months, BY)
    rows = warehouse.engine.rows(
        counted(warehouse.tables, indicator, months, BY, as_at=warehouse.as_at).months
    )
    return variation(told, rows)


def keep_variation(home: Path, one: Variation) -> None:
    """Replace what was published of this measure, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{one.measure}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(one), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / f"{one.measure}.json")
