"""From the parts to the tables: one row a person, everything under the person it belongs to, each stay once."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from careweave.warehouse.extraction.staging import PARTS
from careweave.warehouse.tables import SCHEMAS

FACTS = ("birth_month", "age", "sex", "practice", "lsoa", "deprivation", "died")


def part(name: str) -> Table:
    return ibis.table(ibis.Schema.from_pyarrow(PARTS[name]), name=f"part_{name}")


def finished_tables() -> dict[str, Table]:
    """The tables as expressions over the parts."""
    event = _same_stay(_under_person(part("event")))
    made = {
        "person": _people(part("patient")),
        "condition": _conditions(_under_person(part("condition")), part("link"), event),
        "event": event.filter(event.event == event.stay),
    }
    return {name: table.select(*SCHEMAS[name].names) for name, table in made.items()}


def _people(patient: Table) -> Table:
    """The best statement wins for each fact by itself: the register may lack what another source knows."""
    order = (patient["rank"].cast("string") + patient.subject).name("order")
    ranked = patient.mutate(order=order)
    best = {name: ranked[name].argmin(ranked.order, where=ranked[name].notnull()) for name in FACTS}
    return ranked.group_by("person").agg(
        **best, is_dead=ranked.is_dead.any(), is_counted=ranked.is_counted.any().fill_null(False)
    )


def _under_person(rows: Table) -> Table:
    """Who a subject is, is asked now: joining and parting records moves no row of a part."""
    patient = part("patient")
    who = patient.group_by("subject").agg(now=patient.person.max(), may_count=patient.is_counted.any())
    joined = rows.left_join(who, "subject")
    return joined.select(
        *(name for name in rows.columns if name not in {"person", "is_counted"}),
        person=ibis.coalesce(joined.now, joined.person),
        is_counted=joined.may_count.fill_null(False),
    )


def _same_stay(event: Table) -> Table:
    """What one organisation sent twice, as rows and as a message, is one event, here called its `stay`."""
    together = ibis.window(group_by=[event.person, event.kind, event.organisation, event.start])
    known = {
        name: event[name].max().over(together) for name in ("end", "method", "is_sensitive", "is_counted")
    }
    return event.mutate(stay=event.event.min().over(together), **known)


def _conditions(condition: Table, link: Table, event: Table) -> Table:
    named = link.group_by(resource="condition").agg(linked=link.event.min())
    joined = condition.left_join(named, "resource")
    told = joined.select(
        *condition.columns, "linked"
    ).view()  # a join of its own, not one more link of the chain
    told = told.mutate(told=ibis.coalesce(told.event, told.linked)).drop("event", "linked")
    placed = told.left_join(event.select(told="event", stay="stay"), "told")
    return placed.select(*(name for name in told.columns if name != "told"), event=placed.stay)
