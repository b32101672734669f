"""Who a register would suggest, in order, with reasons and scores: computed over pseudonyms only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.expressions.register import register_table
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import scores_of
from careweave.warehouse.registers import Feature, Finding, Measure, Register, find_person
from careweave.warehouse.registers.features import score_feature
from careweave.warehouse.scores import Score
from careweave.warehouse.store import Warehouse


@dataclass(frozen=True)
class Candidate:
    """Someone whom the register would suggest; first in the list comes first."""

    pseudonym: str
    practice: str | None
    finding: Finding
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Ranking:
    """`people` are all the living; `on_register` those whom the rule is for."""

    as_at: date
    people: int
    on_register: int
    candidates: tuple[Candidate, ...]


def rank(warehouse: Warehouse, register: Register, *, keep: Collection[str] = ()) -> Ranking:
    """Everyone whom the rule is for and to whom enough has happened, and those of `keep` whatever is known."""
    engine, on = warehouse.engine, warehouse.as_at
    wide = ibis.memtable(engine.run(register_table(warehouse.tables, register, on)))
    counts = engine.rows(
        wide.agg(people=wide.count(), on_register=wide.is_on_register.fill_null(False).sum())
    )[0]
    wanted = wide.is_on_register.fill_null(False) & (wide.order >= register.suggest_from)
    if keep:
        wanted = wanted | wide.person.isin(sorted(keep))
    chosen = engine.rows(wide.filter(wanted).order_by([wide.order.desc(), wide.age.desc(), wide.person]))
    scores = _scores(warehouse, register, [row["person"] for row in chosen])
    candidates = tuple(_candidate(register, row, scores[row["person"]], on) for row in chosen)
    return Ranking(on, counts["people"], counts["on_register"] or 0, candidates)


def died(warehouse: Warehouse, pseudonyms: Iterable[str]) -> set[str]:
    """Those of these people who have died."""
    person = warehouse.tables.person
    dead = person.filter(person.is_dead, person.person.isin(sorted(pseudonyms)))
    return {row["person"] for row in warehouse.engine.rows(dead.select("person"))}


def _scores(warehouse: Warehouse, register: Register, people: list[str]) -> Mapping[str, list[Score]]:
    """The scores that the register looks at, with their drivers, of these people only."""
    found: dict[str, list[Score]] = defaultdict(list)
    only = ibis.memtable(pa.table({"person": pa.array(people, pa.string())}))
    for score in register.scores:
        made = score_tables(warehouse.tables, score, warehouse.as_at)
        rows = (warehouse.engine.rows(_of(table, only)) for table in (made.totals, made.drivers))
        for person, one in scores_of(score, warehouse.as_at, *rows, warehouse.is_map_loaded).items():
            found[person].append(one)
    return found


def _of(table: Table, people: Table) -> Table:
    return table.semi_join(people, "person")


def _candidate(register: Register, row: Mapping[str, Any], scores: list[Score], on: date) -> Candidate:
    by_id = {score.definition: score for score in scores}
    features = {id: _feature(measure, row, by_id) for id, measure in register.measures.items()}
    return Candidate(row["person"], row["practice"], find_person(register, features, on), tuple(scores))


def _feature(measure: Measure, row: Mapping[str, Any], scores: Mapping[str, Score]) -> Feature:
    if measure.score:
        return score_feature(scores[measure.score.id])
    return Feature(row[measure.id], row[f"{measure.id}_first"])
