"""Who a register would suggest, in order, with reasons and scores: computed over pseudonyms only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from careweave.warehouse.expressions.register import register_table
from careweave.warehouse.models import load_model
from careweave.warehouse.models.foreseeing import Foreseen, as_scored, foresee
from careweave.warehouse.models.trained import Trained
from careweave.warehouse.registers import Feature, Finding, Measure, Register, find_person
from careweave.warehouse.registers.features import model_feature, score_feature
from careweave.warehouse.scored import score_people
from careweave.warehouse.scores import Score
from careweave.warehouse.store import Warehouse


@dataclass(frozen=True)
class Ranked:
    """Someone's place in the order, and nothing else about them."""

    pseudonym: str
    practice: str | None


@dataclass(frozen=True)
class Ranking:
    """`people` are all the living; `on_register` those whom the rule is for; `order` whom to suggest, first first."""

    as_at: date
    people: int
    on_register: int
    order: tuple[Ranked, ...]
    measured: pa.Table
    foreseen: Mapping[str, Foreseen]


@dataclass(frozen=True)
class Candidate:
    """What there is to say about one of them."""

    finding: Finding
    scores: tuple[Score, ...]


def rank(warehouse: Warehouse, register: Register, trained: Mapping[str, Trained] | None = None) -> Ranking:
    """Everyone whom the rule is for and to whom enough has happened, in order; `trained` by the model's id."""
    engine, on = warehouse.engine, warehouse.as_at
    foreseen = {
        id: foresee(warehouse, load_model(id, on), (trained or {})[id]) for id in sorted(set(register.models))
    }
    chances = {id: ibis.memtable(each.table()) for id, each in foreseen.items()}
    measured = engine.run(register_table(warehouse.tables, register, on, chances))
    wide = ibis.memtable(measured)
    is_on_register = wide.is_on_register.fill_null(False)
    counts = engine.rows(wide.agg(people=wide.count(), on_register=is_on_register.sum()))[0]
    chosen = wide.filter(is_on_register, wide.order >= register.suggest_from)
    chosen = chosen.order_by([chosen.order.desc(), chosen.age.desc(), chosen.person])
    order = tuple(
        Ranked(row["person"], row["practice"]) for row in engine.rows(chosen.select("person", "practice"))
    )
    return Ranking(on, counts["people"], counts["on_register"] or 0, order, measured, foreseen)


def describe(
    warehouse: Warehouse, register: Register, ranking: Ranking, pseudonyms: Iterable[str]
) -> dict[str, Candidate]:
    """Reasons, scores and gaps of these people only: a list names few of those it orders."""
    wanted = sorted(set(pseudonyms))
    rows = ranking.measured.filter(
        pc.is_in(ranking.measured["person"], value_set=pa.array(wanted, pa.string()))
    )
    scores = score_people(warehouse, register.scores, wanted) if wanted and register.scores else {}
    why = {id: each.because(wanted) for id, each in ranking.foreseen.items()}
    found = {}
    for row in rows.to_pylist():
        person = row["person"]
        foreseen = {
            id: as_scored(each, person, why[id], warehouse.as_at) for id, each in ranking.foreseen.items()
        }
        known = [score for score in foreseen.values() if score is not None]
        found[person] = _candidate(register, row, [*known, *scores.get(person, [])], warehouse.as_at)
    return found


def died(warehouse: Warehouse, pseudonyms: Iterable[str]) -> set[str]:
    """Those of these people who have died."""
    person = warehouse.tables.person
    dead = person.filter(person.is_dead, person.person.isin(sorted(pseudonyms)))
    return {row["person"] for row in warehouse.engine.rows(dead.select("person"))}


def _candidate(register: Register, row: Mapping[str, Any], scores: list[Score], on: date) -> Candidate:
    by_id = {score.definition: score for score in scores}
    features = {id: _feature(measure, row, by_id) for id, measure in register.measures.items()}
    return Candidate(find_person(register, features, on), tuple(scores))


def _feature(measure: Measure, row: Mapping[str, Any], scores: Mapping[str, Score]) -> Feature:
    if measure.model:
        return model_feature(scores.get(measure.model))
    if measure.score:
        return score_feature(scores[measure.score.id], measure.scale)
    return Feature(row[measure.id], row[f"{measure.id}_first"])
