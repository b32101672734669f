"""The engine that runs the warehouse's expressions: DuckDB, in this process, without a service."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.private_files import NO_ROOM, waiting_folder
from careweave.warehouse.tables import ICD10_MAP, SCHEMAS

MEBIBYTE = 1 << 20


class Engine:
    """One connection over one set of tables, from files or from memory."""

    def __init__(self, threads: int | None = None) -> None:
        """Takes two fifths of the machine's memory at most; what does not fit waits in a folder for us alone."""
        room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 5
        self.backend = ibis.duckdb.connect(
            **({"threads": threads} if threads else {}),
            memory_limit=f"{room // MEBIBYTE}MB",
            temp_directory=waiting_folder(),
        )
        self._raw = self.backend.con
        self._worded: dict[Hashable, tuple[Table, str]] = {}
        self._raw.execute("SET enable_progress_bar = false")  # a terminal is for what was found
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

    def take(self, name: str, rows: pa.Table) -> Table:
        """Rows that are no table of the warehouse, such as those of a file, for as long as the engine is open."""
        self._raw.register(name, rows)
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name=name)

    def run(self, expression: Table) -> pa.Table:
        """The rows as Arrow: dates stay dates and whole numbers whole (pandas would change both)."""
        return self.backend.to_pyarrow(expression)

    def rows(self, expression: Table) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.run(expression).to_pylist()
        return found

    def rows_again(self, key: Hashable, make: Callable[[], Table]) -> list[Mapping[str, Any]]:
        """As `run_again`, row by row."""
        found: list[Mapping[str, Any]] = self.run_again(key, make).to_pylist()
        return found

    def run_again(self, key: Hashable, make: Callable[[], Table]) -> pa.Table:
        """The rows of an expression that is worded alike whenever the key is the same.

        Over a small place, putting an expression into words costs more than counting.
        """
        if key not in self._worded:
            expression = make()
            self.backend._run_pre_execute_hooks(expression)
            self._worded[key] = (expression, self.backend.compile(expression))
        expression, sql = self._worded[key]
        return self._raw.sql(sql).to_arrow_table().cast(expression.schema().to_pyarrow())

    def hold(self, name: str, expression: Table) -> Table:
        """Work the rows out once, in memory (and on disk where they do not fit), and let `name` stand for them."""
        self.backend._run_pre_execute_hooks(
            expression
        )  # small tables in memory; `create_table` warns of old age
        self._raw.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self.backend.compile(expression)}')
        return ibis.table(expression.schema(), name=name)

    def write(self, expression: Table, file: Path) -> int:
        """Keep the rows of an expression as Parquet; says how many there are."""
        with _as_the_system_says_it():
            self.backend.to_parquet(expression, file)
        return self._count(file)

    def attach_tabbed(self, name: str, files: Sequence[Path]) -> None:
        """Tab-separated files with a header, every column as text and no quoting (RF2 writes them so)."""
        names = ", ".join(_quoted(file) for file in files)
        self._raw.execute(
            f"CREATE OR REPLACE VIEW \"{name}\" AS SELECT * FROM read_csv([{names}], delim='\t', header=true, quote='',"
            " escape='', all_varchar=true, union_by_name=true)"
        )

    def empty(self, name: str, columns: Sequence[str]) -> None:
        listed = ", ".join(f'"{column}" VARCHAR' for column in columns)
        self._raw.execute(f'CREATE OR REPLACE TABLE "{name}" ({listed})')

    def columns(self, name: str) -> list[str]:
        return [row[0] for row in self._raw.execute(f'DESCRIBE "{name}"').fetchall()]

    def number(self, sql: str) -> int:
        return int(self._raw.execute(sql).fetchall()[0][0])

    def write_sql(self, sql: str, file: Path) -> int:
        with _as_the_system_says_it():
            self._raw.execute(f"COPY ({sql}) TO {_quoted(file)} (FORMAT parquet)")
        return self._count(file)

    def _count(self, file: Path) -> int:
        return self.number(f"SELECT count(*) FROM {_rows_of(file)}")

    def close(self) -> None:
        self.backend.disconnect()


@contextmanager
def _as_the_system_says_it() -> Iterator[None]:
    """DuckDB tells of a full disk in words of its own; whoever asked for the file knows those of the system."""
    try:
        yield
    except duckdb.IOException as error:
        full = next((number for number in NO_ROOM if os.strerror(number) in str(error)), None)
        if full is None:
            raise
        raise OSError(full, str(error)) from error


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _rows_of(file: Path) -> str:
    return f"read_parquet({_quoted(file)})"
