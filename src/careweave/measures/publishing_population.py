"""Counts who the people are by every definition of segments in use, once the warehouse is up to date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from careweave.definitions import Definition, all_definitions
from careweave.measures.population import Parted, Population, cells_of, keep
from careweave.warehouse.cohorts import Words, load_words
from careweave.warehouse.cohorts.evaluating import age_band
from careweave.warehouse.expressions.segment import segment_table
from careweave.warehouse.segments import read_segments
from careweave.warehouse.segments.definition import KIND
from careweave.warehouse.store import CASE_FINDING, SECONDARY_USE, Warehouse, open_warehouse


def publish_population(home: Path, on: date) -> Population:
    """Everyone alive who may be counted, and how many are left out because they may not."""
    words = load_words(on)
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        in_use = [each for each in all_definitions(KIND) if each.holds_on(on)]
        parted = tuple(_parted(warehouse, each, words) for each in in_use)
        as_at = warehouse.as_at
    found = Population(as_at, words.fewest, words.rounded_to, _left_out(home, words), parted)
    keep(home, found)
    return found


def _parted(warehouse: Warehouse, definition: Definition, words: Words) -> Parted:
    segments = read_segments(definition, words.on)
    placed = segment_table(warehouse.tables, segments, warehouse.as_at)
    person = warehouse.tables.person
    told = placed.inner_join(person.select("person", age=age_band(person.age)), "person")
    counted = told.group_by("segment", "age").agg(count=told.count())
    titles = {each.id: each.title for each in segments.segments}
    rows = [{**row, "segment": titles[row["segment"]]} for row in warehouse.engine.rows(counted)]
    names = tuple(titles.values())
    ages, cells = cells_of(rows, names, fewest=words.fewest, base=words.rounded_to)
    about = (definition.id, definition.version, definition.title, definition.source)
    return Parted(*about, names, ages, cells)


def _left_out(home: Path, words: Words) -> int | None:
    with open_warehouse(home, purpose=CASE_FINDING) as warehouse:
        person = warehouse.tables.person
        kept_out = person.filter(~person.is_dead, ~person.is_counted)
        count: int = warehouse.engine.rows(kept_out.agg(count=kept_out.count()))[0]["count"]
    return None if 0 < count < words.fewest else count
