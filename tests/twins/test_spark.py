"""Spark gives what DuckDB gives: the same expressions over the same made-up people, at small size."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from ibis.expr.types import Table

from bench.kit.population import ON, write_population
from careweave.measures.publishing import whole_months_before
from careweave.warehouse.expressions.indicator import counted, itemised
from careweave.warehouse.expressions.score import score_tables, score_values
from careweave.warehouse.indicators import load_indicator
from careweave.warehouse.scores import load_score
from careweave.warehouse.store import CASE_FINDING, Warehouse, open_warehouse

pytestmark = [
    pytest.mark.long,
    # PySpark leaves the closing of its sockets to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

JAVA = ["apt-get", "install", "-y", "--no-install-recommends", "openjdk-17-jre-headless"]


@pytest.fixture(scope="module")
def java() -> None:
    """Spark needs Java 17; where it is not there it is fetched, and else the test says what to do."""
    if shutil.which("java") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-q"], check=False, timeout=300)
        subprocess.run(JAVA, check=False, timeout=600)
    assert shutil.which("java"), f"Spark needs Java 17. Run: {' '.join(JAVA)}"


@pytest.fixture(scope="module")
def both(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Warehouse]]:
    """The same warehouse through the same door, on DuckDB and by configuration on Spark."""
    pytest.importorskip(
        "pyspark", reason="the extra is not installed: Spark was NOT compared. Run: pip install .[spark]"
    )
    home = tmp_path_factory.mktemp("spark")
    write_population(home, 120)
    with open_warehouse(home, purpose=CASE_FINDING) as duckdb, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAREWEAVE_SPARK_MASTER", "local[1]")
        with open_warehouse(home, purpose=CASE_FINDING) as spark:
            assert type(spark.engine).__name__ == "SparkEngine"
            spark.engine.session.conf.set("spark.sql.shuffle.partitions", "1")  # type: ignore[attr-defined]
            yield duckdb, spark


def same(both: tuple[Warehouse, Warehouse], expression: Table) -> int:
    """The same rows in any order; says how many."""
    one, other = ([_told(row) for row in each.engine.rows(expression)] for each in both)
    assert sorted(one) == sorted(other)
    return len(one)


def _told(row: Any) -> str:
    return str(sorted(row.items()))


@pytest.mark.parametrize("id", ["charlson", "hospital-frailty"])
def test_a_score_is_the_same_on_spark(both: tuple[Warehouse, Warehouse], id: str) -> None:
    made = score_tables(both[0].tables, load_score(id, ON), ON)
    assert same(both, made.totals) > 100
    assert same(both, made.drivers) > 5


def test_many_scores_in_one_pass_are_the_same_on_spark(both: tuple[Warehouse, Warehouse]) -> None:
    scores = [
        load_score(id, ON) for id in ("charlson", "hospital-frailty", "lace", "parr-30", "hospital-score")
    ]
    assert same(both, score_values(both[0].tables, scores, ON)) > 100


@pytest.mark.parametrize(
    "id", ["emergency-admissions", "readmission-30", "length-of-stay", "a-and-e-attendances"]
)
def test_a_measure_is_the_same_on_spark(both: tuple[Warehouse, Warehouse], id: str) -> None:
    indicator, months = load_indicator(id, ON), whole_months_before(ON, 12)
    made = counted(both[0].tables, indicator, months, "sex")
    assert same(both, made.months) > 10
    for each in both:
        each.engine.hold("items", itemised(each.tables, indicator))
