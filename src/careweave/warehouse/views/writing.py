"""A place's own view over the record of everyone who may be counted, written as Parquet or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from careweave.definitions import load_definition
from careweave.private_files import new_private_file
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.views.definition import Column, Row, View, ViewError, read_view
from careweave.warehouse.views.hiding import without_names

TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "positiveInt": pa.int64(),
    "unsignedInt": pa.int64(),
    "decimal": pa.float64(),
}


class ExtractingGate(Protocol):
    """What a view needs of a gate: one for secondary use, so that who opted out is in no view."""

    def extract(self, types: Sequence[str]) -> Iterator[list[Any]]: ...


def load_view(file: Path) -> View:
    """A ViewDefinition in JSON. Raises ViewError with what to do."""
    try:
        told = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ViewError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(told, Mapping):
        raise ViewError(f"{file} holds no ViewDefinition")
    return read_view(told)


def write_view(
    gate: ExtractingGate,
    view: View,
    out: Path,
    *,
    key: PseudonymKey,
    by: str,
    on: date,
    replace: bool = False,
) -> int:
    """How many rows there are, in a file for its owner alone. Nothing is left behind when it fails."""
    if out.suffix not in WRITERS:
        raise ViewError(f"{out.name}: end the name in {' or '.join(sorted(WRITERS))}")
    with new_private_file(out, replace=replace) as fresh:
        count = WRITERS[out.suffix](fresh, view.columns, _batches(gate, view, key, on))
        key.record_use(by=by, act="viewed", purpose="secondary-use", count=count)
    return count


def _batches(gate: ExtractingGate, view: View, key: PseudonymKey, on: date) -> Iterator[list[Row]]:
    """Counting meets every label; a file of rows those alone that the definition of labels lets into one."""
    may_leave = _labels_that_may_leave(on)
    for batch in gate.extract([view.resource]):
        bodies = (
            without_names(orjson.loads(one.body), key.pseudonym)
            for one in batch
            if may_leave.issuperset(one.labels)
        )
        yield [_shown(row) for body in bodies for row in view.rows(body)]


@lru_cache(maxsize=4)
def _labels_that_may_leave(on: date) -> frozenset[str]:
    labels = load_definition("access", "labels", on).content["label"]
    return frozenset(each["name"] for each in labels if each.get("in_rows"))


def _shown(row: Row) -> Row:
    for name, value in row.items():
        if isinstance(value, Mapping) or (
            isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
        ):
            raise ViewError(f"The column “{name}” holds more than one thing. Choose a part of it in its path")
    return row


def _parquet(file: Path, columns: Sequence[Column], batches: Iterator[list[Row]]) -> int:
    schema, count = pa.schema([(column.name, _type(column)) for column in columns]), 0
    with pq.ParquetWriter(file, schema) as writer:
        for rows in batches:
            arrays = [_array(rows, field) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(rows)
    return count


def _type(column: Column) -> pa.DataType:
    single = TYPES.get(column.type, pa.string())
    return pa.list_(single) if column.is_list else single


def _array(rows: list[Row], field: pa.Field) -> pa.Array:
    try:
        return pa.array([row[field.name] for row in rows], field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ViewError(f"The column “{field.name}” is not of the type it says: {error}") from error


def _csv(file: Path, columns: Sequence[Column], batches: Iterator[list[Row]]) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, [column.name for column in columns])
        writer.writeheader()
        for rows in batches:
            writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
            count += len(rows)
    return count


def _cell(value: Any) -> Any:
    """Figures as they are; text that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, list):
        return ";".join(str(each) for each in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


WRITERS = {".parquet": _parquet, ".csv": _csv}
