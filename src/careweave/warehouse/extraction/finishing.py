"""From the parts to the tables: one row a person, everything under the person it belongs to, each stay once."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from careweave.warehouse.extraction.staging import PARTS
from careweave.warehouse.tables import SCHEMAS

KNOWN_OF_STAY = ("end", "method", "type", "outcome", "is_sensitive", "is_counted")
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
        "medication": _of_stay(_under_person(part("medication")), event),
        "observation": _under_person(part("observation")),
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
    # A council's request and assessment of one day are two; days are all it sends.
    of_type = (event.kind == "social-care").ifelse(event.type, "").fill_null("")
    together = ibis.window(group_by=[event.person, event.kind, event.organisation, event.start, of_type])
    known = {name: event[name].max().over(together) for name in KNOWN_OF_STAY}
    return event.mutate(stay=event.event.min().over(together), **known)


def _conditions(condition: Table, link: Table, event: Table) -> Table:
    named = link.group_by(resource="condition").agg(linked=link.event.min())
    joined = condition.left_join(named, "resource")
    told = joined.select(
        *condition.columns, "linked"
    ).view()  # a join of its own, not one more link of the chain
    told = told.mutate(event=ibis.coalesce(told.event, told.linked)).drop("linked")
    return _of_stay(told, event)


def _of_stay(rows: Table, event: Table) -> Table:
    """Rows that name a contact name the one that stands for all that was sent of it."""
    stay = event.select(event="event", stay="stay")
    placed = rows.left_join(stay, "event")
    return placed.select(*(name for name in rows.columns if name != "event"), event=placed.stay)
