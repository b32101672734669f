"""From a number back to its rows, with the definition that made it; from rows to someone's record only through the gate.

A row names the resource it was read from by pseudonym. Whoever cares for a person may open what is behind it, in the
record, under the rules: the warehouse itself leads to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import ibis
from ibis.expr.types import Table

from careweave.record import Refusal, Resource
from careweave.warehouse.expressions.indicator import EVERYONE, items_within
from careweave.warehouse.indicators import Indicator
from careweave.warehouse.indicators.conditions import SPREADS
from careweave.warehouse.indicators.definition import STAYS
from careweave.warehouse.indicators.records import RECORDS
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.scores import Score
from careweave.warehouse.store import Warehouse

DIRECT_CARE = "direct-care"
TYPES = {
    "condition": ("Condition", "Encounter"),
    "event": ("Encounter",),
    "admission": ("Encounter",),
    "service": ("ServiceRequest",),
    "referral": ("ServiceRequest",),
    "enrolment": ("EpisodeOfCare",),
    "plan": ("CarePlan",),
    "task": ("Task",),
    "need": ("QuestionnaireResponse",),
    "person": ("Patient",),
    "registration": ("Patient",),
}


@dataclass(frozen=True)
class SourceRow:
    """One row that counted: in which table, about whom and read from what (both pseudonyms), sent by whom, and when."""

    table: str
    person: str
    resource: str
    source: str
    on: date | None


@dataclass(frozen=True)
class Lineage:
    """The rows behind one number, and what made it a number."""

    definition: str
    version: str
    as_at: date
    rows: tuple[SourceRow, ...]


class CaringGate(Protocol):
    """What going back needs of a gate."""

    @property
    def actor(self) -> Any: ...
    @property
    def purpose(self) -> Any: ...
    def about(self, person_id: str, types: Sequence[str]) -> list[Resource]: ...


def behind_score(warehouse: Warehouse, score: Score, person: str) -> Lineage:
    """The coded entries that gave the points of one person's score; `person` is a pseudonym."""
    condition = warehouse.tables.condition
    told = [
        (condition.system == each.system)
        & (condition.code == each.code)
        & (condition.source == each.source)
        & (condition.start.isnull() if each.on is None else condition.start == each.on)
        for each in score.drivers
    ]
    kept = condition.filter(condition.person == person, ibis.or_(*told) if told else ibis.literal(False))
    rows = kept.select("person", "resource", "source", on="start").distinct()
    return Lineage(score.definition, score.version, warehouse.as_at, _rows(warehouse, "condition", rows))


def behind_measure(
    warehouse: Warehouse, indicator: Indicator, months: Sequence[date], by: str = "", group: str = EVERYONE
) -> Lineage:
    """The contacts that a measure counted in these months, altogether or for one group of those that `by` makes."""
    items = items_within(warehouse.tables, indicator, list(months), by, as_at=warehouse.as_at)
    if record := RECORDS.get(indicator.counted.of):
        told = items.filter(items.group == group)
        source = told.c_source if "c_source" in told.columns else ibis.literal("")
        rows = told.select("person", resource="row", source=source, on="start").distinct()
        made = _rows(warehouse, record.table, rows)
        return Lineage(indicator.id, indicator.version, warehouse.as_at, made)
    items = items.filter(items.group == group).select("person", begun="start", left="end").view()
    event = warehouse.tables.event
    is_stay = event.kind == "admission"
    told = event
    if indicator.counted.of != SPREADS:  # which are of every contact, stays among them
        told = event.filter(is_stay if indicator.counted.of == STAYS else ~is_stay)
    if indicator.counted.of not in (STAYS, SPREADS) and indicator.counted.kind != "any":
        told = told.filter(told.kind == indicator.counted.kind)
    days = told.select("person", "source", resource="event", on=told.start.date())
    joined = items.inner_join(days, "person")
    until = ibis.coalesce(joined.left, joined.on)
    rows = joined.filter(joined.on >= joined.begun, joined.on <= until)
    rows = rows.select("person", "resource", "source", "on").distinct()
    return Lineage(indicator.id, indicator.version, warehouse.as_at, _rows(warehouse, "event", rows))


def _rows(warehouse: Warehouse, table: str, found: Table) -> tuple[SourceRow, ...]:
    rows = warehouse.engine.rows(found)
    made = [SourceRow(table, row["person"], row["resource"], row["source"], row["on"]) for row in rows]
    return tuple(sorted(made, key=lambda row: (row.person, row.on or date.min, row.resource)))


def open_rows(gate: CaringGate, key: PseudonymKey, rows: Sequence[SourceRow]) -> list[Resource] | Refusal:
    """What the rows were read from, as far as this actor may see it, for direct care and nothing else.

    Each use of the way back is on record. A row that leads to nobody this actor cares for is passed over in silence.
    """
    if str(gate.purpose) != DIRECT_CARE:
        return Refusal("Rows lead back to people for direct care only")
    wanted = {row.resource for row in rows}
    types = sorted({type for row in rows for type in TYPES[row.table]})
    people = key.people_behind({row.person for row in rows}, by=gate.actor.id, purpose=DIRECT_CARE)
    return [
        one
        for person in sorted(people.values())
        for one in gate.about(person, types)
        if key.pseudonym(one.id) in wanted
    ]
