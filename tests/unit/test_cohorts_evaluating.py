"""Who belongs to a group, worked out over tables: each rule in turn, its parts, and what has stopped coming."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from careweave.warehouse.builds import VERSION, Manifest
from careweave.warehouse.cohorts import CohortError, lines_of, load_words, read_group
from careweave.warehouse.cohorts.evaluating import evaluate
from careweave.warehouse.engine import Engine
from careweave.warehouse.store import Warehouse
from careweave.warehouse.tables import SCHEMAS, declared_tables

ON = date(2026, 11, 22)
WORDS = load_words(ON)


def key(number: int) -> str:
    return f"{number:032x}"[::-1]


def person(number: int, age: int | None, **more: Any) -> dict[str, Any]:
    return {"person": key(number), "age": age, "sex": "female", "is_dead": False, "practice": "Y1", **more}


def event(number: int, kind: str, days_ago: int, **more: Any) -> dict[str, Any]:
    start = datetime(2026, 11, 22, 9, tzinfo=UTC) - timedelta(days=days_ago)
    return {
        "event": f"{number}-{kind}-{days_ago}",
        "person": key(number),
        "kind": kind,
        "start": start,
        **more,
    }


PEOPLE = [
    person(1, 80, deprivation=2),
    person(2, 80, sex="male", deprivation=10),
    person(3, 64),
    person(4, None),
    person(5, 90, is_dead=True),
]
DIABETES = [
    {"person": key(number), "code": "E11.9", "system": "icd10", "role": "problem"} for number in (1, 3, 5)
]
STAYS = [event(1, "admission", 30, method="emergency"), event(1, "admission", 60, method="emergency")]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Engine(threads=1)
    for name, rows in (("person", PEOPLE), ("condition", DIABETES), ("event", STAYS)):
        made.fill(name, pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    yield Warehouse(made, declared_tables(False), Manifest(VERSION, ON, now, now, "key", True, {}))
    made.close()


def told(warehouse: Warehouse, rule: str) -> tuple[list[set[int]], dict[str, dict[str, set[int]]]]:
    register = read_group(WORDS, rule)
    found = evaluate(warehouse, register, lines_of(register.rule))
    numbers = {int(key(number)[:16], 16): number for number in range(1, 6)}
    who = [numbers[int(each)] for each in found.people]

    def chosen(members: Any) -> set[int]:
        return {number for number, is_in in zip(who, members, strict=True) if is_in}

    parts = {
        kind: {name: chosen(members) for name, members in cells.items()} for kind, cells in found.told.items()
    }
    return [chosen(step) for step in found.steps], parts


def test_each_rule_takes_away_and_the_dead_and_the_unknown_are_in_no_group(warehouse: Warehouse) -> None:
    steps, _ = told(warehouse, "age >= 75 and diabetes")
    assert steps == [{1, 2}, {1}]
    assert told(warehouse, "age < 75")[0] == [{3}]
    assert told(warehouse, "not diabetes")[0] == [{2, 4}]


def test_everyone_is_in_one_part_of_each_kind(warehouse: Warehouse) -> None:
    _, parts = told(warehouse, "diabetes")
    assert parts["age"] == {"75 to 84": {1, 2}, "18 to 64": {3}, "Not known": {4}}
    assert parts["sex"] == {"Female": {1, 3, 4}, "Male": {2}}
    assert parts["fifth"] == {"1": {1}, "5": {2}, "Not known": {3, 4}}
    assert parts["stays"] == {"Two or more": {1}, "None": {2, 3, 4}}


def test_what_no_longer_comes_is_not_counted_as_none(warehouse: Warehouse) -> None:
    with pytest.raises(CohortError, match="no A&E visits have been sent yet"):
        told(warehouse, "emergency_visits >= 1")
    warehouse.engine.fill(
        "event", pa.Table.from_pylist([event(1, "emergency-department", 200)], schema=SCHEMAS["event"])
    )
    with pytest.raises(CohortError, match="‘A&E visit’ cannot be counted: no A&E visits since 6 May 2026"):
        told(warehouse, "emergency_visits >= 1")
