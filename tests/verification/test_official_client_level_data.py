"""The answers that NHS England's published SQL gives over made-up records: ours are the same, count by count."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ibis.expr.types import Table

from careweave.warehouse.client_level import carers, homes, reablement, requests, statuses, support
from careweave.warehouse.client_level.definition import load_rules
from careweave.warehouse.client_level.events import DAY, EVENTS, Period
from careweave.warehouse.engine import Engine

HERE = Path(__file__).parent / "client_level_data"
RULES = load_rules(date(2026, 11, 1))
YEAR = Period(date(2023, 4, 1), date(2024, 3, 31), date(2024, 6, 1), date(2024, 5, 1))
Counts = Counter[tuple[str, str, str]]
Row = Mapping[str, Any]


def records() -> pa.Table:
    with (HERE / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    days = {each.name for each in EVENTS if each.type == DAY}
    read = [
        {name: date.fromisoformat(value) if value and name in days else value for name, value in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist(read, schema=EVENTS)


def answers() -> Counts:
    with (HERE / "answers.csv").open(encoding="utf-8", newline="") as file:
        return Counter(
            {
                (row["council"], row["table"], row["category"]): int(row["count"])
                for row in csv.DictReader(file)
            }
        )


@pytest.fixture(scope="module")
def ours() -> Iterator[Counts]:
    engine = Engine()
    found: Counts = Counter()
    for table, expression, categories in _tables(engine.take("client_level", records()), engine):
        for row in engine.rows(expression):
            for category, number in categories(row):
                found[row["la"], table, category.lower()] += number
    engine.close()
    yield +found


def _tables(events: Table, engine: Engine) -> Iterator[tuple[str, Table, Any]]:
    """Each table with what a row of it counts for; what several are made from is asked once."""
    yield "STS001", requests.requests(events, RULES, YEAR), _one("kind", "sequel")
    ended = engine.hold("ended", reablement.reablements(events, RULES, YEAR))
    yield "STS002a", ended, _one("kind", "sequel")
    yield "ASCOF 2A", reablement.ascof_2a(ended, RULES), _shares("numerator", "denominator")
    existing = reablement.of_existing_clients(events, RULES, YEAR)
    yield "STS002b", existing, lambda _: [("reablement of existing clients", 1)]
    admitted = engine.hold("admitted", homes.ascof_2bc(homes.new_in_care_homes(events, RULES, YEAR)))
    yield "ASCOF 2B", admitted, lambda row: [("numerator", row["younger"])]
    yield "ASCOF 2C", admitted, lambda row: [("numerator", row["older"])]
    living = statuses.ascof_2e(statuses.living(events, RULES, YEAR), RULES)
    yield "ASCOF 2E", living, _shares("numerator", "denominator", about="gender")
    for number, column in enumerate(("employment", "accommodation"), start=1):
        told = statuses.learning_disability(events, RULES, YEAR, column)
        yield f"LTS004 table {number}", told, _one("gender", "status")
    held = {
        "a": engine.hold("year", support.supported(events, RULES, YEAR, YEAR.start)),
        "b": engine.hold("last_day", support.supported(events, RULES, YEAR, YEAR.end)),
        "c": engine.hold("lasting", support.supported_for_long(events, RULES, YEAR)),
    }
    yield from _of_support(held)
    yield "LTS003", carers.carers(events, RULES, YEAR), _one("support")
    paid = carers.ascof_3d(events, RULES, YEAR)
    yield "ASCOF 3D carers", paid, _shares("self_directed", "direct_payment", "denominator")


def _of_support(held: Mapping[str, Table]) -> Iterator[tuple[str, Table, Any]]:
    for band in (support.YOUNGER, support.OLDER):
        for part, rows in held.items():
            counted = support.headcount(rows, RULES, band, is_as_written=part == "c")
            yield f"LTS001{part}", counted, _one("service", "delivery", "reason", band=band)
    for band in (support.YOUNGER, support.OLDER, support.ALL):
        paid = support.ascof_3d(held["b"], RULES, band)
        names = ("self_directed", "direct_payment", "denominator")
        yield "ASCOF 3D clients", paid, _shares(*names, band=band)


def _one(*names: str, band: str = "") -> Any:
    def categories(row: Row) -> list[tuple[str, int]]:
        told = ["" if row[name] is None else str(row[name]) for name in names]
        return [("; ".join([band] * bool(band) + told), 1)]

    return categories


def _shares(*names: str, band: str = "", about: str = "") -> Any:
    def categories(row: Row) -> list[tuple[str, int]]:
        before = f"{band or row[about]}; " if band or about else ""
        return [(f"{before}{name.replace('_', ' ')}", row[name]) for name in names]

    return categories


def test_the_official_client_level_data_transformations_give_these_answers(ours: Counts) -> None:
    official = answers()

    assert (len(official), sum(official.values())) == (356, 1180)
    assert {table for _, table, _ in official} == {table for _, table, _ in ours}
    assert {key: (official[key], ours[key]) for key in official | ours if official[key] != ours[key]} == {}
