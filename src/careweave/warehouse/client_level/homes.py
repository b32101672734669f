"""ASCOF 2B and 2C: adults whose long-term needs were newly met by a care home in the year."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis.expr.types import Table

from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
    COUNTED_AS_PERSON,
    EVENT_KEY,
    Period,
    age_on,
    cleaned,
    identified,
)


def new_in_care_homes(events: Table, rules: Rules, period: Period) -> Table:
    """(la, id, age): in a care home on the day after the period, from a service that began in it, and from no older one.

    The day after is the official text's own: its snapshot is the first of April, and its year begins a year before.
    """
    known = cleaned(events)
    known = known.filter(
        known.type == "service",
        known.client == COUNTED_AS_PERSON,
        known.service.isin(list(rules.lists["care_homes"])),
        known.birth_month.notnull(),
    )
    mine = identified(known)
    held = _not_closed(mine, period).mutate(age=lambda rows: age_on(rows, snapshot(period)))
    before = held.filter(held.start < period.start).select("id").distinct()
    begun = held.filter(held.start >= period.start, held.start < snapshot(period))
    return begun.anti_join(before, "id").select("la", "id", "age").distinct()


def snapshot(period: Period) -> date:
    return period.end + timedelta(days=1)


def _not_closed(services: Table, period: Period) -> Table:
    """Open on the day, unless the edition sent last says that it had ended and no row of that edition says otherwise."""
    day = snapshot(period)
    services = services.mutate(is_open=services.end.isnull() | (services.end >= day))
    sent = services.filter(services.received <= period.until)
    newest = sent.received.max().over(ibis.window(group_by=[sent[name] for name in EVENT_KEY]))
    last = sent.mutate(newest=newest).filter(lambda rows: rows.received == rows.newest)
    closed = last.group_by(list(EVENT_KEY)).agg(is_open=last.is_open.any()).filter(lambda rows: ~rows.is_open)
    return services.filter(services.is_open).anti_join(closed, list(EVENT_KEY))


def ascof_2bc(told: Table) -> Table:
    """(la, younger, older): 18 to 64, and 65 and over; a rate needs the council's own population beside it."""
    return told.group_by("la").agg(younger=told.age.between(18, 64).sum(), older=(told.age > 64).sum())
