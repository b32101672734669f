"""Each indicator: the expression over all equals the plain twin, on drawn people and stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from careweave.definitions import DefinitionError, all_definitions
from careweave.definitions.definition import Definition
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.indicator import counted, index_sums, items_within, stays
from careweave.warehouse.expressions.people_behind import BY_EVENT, people_behind, people_by_group
from careweave.warehouse.indicators import GROUPS, Indicator, read_indicator
from careweave.warehouse.tables import SCHEMAS, declared_tables
from tests.twins.plain_indicators import plain_counts, plain_stays

MONTHS = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 5))]
Held = dict[str, list[Mapping[str, Any]]]


def latest(id: str) -> Indicator:
    return read_indicator([each for each in all_definitions("measures") if each.id == id][-1])


# Those over sectors are those over organisations with another column (test_continuity_expression.py tries both).
IDS = sorted({each.id for each in all_definitions("measures") if not each.id.endswith("-sectors")})

days = st.dates(date(2025, 12, 1), date(2026, 5, 10))
people = st.builds(
    lambda born, sex, fifth, died, dead: {
        "birth_month": born and born.replace(day=1),
        "sex": sex,
        "practice": "Y90001",
        "deprivation": fifth,
        "ethnicity": None if fifth is None else "AB"[fifth % 2],
        "death_place": None if fifth is None else ("home", "hospital", "care-home")[fifth % 3],
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
    site = draw(st.sampled_from(["RVR", "RVC", None]))
    told = {"person": f"p{person}", "kind": kind, "start": start, "end": end, "method": method}
    return told | {"organisation": site}


WORDS = {
    "type": [
        "Short Term Support: ST-Max",
        "Long Term Support: Residential Care",
        "Long Term Support: Nursing Care",
    ],
    "method": ["emergency", "elective"],
    "code": ["J441", "I500", "E11", "W010", "C349"],
    "system": ["icd10"],
    "role": ["diagnosis", "reason", "diagnosis"],
    "delay_reason": ["A", "Dii", "E"],
    "status": ["active", "completed"],
    "classification": ["Day case admission", "Ordinary admission"],
    "discharge_method": ["1", "4"],
    "specialty": ["300", "501"],
    "destination": ["19", "54", "79"],
    "death_place": ["home", "care-home", "hospital"],
}
DRAWN = ("admission", "service", "referral", "enrolment", "pathway", "plan", "task", "need", "condition")


def value(chance: Random, name: str, type: pa.DataType) -> Any:
    """Anything a column may hold, null among it; where a definition asks for words, mostly these."""
    if chance.random() < 0.15:
        return None
    day = date(2025, 12, 1) + timedelta(days=chance.randrange(150))
    if type == pa.date32():
        return day
    if pa.types.is_timestamp(type):
        return datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=UTC)
    if type == pa.bool_():
        return chance.random() < 0.5
    if pa.types.is_integer(type) or pa.types.is_floating(type):
        return chance.choice([0, 1, 1, 1, 2, 15, 30])
    return chance.choice(WORDS.get(name, ["x", "y"]))


def person(chance: Random, number: int) -> dict[str, Any]:
    drawn = {field.name: value(chance, field.name, field.type) for field in SCHEMAS["person"]}
    born = date(chance.choice([1925, 1935, 1950, 1960, 1961, 2000, 2025]), chance.randrange(1, 13), 1)
    died = drawn["died"] if chance.random() < 0.4 else None
    return drawn | {
        "person": f"p{number}",
        "birth_month": chance.choice([born, born, born, None]),
        "sex": chance.choice(["female", "male", None]),
        "deprivation": chance.choice([None, *range(1, 11)]),
        "died": died,
        "is_dead": died is not None or chance.random() < 0.1,
    }


def contact(chance: Random, number: int) -> dict[str, Any]:
    day = date(2025, 12, 1) + timedelta(days=chance.randrange(150))
    start = datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=UTC)
    kind = chance.choice(["admission", "admission", "emergency-department", "home-visit", "clinic"])
    hours = chance.choice([2, 20, 60, 200, 400, 600])
    return {
        "event": f"e{number:03d}",
        "kind": kind,
        "start": start,
        "end": start + timedelta(hours=hours) if chance.random() < 0.85 else None,
        "method": chance.choice(["emergency", "elective", None]) if kind == "admission" else None,
        "organisation": chance.choice(["RVR", "RVC", "Y90001", None]),
        "sector": chance.choice(["hospital", "primary", None]),
    }


def rows_of(chance: Random, table: str) -> list[dict[str, Any]]:
    if table == "event":
        return [contact(chance, number) for number in range(90)]
    found = []
    for number in range(40):
        row = {field.name: value(chance, field.name, field.type) for field in SCHEMAS[table]}
        if table == "condition":
            row |= {"event": f"s{chance.randrange(40)}", "code": row["code"] or "R69"}
        if table == "admission":
            row |= {"event": f"s{number}", "nights": row["nights"] or 0}
        found.append(row | ({"resource": f"{table}{number}"} if "resource" in row else {}))
    return found


def place_of(seed: int) -> Held:
    chance, people = Random(seed), 20
    told: Held = {"person": [person(chance, number) for number in range(people)]}
    for table in ("event", *DRAWN):
        rows = rows_of(chance, table)
        told[table] = [row | {"person": f"p{chance.randrange(people)}"} for row in rows]
    return told


@st.composite
def places(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    drawn = draw(st.lists(people, min_size=1, max_size=4))
    named = [{**one, "person": f"p{number}"} for number, one in enumerate(drawn)]
    found = draw(st.lists(st.integers(0, len(named) - 1).flatmap(events), max_size=12))
    return named, [{**one, "event": f"e{number:02d}"} for number, one in enumerate(found)]


@lru_cache(maxsize=1)
def one_engine() -> Engine:
    return Engine(threads=1)


def engine_of(held: Mapping[str, list[Any]]) -> Engine:
    engine = one_engine()
    for table, rows in held.items():
        engine.fill(table, pa.Table.from_pylist(rows, SCHEMAS[table]))
    return engine


@pytest.mark.parametrize("id", IDS)
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 10_000), group=st.sampled_from(["", *GROUPS]))
def test_the_expression_counts_as_the_definition_reads(id: str, seed: int, group: str) -> None:
    held = place_of(seed)
    as_at = date(2026, 6, 15)
    indicator, engine = latest(id), engine_of(held)
    made = counted(declared_tables(False), indicator, MONTHS, group, as_at=as_at)
    rows = engine.rows(made.months)
    found = {(r["month"], r["group"], r["band"], r["sex"]): (r["numerator"], r["denominator"]) for r in rows}
    expected = plain_counts(held, indicator, MONTHS, group, as_at)
    assert found == expected
    if made.repeats is not None:
        events_counted = sum(row["events"] * row["people"] for row in engine.rows(made.repeats))
        assert events_counted >= sum(numerator for numerator, _ in expected.values())


@pytest.mark.parametrize("id", ["length-of-stay", "handovers"])
@settings(max_examples=1, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 10_000))
def test_people_behind_a_group_are_counted_once_each(id: str, seed: int) -> None:
    """From the events, and from each person once: the same as a set of them."""
    engine, tables, indicator = engine_of(place_of(seed)), declared_tables(False), latest(id)
    everyone = items_within(tables, indicator, MONTHS, as_at=date(2026, 6, 15)).select("person").distinct()
    for group in ("", "age", "team", "deprivation"):
        items = items_within(tables, indicator, MONTHS, group, as_at=date(2026, 6, 15))
        told: dict[str, set[str]] = {}
        for row in engine.rows(items.select("person", "group")):
            told.setdefault(row["group"], set()).add(row["person"])
        ways = [people_behind(items)]
        ways += [] if group in BY_EVENT else [people_by_group(tables, everyone, group)]
        for way in ways:
            found = {row["group"]: row["people"] for row in engine.rows(way)}
            assert found == {name: len(people) for name, people in told.items()}, group


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places())
def test_stays_are_stitched_as_the_twin_stitches_them(
    held: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    engine = engine_of({"person": held[0], "event": held[1]})
    found = {
        (r["person"], r["start"], r["end"], r["nights"], r["method"], r["site"])
        for r in engine.rows(stays(declared_tables(False).event))
    }
    assert found == {(s.person, s.start, s.end, s.nights, s.method, s.site) for s in plain_stays(held[1])}


def test_reablement_counts_who_is_at_home_on_day_91_and_nobody_before_it() -> None:
    """Home; died; in a care home; in hospital; short respite over; not begun; and a day 91 that has not come."""
    names = ["home", "dead", "housed", "back", "respite", "none", "late"]
    told: dict[str, list[dict[str, Any]]] = {"event": [], "service": []}
    people = [{"person": name, "birth_month": date(1940, 1, 1), "is_dead": name == "dead"} for name in names]
    people[1]["died"] = date(2025, 12, 20)
    for name in names:
        left = datetime(2025, 12 if name == "late" else 10, 20, tzinfo=UTC)
        stay = {"person": name, "event": name, "kind": "admission", "method": "emergency"}
        told["event"].append(stay | {"start": left - timedelta(days=5), "end": left})
        care = {"person": name, "resource": name, "type": "Short Term Support: ST-Max"}
        if name != "none":
            told["service"].append(
                care | {"start": left.date() + timedelta(days=2), "ended": date(2025, 12, 1)}
            )
    day = date(2025, 10, 20) + timedelta(days=91)
    homes = {
        "housed": "Long Term Support: Residential Care",
        "respite": "Short Term Support: Other Short Term",
    }
    for name, type in homes.items():
        told["service"].append(
            {"person": name, "resource": f"{name}2", "type": type, "start": day, "ended": None}
        )
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    told["event"].append(
        {"person": "back", "event": "again", "kind": "admission", "start": start, "end": None}
    )
    engine = engine_of({**place_of(1), "person": people, **told})
    asked = [date(2025, month, 1) for month in (10, 11, 12)]
    made = counted(declared_tables(False), latest("reablement-91"), asked, as_at=date(2026, 2, 1))
    rows = engine.rows(made.months)
    assert (sum(r["numerator"] for r in rows), sum(r["denominator"] for r in rows)) == (2, 5)
    full: dict[str, list[Any]] = {**place_of(1), "person": people, **told}
    assert engine_counts(rows) == plain_counts(
        whole(full), latest("reablement-91"), asked, "", date(2026, 2, 1)
    )


def engine_counts(rows: list[Mapping[str, Any]]) -> dict[Any, tuple[int, int]]:
    return {(r["month"], r["group"], r["band"], r["sex"]): (r["numerator"], r["denominator"]) for r in rows}


def whole(held: Mapping[str, list[Any]]) -> Held:
    """Every row with every column of its table, as the engine gives them back."""
    return {table: pa.Table.from_pylist(rows, SCHEMAS[table]).to_pylist() for table, rows in held.items()}


def test_squares_of_an_index_in_a_large_place_do_not_overflow() -> None:
    engine = Engine(threads=1)
    items = ibis.memtable(pa.table({"month": ["2026-01"] * 3000, "amount": [10**8 + 1] * 3000}))
    (row,) = engine.rows(index_sums(items, ["month"]))
    assert (row["numerator"], row["denominator"]) == (3000 * (10**8 + 1), 3000)
    assert row["squares"] == float(3000 * (10**8 + 1) ** 2) > 2**63


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
    engine = engine_of({"person": [{"person": "p0"}], "event": rows})
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
        ({"counted": {"of": "services", "where": {"kind": ["x"]}}}, "service has no column 'kind'"),
        ({"counted": {"of": "spells", "diagnosis": {"codes": ["44J"]}}}, "'44J' is no ICD-10 code"),
        ({"having": {"at_least": 14}}, "only a share is having"),
        ({"needs": [{"table": "admission", "column": "x", "why": "y"}]}, "no column admission.x"),
        ({"counted": {"of": "stays", "age_from": -1}}, "counted.age_from must be a whole number"),
    ],
)
def test_a_wrong_definition_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    (definition,) = [each for each in all_definitions("measures") if each.id == "emergency-admissions"]
    content = {**definition.content, **change}
    fields = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    with pytest.raises(DefinitionError, match=f"emergency-admissions.*{words}"):
        read_indicator(Definition(**{**fields, "content": content}))


def test_readmissions_leave_out_what_their_published_definition_leaves_out() -> None:
    """Six stays with someone back after ten days: ordinary, day case, death, maternity, cancer now, cancer last year."""
    stays_of = {
        "ordinary": {},
        "day": {"classification": "Day case admission"},
        "died": {"discharge_method": "4"},
        "maternity": {"specialty": "501"},
        "cancer": {},
        "cancer-before": {},
        "cancer-long-ago": {},
    }
    told: Held = {"admission": [], "condition": [], "person": []}
    for name, also in stays_of.items():
        left = date(2026, 1, 20)
        told["person"].append(
            {"person": name, "birth_month": date(1950, 1, 1), "sex": "male", "is_dead": False}
        )
        stay = {"person": name, "method": "elective", "number": 1, "is_last": True, "nights": 1}
        back = stay | {
            "event": f"{name}2",
            "start": left + timedelta(days=10),
            "end": None,
            "method": "emergency",
        }
        told["admission"] += [stay | {"event": name, "start": left, "end": left} | also, back]
    for name, event, day in (
        ("cancer", "cancer", date(2026, 1, 20)),
        ("cancer-before", "other", date(2025, 3, 1)),
        ("cancer-long-ago", "other", date(2024, 1, 1)),
    ):
        coded = {"system": "icd10", "code": "C349", "role": "diagnosis", "position": 2}
        told["condition"].append(coded | {"person": name, "event": event, "start": day})
    engine = engine_of({**place_of(2), **told})
    made = counted(declared_tables(False), latest("readmission-30"), MONTHS)
    rows = engine.rows(made.months)
    assert (sum(r["numerator"] for r in rows), sum(r["denominator"] for r in rows)) == (2, 2)
    full = whole({**place_of(2), **told})
    assert engine_counts(rows) == plain_counts(full, latest("readmission-30"), MONTHS, "", date(2026, 6, 15))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counted": {"of": "stays", "listed": "nhs-of-2.3.i"}}, "counted.listed is for spells only"),
        ({"counted": {"of": "spells", "listed": "nobodys-list"}}, "nobodys-list: no version holds"),
        (
            {"counted": {"of": "spells", "without": {"x": ["y"]}}},
            "counted.without: admission has no column 'x'",
        ),
        ({"counted": {"of": "spells", "without_diagnosis": {"codes": ["9"]}}}, "'9' is no ICD-10 code"),
        ({"counted": {"of": "spreads"}}, "counted.over is ''"),
        ({"kind": "index", "amount": "nights"}, "an index is the coc"),
        ({"limits": [{"table": "admission", "column": "specialty"}]}, "limits: say why in words"),
    ],
)
def test_unknown_lists_codes_and_columns_are_refused_by_name(change: dict[str, Any], words: str) -> None:
    test_a_wrong_definition_is_refused_by_name(change, words)
