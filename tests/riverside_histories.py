"""Riverside in memory as an engine's tables, with the truth that the generator keeps apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from careweave.demonstration import days
from careweave.demonstration.careers import Careers
from careweave.demonstration.chunk import build_chunk
from careweave.demonstration.figures import load_figures
from careweave.demonstration.history import history, keys
from careweave.demonstration.risk import yearly_risk
from careweave.warehouse.engine import Engine
from careweave.warehouse.tables import SCHEMAS

ON = date(2026, 11, 22)  # the place's date; its histories run a year further
LATER = ON + timedelta(days=365)
SEED = 7


@dataclass(frozen=True)
class Histories:
    """Tables of four years, and for each person alive on the place's date how likely the outcome truly was."""

    tables: dict[str, pa.Table]
    risk: dict[str, float]


def histories(people: int, lists: int = 4) -> Histories:
    figures, made, risk = load_figures(ON), list[dict[str, pa.Table]](), dict[str, float]()
    for place in range(lists):
        seen: dict[str, NDArray[np.float64]] = {}

        def watch(month: int, careers: Careers, seen: dict[str, NDArray[np.float64]] = seen) -> None:
            if month == figures.careers["window"]["months_before"]:
                seen["risk"] = yearly_risk(careers, month, SEED)

        each = people // lists
        chunk = build_chunk(
            seed=SEED,
            practice=place,
            first=place * each,
            count=each,
            register=people,
            figures=figures,
            today=days.number(ON),
            watch=watch,
        )
        made.append(history(chunk))
        risk |= dict(zip(keys(chunk).tolist(), seen["risk"].tolist(), strict=True))
    return Histories({name: pa.concat_tables([one[name] for one in made]) for name in made[0]}, risk)


def shaped(rows: pa.Table, name: str) -> pa.Table:
    """With every column of the warehouse's table; what the histories do not tell is not known."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in SCHEMAS[name]
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMAS[name])


def engine_of(tables: dict[str, pa.Table]) -> Engine:
    engine = Engine(threads=2)
    for name, schema in SCHEMAS.items():
        engine.fill(name, shaped(tables[name], name) if name in tables else schema.empty_table())
    return engine
