"""Counts who the people are, once the warehouse is up to date; the conditions are those that groups may be made of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis

from careweave.measures.population import MANY, Population, cells_of, keep
from careweave.warehouse.cohorts import Words, load_words, read_group
from careweave.warehouse.cohorts.evaluating import age_band
from careweave.warehouse.expressions.register import register_table
from careweave.warehouse.store import CASE_FINDING, SECONDARY_USE, Warehouse, open_warehouse


def publish_population(home: Path, on: date) -> Population:
    """Everyone alive who may be counted, and how many are left out because they may not."""
    words = load_words(on)
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        rows = warehouse.engine.rows(_counted(warehouse, words))
        as_at = warehouse.as_at
    found = Population(
        as_at=as_at,
        conditions=tuple(words.measures[id].words for id in _conditions(words)),
        definition=words.definition.id,
        version=words.version,
        fewest=words.fewest,
        rounded_to=words.rounded_to,
        cells=cells_of(rows, fewest=words.fewest, base=words.rounded_to),
        left_out=_left_out(home, words),
    )
    keep(home, found)
    return found


def _conditions(words: Words) -> list[str]:
    return [id for id, measure in words.measures.items() if measure.kind == "condition"]


def _counted(warehouse: Warehouse, words: Words) -> ibis.Table:
    """What is not known of someone is not counted as a condition."""
    ids = _conditions(words)
    wide = register_table(warehouse.tables, read_group(words, " or ".join(ids)), warehouse.as_at)
    number = sum((wide[id].fill_null(0) for id in ids), ibis.literal(0))
    many = ibis.cases((number == 0, MANY[0]), (number == 1, MANY[1]), (number == 2, MANY[2]), else_=MANY[3])
    told = wide.select(age=age_band(wide.age), many=many)
    return told.group_by("age", "many").agg(count=told.count())


def _left_out(home: Path, words: Words) -> int | None:
    with open_warehouse(home, purpose=CASE_FINDING) as warehouse:
        person = warehouse.tables.person
        kept_out = person.filter(~person.is_dead, ~person.is_counted)
        count: int = warehouse.engine.rows(kept_out.agg(count=kept_out.count()))[0]["count"]
    return None if 0 < count < words.fewest else count
