"""The engine that runs the warehouse's expressions: DuckDB, in this process, without a service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.tables import ICD10_MAP, SCHEMAS


class Engine:
    """One connection over one set of tables, from files or from memory."""

    def __init__(self, threads: int | None = None) -> None:
        self.backend = ibis.duckdb.connect(**({"threads": threads} if threads else {}))
        self._raw = self.backend.con
        self._raw.execute(
            "SET TimeZone = 'UTC'"
        )  # an instant's day must not depend on where the machine stands

    def attach(self, name: str, file: Path, *, only: str = "") -> None:
        """Let `name` stand for the rows of a file, or for those of them that fit a condition of ours."""
        where = f" WHERE {only}" if only else ""
        self._raw.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {_rows_of(file)}{where}')

    def fill(self, name: str, rows: pa.Table) -> None:
        """Hold the rows of one table in memory."""
        self._raw.register("given", rows.cast({**SCHEMAS, "icd10_map": ICD10_MAP}[name]))
        self._raw.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given')
        self._raw.unregister("given")

    def run(self, expression: Table) -> pa.Table:
        """The rows as Arrow: dates stay dates and whole numbers whole (pandas would change both)."""
        return self.backend.to_pyarrow(expression)

    def rows(self, expression: Table) -> list[Mapping[str, Any]]:
        return self.run(expression).to_pylist()

    def write(self, expression: Table, file: Path) -> int:
        """Keep the rows of an expression as Parquet; says how many there are."""
        self.backend.to_parquet(expression, file)
        return self._count(file)

    def write_both(self, one: str, other: str, file: Path) -> int:
        """Keep the rows of two attached tables of one shape as one file."""
        both = f'SELECT * FROM "{one}" UNION ALL BY NAME SELECT * FROM "{other}"'
        self._raw.execute(f"COPY ({both}) TO {_quoted(file)} (FORMAT parquet)")
        return self._count(file)

    def _count(self, file: Path) -> int:
        return int(self._raw.execute(f"SELECT count(*) FROM {_rows_of(file)}").fetchall()[0][0])

    def close(self) -> None:
        self.backend.disconnect()


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _rows_of(file: Path) -> str:
    return f"read_parquet({_quoted(file)})"
