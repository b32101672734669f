"""People on one day as numbers to learn from or to judge by; rows are in order of the pseudonym, so runs repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from careweave.warehouse.engine import Engine
from careweave.warehouse.models.definition import Model
from careweave.warehouse.models.features import feature_table, group_table, outcome_table
from careweave.warehouse.tables import Tables

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
GROUPS = ("age", "deprivation", "ethnicity", "home")


@dataclass(frozen=True)
class Sample:
    """`values` has a column for each feature, NaN where it is not known; `rows` is what it was made from."""

    on: date
    people: tuple[str, ...]
    values: Floats
    rows: pa.Table


@dataclass(frozen=True)
class Outcomes:
    """What came, for the same people in the same order; `before` and `after` are emergency stays."""

    happened: Bools
    before: Floats
    after: Floats


def sample(engine: Engine, tables: Tables, model: Model, on: date) -> Sample:
    rows = engine.run(feature_table(tables, model, on))
    people = tuple(rows["person"].to_pylist())
    return Sample(on, people, matrix(model, rows), rows)


def matrix(model: Model, rows: pa.Table) -> Floats:
    columns = [rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in model.features]
    return np.column_stack(columns).astype(np.float64)


def outcomes(engine: Engine, tables: Tables, model: Model, drawn: Sample) -> Outcomes:
    rows = engine.run(outcome_table(tables, model, drawn.on))
    _same_people(rows, drawn)
    happened = rows["happened"].to_numpy(zero_copy_only=False).astype(bool)
    before, after = (
        rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in ("before", "after")
    )
    return Outcomes(happened, before, after)


def groups(engine: Engine, tables: Tables, model: Model, drawn: Sample) -> dict[str, NDArray[np.object_]]:
    rows = engine.run(group_table(tables, model, drawn.on))
    _same_people(rows, drawn)
    return {name: np.array(rows[name].to_pylist(), dtype=object) for name in GROUPS}


def _same_people(rows: pa.Table, drawn: Sample) -> None:
    if tuple(rows["person"].to_pylist()) != drawn.people:
        raise AssertionError("features and outcomes are of different people")


def shares(people: tuple[str, ...], seed: int) -> Floats:
    """A number from 0 to 1 for each person, the same whenever it is asked: who is learnt from, and who judges."""
    return np.array(
        [int(sha256(f"{seed} {person}".encode()).hexdigest()[:12], 16) / 16**12 for person in people]
    )
