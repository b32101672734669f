"""The scores of a few named pseudonyms by their plain twins: to compile an expression would cost more than to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ibis.expr.types import Table

from careweave.warehouse.facts import facts_of
from careweave.warehouse.scores import AnyScore, Score, score_person
from careweave.warehouse.store import Warehouse

Row = Mapping[str, Any]


def score_people(
    warehouse: Warehouse, scores: Sequence[AnyScore], people: Sequence[str]
) -> dict[str, list[Score]]:
    """In the order of `scores`, for each of these people whom the warehouse holds."""
    tables = warehouse.tables
    rows = {
        name: rows_of(warehouse, getattr(tables, name), people)
        for name in ("person", "condition", "event", "admission", "observation", "medication")
    }
    facts = facts_of(
        rows["person"],
        rows["condition"],
        rows["event"],
        admissions=rows["admission"],
        observations=rows["observation"],
        medications=rows["medication"],
    )
    # What the place receives at all is told by everyone's rows: none received is not none made.
    received = frozenset(row["kind"] for row in warehouse.engine.rows(tables.event.select("kind").distinct()))
    has_medicines = bool(warehouse.engine.rows(tables.medication.select("code").limit(1)))
    icd10_of = icd10_map(warehouse, (row["code"] for row in rows["condition"]))
    found: dict[str, list[Score]] = {}
    for person, known in facts.items():
        whole = replace(known, kinds_received=received, has_medicines=has_medicines)
        found[person] = [score_person(one, whole, warehouse.as_at, icd10_of=icd10_of) for one in scores]
    return found


def rows_of(warehouse: Warehouse, table: Table, people: Sequence[str]) -> list[Row]:
    return warehouse.engine.rows(table.filter(table.person.isin(people)))


def icd10_map(warehouse: Warehouse, codes: Iterable[str]) -> Mapping[str, tuple[str, ...]] | None:
    """What these SNOMED CT concepts are in ICD-10; None where no map is loaded."""
    table, wanted = warehouse.tables.icd10_map, sorted(set(codes))
    if table is None:
        return None
    found: dict[str, tuple[str, ...]] = {}
    for row in warehouse.engine.rows(table.filter(table.concept.isin(wanted))) if wanted else ():
        found[row["concept"]] = (*found.get(row["concept"], ()), row["icd10"])
    return found
