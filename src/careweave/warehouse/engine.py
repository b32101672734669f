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

    def attach(self, name: str, file: Path) -> None:
        quoted = str(file).replace("'", "''")
        self._raw.execute(f"CREATE OR REPLACE VIEW \"{name}\" AS SELECT * FROM read_parquet('{quoted}')")

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

    def close(self) -> None:
        self.backend.disconnect()
