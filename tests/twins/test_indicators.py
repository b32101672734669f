"""Each indicator: the expression over all equals the plain twin, on drawn people and stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.definitions import DefinitionError, all_definitions
from careweave.definitions.definition import Definition
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.indicator import counted, stays
from careweave.warehouse.indicators import GROUPS, load_indicator, read_indicator
from careweave.warehouse.tables import EVENT, PERSON, declared_tables
from tests.twins.plain_indicators import plain_counts, plain_stays

ON = date(2026, 11, 1)
MONTHS = [date(2026, month, 1) for month in range(1, 5)]
IDS = sorted({each.id for each in all_definitions("measures")})

days = st.dates(date(2025, 12, 1), date(2026, 5, 10))
people = st.builds(
    lambda born, sex, fifth, died, dead: {
        "birth_month": born and born.replace(day=1),
        "sex": sex,
        "practice": "Y90001",
        "deprivation": fifth,
        "died": died,
        "is_dead": dead or died is not None,
    },
    st.none() | st.dates(date(1925, 1, 1), date(2026, 3, 1)),
    st.sampled_from(["female", "male", None]),
    st.none() | st.integers(1, 10),
    st.none() | days,
    st.booleans(),
)


@st.composite
def events(draw: st.DrawFn, person: int) -> dict[str, Any]:
    start = datetime.combine(draw(days), datetime.min.time(), UTC) + timedelta(hours=draw(st.integers(0, 23)))
    end = draw(st.none() | st.integers(0, 200).map(lambda hours: start + timedelta(hours=hours)))
    kind = draw(st.sampled_from(["admission", "admission", "emergency-department", "home-visit", "clinic"]))
    method = draw(st.sampled_from(["emergency", "elective", None])) if kind == "admission" else None
    return {"person": f"p{person}", "kind": kind, "start": start, "end": end, "method": method}


@st.composite
def places(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    drawn = draw(st.lists(people, min_size=1, max_size=4))
    named = [{**one, "person": f"p{number}"} for number, one in enumerate(drawn)]
    found = draw(st.lists(st.integers(0, len(named) - 1).flatmap(events), max_size=12))
    return named, [{**one, "event": f"e{number:02d}"} for number, one in enumerate(found)]


@lru_cache(maxsize=1)
def one_engine() -> Engine:
    return Engine(threads=1)


def engine_of(held: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> Engine:
    engine = one_engine()
    engine.fill("person", pa.Table.from_pylist(held[0], PERSON))
    engine.fill("event", pa.Table.from_pylist(held[1], EVENT))
    return engine


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places(), st.sampled_from(IDS), st.sampled_from(["", *GROUPS]))
def test_the_expression_counts_as_the_definition_reads(
    held: tuple[list[dict[str, Any]], list[dict[str, Any]]], id: str, group: str
) -> None:
    indicator, engine = load_indicator(id, ON), engine_of(held)
    made = counted(declared_tables(False), indicator, MONTHS, group)
    rows = engine.rows(made.months)
    found = {(r["month"], r["group"], r["band"], r["sex"]): (r["numerator"], r["denominator"]) for r in rows}
    assert found == plain_counts(held[0], held[1], indicator, MONTHS, group)
    if made.repeats is not None:
        events_counted = sum(row["events"] * row["people"] for row in engine.rows(made.repeats))
        items = plain_counts(held[0], held[1], indicator, MONTHS, group)
        assert events_counted >= sum(numerator for numerator, _ in items.values())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places())
def test_stays_are_stitched_as_the_twin_stitches_them(
    held: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    engine = engine_of(held)
    found = {
        (r["person"], r["start"], r["end"], r["nights"], r["method"])
        for r in engine.rows(stays(declared_tables(False).event))
    }
    assert found == {(s.person, s.start, s.end, s.nights, s.method) for s in plain_stays(held[1])}


def test_a_transfer_on_the_day_of_leaving_is_one_stay() -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 1, day, hour, tzinfo=UTC)

    rows = [
        {
            "person": "p0",
            "event": "a",
            "kind": "admission",
            "start": at(1, 9),
            "end": at(4, 10),
            "method": "emergency",
        },
        {
            "person": "p0",
            "event": "b",
            "kind": "admission",
            "start": at(4, 14),
            "end": at(9, 10),
            "method": "other",
        },
        {
            "person": "p0",
            "event": "c",
            "kind": "admission",
            "start": at(10, 9),
            "end": None,
            "method": "emergency",
        },
    ]
    engine = engine_of(([{"person": "p0"}], rows))
    found = sorted(engine.rows(stays(declared_tables(False).event)), key=lambda row: row["start"])
    assert [(row["start"].day, row["nights"], row["method"]) for row in found] == [
        (1, 8, "emergency"),
        (10, 0, "emergency"),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "score"}, "kind is 'score'"),
        ({"counted": {"of": "stays", "method": "unplanned"}}, "counted.method is 'unplanned'"),
        ({"counted": {"of": "contacts", "method": "emergency"}}, "a contact has no method"),
        ({"followed": {"by": {"of": "stays"}, "within_days": 30}}, "only a share is followed"),
        ({"surprise": 1}, "surprise is not known"),
        ({"counted": {"of": "stays", "age_from": -1}}, "counted.age_from must be a whole number"),
    ],
)
def test_a_wrong_definition_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    (definition,) = [each for each in all_definitions("measures") if each.id == "emergency-admissions"]
    content = {**definition.content, **change}
    fields = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    with pytest.raises(DefinitionError, match=f"emergency-admissions.*{words}"):
        read_indicator(Definition(**{**fields, "content": content}))
