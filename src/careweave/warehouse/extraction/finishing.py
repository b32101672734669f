"""From the parts to the tables: one row a person, everything under the person it belongs to, each stay once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.extraction.following import enrolments, needs, referrals, steps
from careweave.warehouse.extraction.registrations import registrations
from careweave.warehouse.extraction.staging import PARTS
from careweave.warehouse.extraction.stays import admissions
from careweave.warehouse.tables import SCHEMAS, STAY

KNOWN_OF_STAY = (
    "end",
    "method",
    "type",
    "outcome",
    "referral",
    "client",
    "route",
    "is_sensitive",
    "is_counted",
    *(name for name, _ in STAY),
)
FACTS = (
    "birth_month",
    "age",
    "sex",
    "practice",
    "lsoa",
    "deprivation",
    "died",
    "ethnicity",
    "language",
    "locality",
    "accommodation",
    "employment",
)
DECEASED = "4"  # NHS data dictionary, discharge method
RESIDENTIAL = ("Long Term Support: Nursing Care", "Long Term Support: Residential Care")
PLACED = pa.schema([*PARTS["event"], ("stay", pa.string())])  # events, each with the one that stands for it
PLACES = {"Home": "home", "Hospice": "hospice", "Care home": "care-home", "Hospital": "hospital"}


def part(name: str) -> Table:
    return ibis.table(ibis.Schema.from_pyarrow(PARTS[name]), name=f"part_{name}")


def made(name: str) -> Table:
    """A table that was made before, by its own name."""
    return ibis.table(ibis.Schema.from_pyarrow(SCHEMAS[name]), name=name)


@lru_cache(maxsize=2)
def finished_tables(as_at: date) -> dict[str, str]:
    """The tables as SQL over the parts, in the order in which they are made: later ones read earlier ones."""
    placed = ibis.table(ibis.Schema.from_pyarrow(PLACED), name="placed")
    event = placed.filter(placed.event == placed.stay)
    tables = {
        "event": event,
        "admission": admissions(event, as_at),
        "service": _under_person(part("service")),
        "person": _people(part("patient"), made("service"), made("admission"), as_at),
        "registration": registrations(part("registration"), made("person")),
        "condition": _conditions(_under_person(part("condition")), part("link"), placed),
        "medication": _of_stay(_under_person(part("medication")), placed),
        "observation": _under_person(part("observation")),
        "referral": referrals(_under_person(part("referral")), event),
        "plan": _under_person(part("plan")),
        "task": _under_person(part("task")),
        "enrolment": enrolments(_under_person(part("enrolment")), made("task")),
        "pathway": steps(_under_person(part("step")), made("task")),
        "survey": _under_person(part("survey")),
        "invitation": _under_person(part("invitation")),
        "need": needs(made("survey")),
    }
    shaped = {name: table.select(*SCHEMAS[name].names) for name, table in tables.items()}
    first = _same_stay(_under_person(part("event"))).select(*PLACED.names)
    return {
        "placed": ibis.to_sql(first, "duckdb"),
        **{name: ibis.to_sql(table, "duckdb") for name, table in shaped.items()},
    }


def _people(patient: Table, service: Table, admission: Table, as_at: date) -> Table:
    """The best statement wins for each fact by itself: the register may lack what another source knows."""
    order = (patient["rank"].cast("string") + patient.subject).name("order")
    ranked = patient.mutate(order=order)
    best = {name: ranked[name].argmin(ranked.order, where=ranked[name].notnull()) for name in FACTS}
    lives = ranked.is_in_care_home.argmin(ranked.order, where=ranked.is_in_care_home.notnull())
    found = ranked.group_by("person").agg(
        **best, lives=lives, is_dead=ranked.is_dead.any(), is_counted=ranked.is_counted.any().fill_null(False)
    )
    runs = (service.start <= as_at) & (service.ended.isnull() | (service.ended > as_at))
    housed = service.filter(service.type.isin(RESIDENTIAL), runs).select("person").distinct()
    with_home = found.left_join(housed.mutate(is_housed=True), "person").drop("person_right")
    with_home = with_home.mutate(is_in_care_home=ibis.coalesce(with_home.is_housed, with_home.lives)).view()
    joined = with_home.left_join(_death_places(admission, _under_person(part("death"))), "person")
    return joined.drop("person_right", "is_housed", "lives")


def _death_places(admission: Table, death: Table) -> Table:
    """What the team wrote down is nearer to it than the hospital's code of a discharge."""
    told = death.select("person", "place", rank=ibis.literal(0)).mutate(
        place=ibis.cases(*((death.place == word, code) for word, code in PLACES.items()), else_="other")
    )
    ended = admission.filter(admission.discharge_method == DECEASED)
    coded = ended.select("person", place=ibis.literal("hospital"), rank=ibis.literal(1))
    both = told.union(coded)
    return both.group_by("person").agg(
        death_place=both.place.argmin(both["rank"].cast("string") + both.place)
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
    named = link.group_by(resource="condition").agg(linked=link.event.min(), rank=link["rank"].min())
    joined = condition.left_join(named, "resource")
    told = joined.select(
        *condition.columns, "linked", "rank"
    ).view()  # a join of its own, not one more link of the chain
    told = told.mutate(
        event=ibis.coalesce(told.event, told.linked), position=ibis.coalesce(told.position, told["rank"])
    ).drop("linked", "rank")
    return _of_stay(told, event)


def _of_stay(rows: Table, event: Table) -> Table:
    """Rows that name a contact name the one that stands for all that was sent of it."""
    stay = event.select(event="event", stay="stay")
    placed = rows.left_join(stay, "event")
    return placed.select(*(name for name in rows.columns if name != "event"), event=placed.stay)
