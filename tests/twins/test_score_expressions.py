"""The scores in the warehouse are those of the plain twin, whatever the record holds."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ibis.expr.types import Table

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import facts_of, scores_of
from careweave.warehouse.scores import CodedScore, Score, load_score, score_person
from careweave.warehouse.tables import CONDITION, EVENT, ICD10_MAP, PERSON, declared_tables

ON = date(2026, 3, 1)
SCORES = [load_score(id, ON) for id in ("charlson", "charlson-2011", "hospital-frailty")]
CODES = ["I21", "I25.2", "E10.9", "E11.2", "K70.3", "k704", "C50", "C78.0", "G81", "F00.1*", "W19X", "N39.0"]
CONCEPTS = ["44054006", "1912002", "26929004", "999"]
MAP = {"44054006": ("E11.9",), "26929004": ("G30.9D", "F00.9A"), "1912002": ("W19.9",)}
PEOPLE = {f"p{n}": [f"p{n}-{stay}" for stay in range(n % 3)] for n in range(9)}
DAYS = [ON, ON + timedelta(1), date(2024, 3, 1), date(2024, 3, 2), date(2025, 6, 1), date(1999, 1, 1)]
SHAPES = {"person": PERSON, "condition": CONDITION, "event": EVENT, "icd10_map": ICD10_MAP}
CODED = (
    [("icd10", code) for code in [*CODES, *CODES[-4:] * 3, "Z00"]]
    + [("snomed", code) for code in CONCEPTS]
    + [("other", "X")]
)


@st.composite
def conditions(draw: st.DrawFn) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        who = draw(st.sampled_from(sorted(PEOPLE)))
        system, code = draw(st.sampled_from(CODED))
        return {
            "person": who,
            "system": system,
            "code": code,
            "role": draw(st.sampled_from(["problem", "diagnosis", "diagnosis", "reason"])),
            "start": draw(st.sampled_from([None, *DAYS])),
            "source": draw(st.sampled_from(["RVR", "Y90001"])),
            "event": draw(st.sampled_from([None, *PEOPLE[who] * 3])),
        }

    return [one() for _ in range(draw(st.integers(0, 120)))]


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        {
            "event": event,
            "person": who,
            "kind": draw(st.sampled_from(["admission", "admission", "emergency-department"])),
            "start": datetime.combine(draw(st.sampled_from(DAYS)), time(23, 30), UTC),
            "method": draw(st.sampled_from(["emergency", "emergency", "elective", None])),
        }
        for who, theirs in PEOPLE.items()
        for event in theirs
    ]


class Loaded:
    """The expressions compiled once, over tables that each example fills anew."""

    def __init__(self) -> None:
        self.engine = Engine(threads=1)
        self.fill(person=[], condition=[], event=[], icd10_map=[])
        self.made = {
            (score.id, is_loaded): score_tables(declared_tables(is_loaded), score, ON)
            for score in SCORES
            for is_loaded in (True, False)
        }
        self.sql = {key: (self.once(made.totals), self.once(made.drivers)) for key, made in self.made.items()}

    def once(self, expression: Table) -> str:
        self.engine.run(expression)
        return self.engine.backend.compile(expression)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.engine.backend.con.sql(sql).to_arrow_table().to_pylist()

    def fill(self, **tables: list[dict[str, Any]]) -> None:
        for name, rows in tables.items():
            self.engine.fill(name, pa.Table.from_pylist(rows, SHAPES[name]))


WANTED = {
    "",
    "the birth date is not known",
    "made for people aged 75 and over",
    "no emergency stay in hospital in the last 2 years",
    "no source has sent a coded diagnosis",
    "the emergency stays came without diagnoses",
    "the diagnoses are in SNOMED CT, and no map to ICD-10 is loaded",
    "no diagnosis is in ICD-10 or in the map to it",
    "diagnosis in",
    "emergency stay",
    "hospital stay",
    *(f"band hospital-frailty {band}" for band in ("low", "intermediate", "high")),
    *(f"band charlson {band}" for band in ("0", "1 to 2", "3 to 4", "5 or more")),
}


def diagnosed(stay: str | None, *codes: str, who: str = "", system: str = "icd10") -> list[dict[str, Any]]:
    person = who or str(stay).split("-")[0]
    about = {"person": person, "event": stay, "role": "diagnosis", "start": date(2025, 6, 1), "source": "RVR"}
    return [{**about, "system": system, "code": code} for code in codes]


def of_every_kind() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A place in which every answer is given, so that none is left to chance."""
    coded = [
        *diagnosed("p1-0", "F00.1*", "G81", "W19X", "N39.0"),
        *diagnosed("p4-0", "F00.1*", "C78.0"),
        *diagnosed("p7-0", "N39.0", "K70.3", "k704"),
        *diagnosed("p5-0", "I21"),
        *diagnosed("p8-0", "999", system="snomed"),
        *diagnosed(None, "999", who="p3", system="snomed"),
        *diagnosed(None, "X", who="p6", system="other"),
        *diagnosed(None, "Z00", "Z01", who="p0"),
        *diagnosed(None, "44054006", "999", who="p0", system="snomed"),
    ]
    methods = {"p5-1": "emergency", "p8-1": None, "p2-1": None}
    stays = [
        {
            "event": event,
            "person": who,
            "kind": "admission",
            "start": datetime(2025, 6, 1, tzinfo=UTC),
            "method": methods.get(event, "emergency"),
        }
        for who, theirs in PEOPLE.items()
        for event in theirs
    ]
    return coded, stays


def told(scores: dict[str, Score]) -> Iterator[str]:
    for score in scores.values():
        yield score.why_not
        yield f"band {score.definition} {score.band}"
        yield from (" ".join(words.split()[1:3]).replace("diagnoses", "diagnosis") for words in score.missing)


def test_the_warehouse_agrees_with_the_twin() -> None:
    loaded, drawn = Loaded(), Counter[str]()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        score=st.sampled_from(SCORES),
        ages=st.tuples(*(st.sampled_from([None, 74, 75, 75, 90, 90]) for _ in PEOPLE)),
        conditions=conditions(),
        events=events(),
        icd10_of=st.sampled_from([None, MAP, {}]),
    )
    def agrees(score: CodedScore, ages: Any, conditions: list, events: list, icd10_of: Any) -> None:
        people = [{"person": id, "age": age} for id, age in zip(PEOPLE, ages, strict=True)]
        pairs = [{"concept": id, "icd10": code} for id, codes in (icd10_of or {}).items() for code in codes]
        loaded.fill(person=people, condition=conditions, event=events, icd10_map=pairs)
        totals, drivers = map(loaded.rows, loaded.sql[score.id, icd10_of is not None])
        facts = facts_of(people, conditions, events)
        plain = {id: score_person(score, each, ON, icd10_of=icd10_of) for id, each in facts.items()}
        drawn.update(told(plain))
        assert scores_of(score, ON, totals, drivers, icd10_of is not None) == plain

    coded, stays = of_every_kind()
    ages = (90, 90, 90, None, 90, 90, 74, 75, 90)
    for score, icd10_of in product(SCORES, (None, {}, MAP)):
        agrees = example(score=score, ages=ages, conditions=coded, events=stays, icd10_of=icd10_of)(agrees)
    agrees()
    assert set(drawn) >= WANTED
