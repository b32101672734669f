"""Bed days by condition at each hospital (A14): a series each with its comparator, and no average of them."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures.indicators import Result, result
from careweave.measures.publishing import described, measure, months_between
from careweave.measures.series import PLACE, with_series
from careweave.measures.suppression import POSSIBLE, THRESHOLD, Total, hidden, ranges
from careweave.warehouse.engine import Engine
from careweave.warehouse.indicators import SITE, load_indicator
from careweave.warehouse.store import Warehouse
from careweave.warehouse.tables import SCHEMAS, declared_tables
from careweave.web.presenters import measure_files, sites

ON = date(2026, 11, 22)
MONTHS = months_between(date(2024, 11, 1), date(2026, 10, 1))
# Stays of ten nights a month in each year: the largest hospital changes least, as the three of Wales did.
STAYS = {"A01": (20, 18), "B02": (10, 7), "C03": (8, 6)}


def hospital_place() -> Warehouse:
    """Three hospitals of unequal size with stays for heart failure, and one stay for something else."""
    admissions: list[dict[str, Any]] = []
    conditions: list[dict[str, Any]] = []
    for site, each in STAYS.items():
        for number, month in enumerate(MONTHS):
            for stay in range(each[number // 12]):
                name = f"{site}-{month}-{stay}"
                code = "S720" if stay == 0 and site == "A01" else "I500"
                admissions.append({"event": name, "person": f"p{stay}", "organisation": site, "start": month,
                                   "end": month + timedelta(days=10), "nights": 10, "method": "emergency"})  # fmt: skip
                conditions.append({"event": name, "person": f"p{stay}", "system": "icd10", "code": code,
                                   "position": 1, "role": "diagnosis"})  # fmt: skip
    people = [
        {"person": f"p{n}", "birth_month": date(1940, 1, 1), "sex": "female", "is_dead": False}
        for n in range(100)
    ]
    engine = Engine(threads=1)
    held = {"admission": admissions, "condition": conditions, "person": people}
    for table, schema in SCHEMAS.items():
        engine.fill(table, pa.Table.from_pylist(held.get(table, []), schema))
    return cast(Warehouse, SimpleNamespace(engine=engine, tables=declared_tables(False), as_at=ON))


def test_a14_three_sites_three_series_never_averaged_unweighted() -> None:
    warehouse, indicator = hospital_place(), load_indicator("bed-days-heart-failure", ON)
    whole, by_site = (measure(warehouse, indicator, MONTHS, by) for by in ("", SITE))
    assert [each.name for each in by_site.series] == ["A01", "B02", "C03"]
    for series in by_site.series:
        before, last = STAYS[series.name]
        gone = series.name == "A01"  # whose first stay was for something else
        assert [month.numerator for month in series.months] == [(before - gone) * 10] * 12 + [
            (last - gone) * 10
        ] * 12
        rest = sum(each[1] for name, each in STAYS.items() if name != series.name) - (not gone)
        assert series.others[-1].numerator == rest * 10
    # Altogether is their sum for the same people: no average of three rates, weighted or not.
    values = [group.value for group in by_site.groups]
    assert whole.whole.value == pytest.approx(sum(value or 0 for value in values))
    one = described(indicator, [whole, by_site])
    page = sites.sites(one, by_site, {"A01": "Aber"})
    assert [(each.name, each.change, each.others_change) for each in page] == [
        ("Aber", "−10.5%", "−27.8%"),
        ("B02", "−30.0%", "−14.8%"),
        ("C03", "−25.0%", "−17.2%"),
    ]
    lines = [dict(zip(measure_files.COLUMNS, each, strict=True)) for each in measure_files.rows_of(one)]
    assert {each["site"] for each in lines if each["what"] == "site, month"} == set(STAYS)
    mean = sum(value or 0 for value in values) / len(values)
    assert not [each for each in lines if each["value"] == pytest.approx(mean)]


def made_of(table: list[list[int]]) -> tuple[Result, Result, list[dict[str, Any]]]:
    months = MONTHS[-len(table[0]) :]
    about = {"band": 14, "sex": "female", "denominator": 500}
    rows = [
        about | {"month": month, "group": f"s{site}", "numerator": count, "items": count}
        for site, counts in enumerate(table)
        for month, count in zip(months, counts, strict=True)
    ]
    alone = [about | {"month": month, "group": "everyone", "numerator": sum(column), "items": sum(column)}
             for month, column in zip(months, zip(*table, strict=True), strict=True)]  # fmt: skip
    indicator = load_indicator("emergency-bed-days", ON)
    whole = result(indicator, alone, None, asked=months, by="", as_at=ON)
    found = result(indicator, rows, None, asked=months, by=SITE, as_at=ON)
    return whole, with_series(found, whole, indicator, rows), rows


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 4).flatmap(
        lambda months: st.lists(
            st.lists(st.integers(0, 14), min_size=months, max_size=months), min_size=2, max_size=4
        )
    )
)
def test_no_small_number_of_a_series_can_be_worked_out(table: list[list[int]]) -> None:
    """From the sites' months, those of the others, of the place, and both sums, as a reader who adds up would."""
    whole, found, _ = made_of(table)
    names = [each.name for each in found.series]
    months = [month.name for month in whole.months]
    counts = {(f"s{s}", months[m]): count for s, row in enumerate(table) for m, count in enumerate(row)}
    for month in months:
        counts[PLACE, month] = sum(counts[site, month] for site in names)
    for site in (*names, PLACE):
        counts[site, "all"] = sum(counts[site, month] for month in months)
    totals = [Total((PLACE, when), tuple((site, when) for site in names)) for when in (*months, "all")]
    totals += [Total((site, "all"), tuple((site, month) for month in months)) for site in (*names, PLACE)]
    shown = {
        (each.name, month.name)
        for each in found.series
        for month in each.months
        if month.numerator is not None
    }
    shown |= {(PLACE, month.name) for month in whole.months if month.numerator is not None}
    shown |= {(group.name, "all") for group in found.groups if group.numerator is not None}
    shown |= {(PLACE, "all")} if whole.whole.numerator is not None else set()
    for (
        each
    ) in found.series:  # what the others did is shown only where it is the difference of two shown numbers
        for mine, other in zip(each.months, each.others, strict=True):
            if other.numerator is not None:
                assert {(each.name, mine.name), (PLACE, mine.name)} <= shown
    known = ranges(counts, totals, set(counts) - shown)
    margins = ranges(
        counts,
        totals,
        {cell for cell in counts if cell not in shown or (cell[0] in names and cell[1] != "all")},
    )
    for cell in set(counts) - shown:
        if 0 < counts[cell] < THRESHOLD:
            # What the sums alone give away, another table has told; the series add nothing to it.
            assert known[cell][1] - known[cell][0] >= POSSIBLE - 1 or known[cell] == margins[cell]
    assert all(counts[cell] == 0 or counts[cell] >= THRESHOLD for cell in shown)


def test_a_total_that_is_shown_elsewhere_is_not_hidden_here() -> None:
    counts = {"a": 3, "b": 9, "c": 20, "all": 32}
    total = [Total("all", ("a", "b", "c"))]
    assert hidden(counts, total, shown={"all", "b"}) == {"a", "c"}
    assert hidden(counts, total, shown={"all", "b", "c"}) == {"a"}
    assert hidden(counts, total, already={"all"}) == {"a", "all"}
