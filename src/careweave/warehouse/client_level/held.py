"""The events of Client Level Data as the warehouse holds them: requests, assessments, reviews and services."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Table

from careweave.warehouse.client_level.events import EVENTS
from careweave.warehouse.tables import Tables

SOCIAL_CARE = "social-care"


def held_events(tables: Tables, as_at: date) -> Table:
    """The record keeps one edition of each event, the one sent last, so all count as received on the warehouse's day.

    A person goes by pseudonym in place of the NHS number, and has no second number.
    """
    person = tables.person.select(
        "person",
        "accommodation",
        "employment",
        "birth_month",
        "died",
        gender=tables.person.sex.capitalize(),
    )
    both = _contacts(tables.event).union(_services(tables.service))
    joined = both.inner_join(person, "person")
    told = joined.mutate(
        nhs=joined.person, local=ibis.null("string"), received=ibis.literal(as_at), client=joined.client
    )
    return told.select(*EVENTS.names)


def _contacts(event: Table) -> Table:
    found = event.filter(event.kind == SOCIAL_CARE, event.type.notnull())
    return found.select(
        "person",
        la=found.organisation,
        client=found.client.fill_null(""),
        type=found.type.capitalize(),
        start=found.start.date(),
        end=found.end.date(),
        outcome=found.outcome,
        route=found.route,
        service=ibis.null("string"),
        component=ibis.null("string"),
        delivery=ibis.null("string"),
        reason=ibis.null("string"),
    )


def _services(service: Table) -> Table:
    found = service.filter(service.start.notnull())
    return found.select(
        "person",
        la=found.organisation,
        client=found.client.fill_null(""),
        type=ibis.literal("Service"),
        start=found.start,
        end=found.ended,
        outcome=found.outcome,
        route=ibis.null("string"),
        service=found.type,
        component=found.component,
        delivery=found.delivery,
        reason=found.reason,
    )
