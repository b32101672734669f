"""Who belongs to a group, in the warehouse of the day: as rows of yes and no beside what is told of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import IntegerValue, StringValue, Table
from numpy.typing import NDArray

from careweave.warehouse.cohorts.definition import TOLD, CohortError
from careweave.warehouse.expressions.register import compiled, register_table
from careweave.warehouse.registers import Measure, Register, Rule
from careweave.warehouse.store import Warehouse

NOT_KNOWN = "Not known"
Keys = NDArray[np.uint64]
Members = NDArray[np.bool_]


@dataclass(frozen=True)
class Evaluated:
    """`people` are everyone who is counted, in the order of all arrays; `steps` the group after each of its rules."""

    people: Keys
    steps: tuple[Members, ...]
    told: Mapping[str, Mapping[str, Members]]


def evaluate(warehouse: Warehouse, register: Register, lines: Sequence[Rule]) -> Evaluated:
    """Raises CohortError when something that the rule needs has stopped coming."""
    for measure in register.measures.values():
        _refuse_stopped(warehouse, measure)
    wide = register_table(warehouse.tables, register, warehouse.as_at)
    rows = warehouse.engine.run(
        _told(wide, warehouse).mutate(
            **{f"line_{n}": compiled(line, wide, register).fill_null(False) for n, line in enumerate(lines)}
        )
    )
    held = [_boolean(rows[f"line_{number}"]) for number in range(len(lines))]
    steps = tuple(np.logical_and.reduce(held[: number + 1]) for number in range(len(held)))
    told = {kind: _cells(rows[f"told_{kind}"]) for kind in TOLD}
    return Evaluated(keys_of(rows["person"]), steps, told)


def keys_of(people: pa.ChunkedArray) -> Keys:
    """Eight bytes of each pseudonym: enough to tell everyone apart, and a fifth of the room."""
    joined = "".join(each[:16] for each in people.to_pylist())
    return np.frombuffer(bytes.fromhex(joined), dtype=">u8").astype(np.uint64)


def _told(wide: Table, warehouse: Warehouse) -> Table:
    event, on = warehouse.tables.event, warehouse.as_at
    day = event.start.date()
    rows = event.filter(event.kind == "admission", event.method == "emergency")
    rows = rows.filter(day <= on, day > on - timedelta(days=365))
    stays = rows.group_by("person").agg(number=rows.count())
    joined = wide.left_join(stays, "person")
    number = joined.number.fill_null(0)
    many = ibis.cases((number == 0, "None"), (number == 1, "One"), else_="Two or more")
    fifth = ((joined.deprivation + 1) // 2).cast("string")
    return joined.mutate(
        told_age=age_band(joined.age),
        told_sex=joined.sex.capitalize().fill_null(NOT_KNOWN),
        told_fifth=fifth.fill_null(NOT_KNOWN),
        told_stays=many,
    )


def age_band(age: IntegerValue) -> StringValue:
    """As everywhere on the pages."""
    return ibis.cases(
        (age.isnull(), NOT_KNOWN),
        (age < 18, "0 to 17"),
        (age < 65, "18 to 64"),
        (age < 75, "65 to 74"),
        (age < 85, "75 to 84"),
        else_="85 and over",
    )


def _cells(column: pa.ChunkedArray) -> dict[str, Members]:
    names = sorted(pc.unique(column).to_pylist())
    return {name: _boolean(pc.equal(column, name)) for name in names}


def _boolean(column: pa.ChunkedArray) -> Members:
    return np.asarray(column.to_numpy(), dtype=np.bool_)


def _refuse_stopped(warehouse: Warehouse, measure: Measure) -> None:
    """A count of something that no longer comes would be too low without saying so."""
    if measure.kind != "events":
        return
    event = warehouse.tables.event.filter(warehouse.tables.event.kind == measure.event)
    last = warehouse.engine.rows(event.agg(last=event.start.max().date()))[0]["last"]
    if last is None:
        raise CohortError(f"‘{measure.words}’ cannot be counted: no {measure.not_known} have been sent yet.")
    if last <= warehouse.as_at - timedelta(days=measure.days):
        told = f"no {measure.not_known} since {last.day} {last:%B %Y}"
        raise CohortError(f"‘{measure.words}’ cannot be counted: {told}.")
