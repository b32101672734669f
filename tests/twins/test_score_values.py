"""Many scores in one pass are the scores one by one."""

import random

import pyarrow as pa

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables, score_values
from careweave.warehouse.scores import load_score
from careweave.warehouse.tables import SCHEMAS, declared_tables
from tests.twins.test_stay_score_expressions import ON, place

IDS = (
    "charlson",
    "charlson-2011",
    "elixhauser",
    "elixhauser-swiss",
    "hospital-frailty",
    "lace",
    "lace-modified",
    "parr-30",
    "hospital-score",
    "hospital-score-2016",
    "frailty-index",
)


def test_the_values_of_many_scores_are_those_of_each() -> None:
    engine, scores = Engine(threads=1), [load_score(id, ON) for id in IDS]
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    rows = place(random.Random(20261126))
    rows["event"] += [
        {"event": spell["event"], "person": spell["person"], "kind": "admission", "method": spell["method"],
         "start": pa.scalar(spell["start"], pa.date32()).cast(pa.timestamp("us", tz="UTC")).as_py()}
        for spell in rows["admission"]
    ]  # fmt: skip
    for name, each in rows.items():
        engine.fill(name, pa.Table.from_pylist(each, SCHEMAS[name]))
    tables = declared_tables(False)
    together = {row["person"]: row for row in engine.rows(score_values(tables, scores, ON))}
    assert len(together) == 40
    for score in scores:
        one_by_one = engine.rows(score_tables(tables, score, ON).totals)
        found = {row["person"]: (row["value"], row["why_not"]) for row in one_by_one}
        assert {id: (row[score.id], row[f"{score.id}_why"]) for id, row in together.items()} == found
        assert score.id == "frailty-index" or any(value is not None for value, _ in found.values())
