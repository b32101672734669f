"""The scores of 2,000 reference people, one by one, against an independent implementation in R."""

import csv
import gzip
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import scores_of
from careweave.warehouse.scores import Diagnosis, Facts, Stay, load_score, score_person
from careweave.warehouse.tables import CONDITION, EVENT, PERSON, declared_tables

ON = date(2026, 1, 1)
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "comorbidity-reference"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="../shared/data/comorbidity-reference is not here: the scores were NOT compared",
)


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(FOLDER / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def people() -> dict[str, Facts]:
    codes: dict[str, list[str]] = defaultdict(list)
    for row in rows("icd10_diagnoses.csv.gz"):
        codes[row["id"]].append(row["code"])
    stay = Stay("stay", ON, "emergency")
    return {
        person: Facts(80, tuple(Diagnosis(code, "icd10", ON, "reference", "stay") for code in each), (stay,))
        for person, each in codes.items()
    }


@pytest.mark.parametrize(
    ("score", "column"),
    [("charlson", "charlson_1987_weights"), ("charlson-2011", "charlson_quan2011_weights")],
)
def test_charlson_is_that_of_the_reference(people: dict[str, Facts], score: str, column: str) -> None:
    definition = load_score(score, ON)
    expected = {row["id"]: Decimal(row[column]) for row in rows("charlson.csv.gz") if row["id"] in people}
    found = {person: score_person(definition, people[person], ON).value for person in expected}
    assert len(found) == 2000
    assert {id: (found[id], expected[id]) for id in found if found[id] != expected[id]} == {}


@pytest.mark.parametrize(
    ("score", "column"), [("elixhauser", "elixhauser_vanwalraven"), ("elixhauser-swiss", "elixhauser_swiss")]
)
def test_elixhauser_is_that_of_the_reference(people: dict[str, Facts], score: str, column: str) -> None:
    definition = load_score(score, ON)
    expected = {row["id"]: Decimal(row[column]) for row in rows("elixhauser.csv.gz") if row["id"] in people}
    found = {person: score_person(definition, people[person], ON).value for person in expected}
    assert len(found) == 2000
    assert {id: (found[id], expected[id]) for id in found if found[id] != expected[id]} == {}


def test_frailty_is_that_of_the_reference(people: dict[str, Facts]) -> None:
    definition = load_score("hospital-frailty", ON)
    expected = {
        row["id"]: (Decimal(row["hfrs"]), row["hfrs_band"])
        for row in rows("hfrs.csv.gz")
        if row["id"] in people
    }
    scores = {person: score_person(definition, people[person], ON) for person in expected}
    found = {person: (score.value, score.band) for person, score in scores.items()}
    assert len(found) == 2000
    assert {id: (found[id], expected[id]) for id in found if found[id] != expected[id]} == {}


@pytest.mark.parametrize(
    "score", ["charlson", "charlson-2011", "elixhauser", "elixhauser-swiss", "hospital-frailty"]
)
def test_the_warehouse_gives_all_of_them_at_once(people: dict[str, Facts], score: str) -> None:
    definition, engine = load_score(score, ON), Engine()
    engine.fill("person", pa.Table.from_pylist([{"person": id, "age": 80} for id in people], PERSON))
    stays = [
        {
            "person": id,
            "event": id,
            "kind": "admission",
            "start": datetime(2026, 1, 1, tzinfo=UTC),
            "method": "emergency",
        }
        for id in people
    ]
    engine.fill("event", pa.Table.from_pylist(stays, EVENT))
    told = [
        {
            "person": id,
            "event": id,
            "code": each.code,
            "system": "icd10",
            "role": "diagnosis",
            "start": ON,
            "source": each.source,
        }
        for id, facts in people.items()
        for each in facts.diagnoses
    ]
    engine.fill("condition", pa.Table.from_pylist(told, CONDITION))
    made = score_tables(declared_tables(False), definition, ON)
    found = scores_of(definition, ON, engine.rows(made.totals), engine.rows(made.drivers), False)
    assert found == {id: score_person(definition, facts, ON) for id, facts in people.items()}
