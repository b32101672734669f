"""Spark in place of DuckDB, for a warehouse beyond one machine: the same expressions, by configuration alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr.operations import InMemoryTable
from ibis.expr.types import Table
from pyspark.sql import DataFrame, SparkSession

from careweave.warehouse.engine import Engine
from careweave.warehouse.tables import ICD10_MAP, SCHEMAS

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # an instant's day must not depend on where the machine stands
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ansi.enabled": "false",  # a cast that fails is null, as in DuckDB's TRY_CAST
}


def _bit_or(compiler: Any, op: Any, *, arg: Any, where: Any) -> Any:
    """Spark has had it since 3.0; this version of Ibis does not say so."""
    return compiler.agg.bit_or(arg, where=where)


PySparkCompiler.visit_BitOr = _bit_or


class SparkEngine(Engine):
    """One session over one set of tables. Files must lie where every worker can read them."""

    def __init__(self, master: str, **settings: str) -> None:
        builder = SparkSession.builder.master(master).appName("careweave")
        for name, value in (SETTINGS | settings).items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.backend: Any = ibis.pyspark.connect(self.session)

    def attach(self, name: str, file: Path, *, only: str = "") -> None:
        rows = self.session.read.parquet(str(file))
        (rows.where(only) if only else rows).createOrReplaceTempView(name)

    def fill(self, name: str, rows: pa.Table) -> None:
        shape = {**SCHEMAS, "icd10_map": ICD10_MAP}[name]
        self.session.createDataFrame(rows.cast(shape)).createOrReplaceTempView(name)

    def run(self, expression: Table) -> pa.Table:
        """As Arrow from end to end: Ibis would go through pandas."""
        return self._rows(expression).toArrow().cast(expression.schema().to_pyarrow())

    def _rows(self, expression: Table) -> DataFrame:
        for held in expression.op().find(InMemoryTable):
            rows = self.session.createDataFrame(held.data.to_pyarrow(held.schema))
            rows.createOrReplaceTempView(held.name)
        return self.session.sql(self.backend.compile(expression))

    def run_again(self, key: Hashable, make: Callable[[], Table]) -> pa.Table:
        return self.run(make())

    def hold(self, name: str, expression: Table) -> Table:
        self._rows(expression).cache().createOrReplaceTempView(name)
        return ibis.table(expression.schema(), name=name)

    def write(self, expression: Table, file: Path) -> int:
        found = self.run(expression)
        pq.write_table(found, file)
        return int(found.num_rows)

    def number(self, sql: str) -> int:
        return int(self.session.sql(sql).collect()[0][0])

    def close(self) -> None:
        self.session.stop()
