"""Scores of a stay in the warehouse are those of the plain twin, whatever the record holds."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import facts_of, scores_of
from careweave.warehouse.scores import load_score, score_person
from careweave.warehouse.tables import ICD10_MAP, SCHEMAS, declared_tables

ON = date(2026, 11, 26)
SCORES = [load_score(id, ON) for id in ("lace", "lace-modified", "parr-30", "hospital-score-2016")]
CODES = [
    "I21",
    "I25.2",
    "E10.9",
    "E11.2",
    "K70.3",
    "k704",
    "C50",
    "C78.0",
    "G81",
    "F00.1*",
    "J44",
    "O80",
    "Z00",
]
SNOMED = ["44054006", "26929004", "999"]
MAP = {"44054006": ("E11.9",), "26929004": ("G30.9D", "F00.9A")}
Rows = dict[str, list[dict[str, Any]]]


def place(chance: random.Random) -> Rows:
    """Forty people, their journeys through hospitals, visits, diagnoses and results, on and about every edge."""
    rows: Rows = {name: [] for name in ("person", "condition", "event", "admission", "observation")}
    has_visits = chance.random() < 0.8
    for number in range(40):
        who = f"p{number}"
        age, decile = chance.choice([None, 30, 80, 140]), chance.choice([None, *range(1, 11)])
        rows["person"].append({"person": who, "age": age, "deprivation": decile})
        spells = [spell for each in range(chance.randrange(5)) for spell in journey(chance, who, each)]
        rows["admission"] += spells
        rows["condition"] += [
            diagnosis(chance, who, chance.choice([None, *(spell["event"] for spell in spells)] * 2))
            for _ in range(chance.randrange(9))
        ]
        rows["observation"] += [result(chance, who) for _ in range(chance.randrange(6))]
        if has_visits:
            rows["event"] += [visit(chance, who, each) for each in range(chance.randrange(5))]
    return rows


def day(chance: random.Random) -> date:
    near, far = [0, 1, 2, 3, 6, 7, 13, 14, 29, 30, 31], [60, 182, 183, 184, 364, 365, 366, 730, 731, 1500]
    return ON - timedelta(days=chance.choice([*near, *near, *far, -2]))


def journey(chance: random.Random, who: str, number: int) -> list[dict[str, Any]]:
    start, name, parts = day(chance), f"{who}-{number}", chance.choice([1, 1, 1, 2])
    made = []
    for part in range(parts):
        end = start + timedelta(days=chance.choice([0, 1, 4, 7, 14, 30]))
        is_open = part == parts - 1 and chance.random() < 0.2
        made.append(
            {
                "event": f"{name}-{part}",
                "superspell": f"{name}-0",
                "number": part + 1,
                "is_last": part == parts - 1,
                "person": who,
                "organisation": chance.choice(["RVR", "RXX", None]),
                "start": start,
                "end": None if is_open else end,
                "method": chance.choice(["emergency", "emergency", "elective", None]),
                "specialty": chance.choice([None, "370", "300"]),
            }
        )
        start = end
    return made


def diagnosis(chance: random.Random, who: str, event: str | None) -> dict[str, Any]:
    system = chance.choice(["icd10", "icd10", "icd10", "snomed", "other"])
    codes = {"icd10": CODES, "snomed": SNOMED, "other": ["X"]}[system]
    return {
        "person": who,
        "system": system,
        "code": chance.choice(codes),
        "role": chance.choice(["diagnosis", "diagnosis", "problem", "reason"]),
        "start": chance.choice([None, day(chance)]),
        "source": chance.choice(["RVR", "Y90001"]),
        "event": event,
    }


def result(chance: random.Random, who: str) -> dict[str, Any]:
    code, value, unit = chance.choice(
        [("718-7", 119.9, "g/L"), ("718-7", 12.0, "g/dL"), ("718-7", 11.9, "g/dL"), ("718-7", 5.0, "mmol/L"),
         ("2951-2", 134.0, "mmol/L"), ("2951-2", 135.0, "mmol/L"), ("2951-2", 400.0, "mmol/L"), ("2951-2", None, "mmol/L")]
    )  # fmt: skip
    return {
        "person": who,
        "code": code,
        "value": value,
        "unit": unit,
        "start": chance.choice([None, *[day(chance)] * 5]),
    }


def visit(chance: random.Random, who: str, number: int) -> dict[str, Any]:
    start = datetime.combine(day(chance), time(23, 30), UTC)
    kind = chance.choice(["emergency-department", "emergency-department", "clinic"])
    return {"event": f"{who}-v{number}", "person": who, "kind": kind, "start": start}


class Loaded:
    """The expressions compiled once, over tables that each example fills anew."""

    def __init__(self) -> None:
        self.engine = Engine(threads=1)
        for name in SCHEMAS:
            self.engine.fill(name, SCHEMAS[name].empty_table())
        self.fill({}, {})
        self.sql = {
            (score.id, is_loaded): tuple(
                self.once(table)
                for made in [score_tables(declared_tables(is_loaded), score, ON)]
                for table in (made.totals, made.drivers)
            )
            for score in SCORES
            for is_loaded in (True, False)
        }

    def once(self, expression: Any) -> str:
        self.engine.run(expression)
        return self.engine.backend.compile(expression)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.engine.backend.con.sql(sql).to_arrow_table().to_pylist()

    def fill(self, rows: Rows, icd10_of: dict[str, tuple[str, ...]]) -> None:
        for name, each in rows.items():
            self.engine.fill(name, pa.Table.from_pylist(each, SCHEMAS[name]))
        pairs = [{"concept": id, "icd10": code} for id, codes in icd10_of.items() for code in codes]
        self.engine.fill("icd10_map", pa.Table.from_pylist(pairs, ICD10_MAP))


def test_the_warehouse_agrees_with_the_twin_of_a_stay() -> None:
    loaded, drawn = Loaded(), Counter[str]()

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32), icd10_of=st.sampled_from([None, MAP, {}]))
    def agrees(seed: int, icd10_of: dict[str, tuple[str, ...]] | None) -> None:
        rows = place(random.Random(seed))
        loaded.fill(rows, icd10_of or {})
        facts = facts_of(
            rows["person"], rows["condition"], rows["event"],
            admissions=rows["admission"], observations=rows["observation"],
        )  # fmt: skip
        for score in SCORES:
            totals, drivers = map(loaded.rows, loaded.sql[score.id, icd10_of is not None])
            plain = {id: score_person(score, each, ON, icd10_of=icd10_of) for id, each in facts.items()}
            drawn.update(one.why_not or f"{score.id} {one.band}" for one in plain.values())
            assert scores_of(score, ON, totals, drivers, icd10_of is not None) == plain

    agrees()
    wanted = {f"lace {band}" for band in ("low", "moderate", "high")}
    wanted |= {"parr-30 ", "hospital-score-2016 low", "no stay in hospital in the last 30 days"}
    assert set(drawn) >= wanted
