"""Registered days: the expression says what plain Python says, day by day, on any lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.money.capitation import months_of
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.registered_days import registered_days, registered_on
from careweave.warehouse.tables import SCHEMAS, declared_tables

FIRST, LAST = date(2026, 4, 1), date(2026, 7, 15)
MONTHS = months_of(FIRST, LAST)
TABLES = declared_tables(is_map_loaded=False)
Row = dict[str, Any]
DAY = st.integers(-60, 150).map(lambda days: FIRST + timedelta(days))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@st.composite
def places(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """People and their registrations, which never overlap, since the table has none that do."""
    people, listed = [], []
    for number in range(draw(st.integers(1, 6))):
        person = f"p{number}"
        born = draw(
            st.none() | st.dates(date(1930, 1, 1), date(2026, 7, 1)).map(lambda day: day.replace(day=1))
        )
        people.append({"person": person, "sex": draw(st.sampled_from(["female", None])), "birth_month": born})
        days = sorted(set(draw(st.lists(DAY, max_size=4))))
        for place, start in enumerate(days):
            after = days[place + 1] if place + 1 < len(days) else None
            ended = draw(st.none() | st.just(start)) if after is None else after - timedelta(1)
            stated = None if place == 0 and draw(st.booleans()) else start
            practice = draw(st.sampled_from(["Y90001", "Y90002"]))
            listed.append({"person": person, "practice": practice, "start": stated, "ended": ended})
    return people, listed


def plain(people: list[Row], listed: list[Row]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    about = {row["person"]: row for row in people}
    for row in listed:
        who = about[row["person"]]
        born = who["birth_month"]
        age = None if born is None else max(FIRST.year - born.year - (FIRST.month < born.month), 0)
        for first, last in MONTHS:
            for number in range((last - first).days + 1):
                day = first + timedelta(number)
                if (row["start"] or date.min) <= day <= (row["ended"] or date.max):
                    found[row["practice"], first, who["sex"], age] += 1
    return found


@settings(max_examples=60, deadline=None)
@given(place=places())
def test_every_registered_day_is_counted_once(engine: Engine, place: tuple[list[Row], list[Row]]) -> None:
    for name, rows in zip(("person", "registration"), place, strict=True):
        whole = [dict.fromkeys(SCHEMAS[name].names) | row for row in rows]
        engine.fill(name, pa.Table.from_pylist(whole, schema=SCHEMAS[name]))

    found = [tuple(row.values()) for row in engine.rows(registered_days(TABLES, MONTHS, FIRST))]
    on_lists = {row["practice"]: row["people"] for row in engine.rows(registered_on(TABLES, LAST))}

    assert len(found) == len({row[:4] for row in found})
    assert {row[:4]: int(row[4]) for row in found} == dict(plain(*place))
    held = [row for row in place[1] if (row["start"] or date.min) <= LAST <= (row["ended"] or date.max)]
    assert on_lists == dict(Counter(row["practice"] for row in held))
