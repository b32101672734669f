"""Segments: everyone in exactly one, as the plain twin says; the published cuts; definitions that cannot be."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.definitions import DefinitionError, load_definition
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.segment import segment_table
from careweave.warehouse.facts import facts_of
from careweave.warehouse.registers.features import PersonRows, plain_features
from careweave.warehouse.scores import score_person
from careweave.warehouse.segments import load_segments, place_in_order, read_segments, segment_by_rules
from careweave.warehouse.tables import SCHEMAS, declared_tables

ON = date(2026, 11, 26)
BRIDGES, PYRAMID = load_segments("bridges-to-health", ON), load_segments("kaiser-pyramid", ON)
CODES = ["Z515", "F009", "I500", "J449", "G359", "O800", "I10", "W190", "Z00", "F051"]


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=2500))
@settings(max_examples=25, deadline=None)
def test_everyone_is_in_exactly_one_layer_of_the_pyramid(scores: list[int | None]) -> None:
    values = {f"p{n:05d}": score for n, score in enumerate(scores)}
    placed = place_in_order(PYRAMID, values)
    assert placed.keys() == values.keys()
    scored = sum(score is not None for score in scores)
    sizes = {each.id: list(placed.values()).count(each.id) for each in PYRAMID.segments}
    assert sum(sizes.values()) == len(scores)
    assert sizes["not-scored"] == len(scores) - scored
    assert sizes["very-high"] == scored * 5 // 1000
    assert sizes["very-high"] + sizes["high"] == scored * 50 // 1000
    assert sizes["very-high"] + sizes["high"] + sizes["moderate"] == scored * 200 // 1000
    layers = ("very-high", "high", "moderate", "low")
    order = [score for id in layers for score in sorted_down(values[p] for p in placed if placed[p] == id)]
    assert order == sorted_down(order)


def sorted_down(scores: Iterable[int | None]) -> list[int]:
    return sorted((score for score in scores if score is not None), reverse=True)


def test_the_cuts_of_the_pyramid_for_a_thousand_people() -> None:
    placed = place_in_order(PYRAMID, {f"p{n:04d}": float(n) for n in range(1000)})
    counts = [list(placed.values()).count(each.id) for each in PYRAMID.segments]
    assert counts == [5, 45, 150, 800, 0]
    assert (placed["p0999"], placed["p0995"], placed["p0994"], placed["p0000"]) == (
        "very-high", "very-high", "high", "low",
    )  # fmt: skip


def drawn(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {"person": [], "condition": [], "event": []}
    days = [date(2026, 11, 20), date(2026, 3, 1), date(2025, 3, 1), date(2010, 1, 1)]
    for number in range(40):
        who, stay = f"p{number}", f"e{number}"
        age, practice = chance.choice([None, 0, 30, 80, 80]), chance.choice([None, "Y90001"])
        is_dead = chance.random() < 0.1
        rows["person"].append({"person": who, "age": age, "practice": practice, "is_dead": is_dead})
        for _ in range(chance.randrange(4)):
            rows["condition"].append(
                {
                    "person": who,
                    "system": "icd10",
                    "code": chance.choice(CODES),
                    "role": "diagnosis",
                    "start": chance.choice(days),
                    "ended": None,
                    "is_active": None,
                    "source": "RVR",
                    "event": chance.choice([None, stay]),
                }
            )
        if chance.random() < 0.5:
            start = datetime.combine(chance.choice(days), datetime.min.time(), UTC)
            method = chance.choice(["emergency", "elective"])
            rows["event"].append(
                {"event": stay, "person": who, "kind": "admission", "start": start, "method": method}
            )
    return rows


def by_hand(rows: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    register = BRIDGES.register
    assert register is not None
    facts = facts_of(rows["person"], rows["condition"], rows["event"])
    found = {}
    for person in rows["person"]:
        who = person["person"]
        if person["is_dead"]:
            continue
        mine = PersonRows(
            person=person,
            conditions=[row for row in rows["condition"] if row["person"] == who],
            events=[row for row in rows["event"] if row["person"] == who],
            scores={each.id: score_person(each, facts[who], ON) for each in register.scores},
            kinds_received={row["kind"] for row in rows["event"]},
        )
        found[who] = segment_by_rules(BRIDGES, plain_features(register, mine, ON))
    return found


def test_everyone_living_is_in_exactly_one_of_the_eight_segments() -> None:
    assert len(BRIDGES.segments) == 8
    engine, met = Engine(threads=1), set[str]()
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    table = segment_table(declared_tables(False), BRIDGES, ON)
    engine.run(table)
    sql = engine.backend.compile(table)

    @settings(max_examples=12, deadline=None)
    @given(seed=st.integers(0, 2**32))
    def agrees(seed: int) -> None:
        rows = drawn(random.Random(seed))
        for name, each in rows.items():
            engine.fill(name, pa.Table.from_pylist(each, SCHEMAS[name]))
        found = engine.backend.con.sql(sql).to_arrow_table().to_pylist()
        plain = by_hand(rows)
        assert len(found) == len(plain)
        assert {row["person"]: row["segment"] for row in found} == plain
        met.update(plain.values())

    agrees()
    assert met >= {"near-death", "frailty", "stable-disability", "maternal-infant", "chronic", "healthy"}


def test_the_pyramid_in_the_warehouse_is_that_of_the_twin() -> None:
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    people = [{"person": f"p{n:04d}", "is_dead": n % 50 == 0} for n in range(1500)]
    engine.fill("person", pa.Table.from_pylist(people, SCHEMAS["person"]))
    chance = random.Random(7)
    values = {row["person"]: chance.choice([None, *range(12)]) for row in people}
    given_values = ibis.memtable(
        pa.table({"person": list(values), "value": pa.array(values.values(), pa.int64())})
    )
    rows = engine.rows(segment_table(declared_tables(False), PYRAMID, ON, given_values))
    alive = {row["person"]: values[row["person"]] for row in people if not row["is_dead"]}
    assert {row["person"]: row["segment"] for row in rows} == place_in_order(PYRAMID, alive)


REST = {"id": "b", "title": "B"}


def one(**rule: Any) -> dict[str, Any]:
    return {"segments": [{"id": "a", "title": "A", **rule}, REST]}


@pytest.mark.parametrize(
    ("id", "changed", "problem"),
    [
        ("bridges-to-health", {"segments": [{**REST, "when": "age > 1"}]}, "takes everyone else"),
        ("bridges-to-health", one(when="moon"), "no measure"),
        ("bridges-to-health", {"form": "stars"}, "form must be"),
        ("kaiser-pyramid", {"score": ""}, "score is missing"),
        ("kaiser-pyramid", one(top_percent=0.55), "one decimal"),
    ],
)
def test_segments_that_leave_someone_out_are_refused(id: str, changed: dict[str, Any], problem: str) -> None:
    definition = load_definition("segments", id, ON)
    with pytest.raises(DefinitionError, match=problem):
        read_segments(replace(definition, content={**definition.content, **changed}), ON)
