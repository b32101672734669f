"""The rows of Client Level Data, cleaned: whose each event is, and which edition of it is the latest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import pyarrow as pa
from ibis.expr.types import Column, IntegerColumn, StringColumn, Table

DAY, KEY = pa.date32(), pa.string()
COUNTED_AS_PERSON = "service user"
NONE = ""
TYPES = ("request", "assessment", "service", "review")
EVENTS = pa.schema(
    [
        ("la", KEY),  # code of the council
        ("nhs", KEY),  # NHS number, or the pseudonym in its place; null where it is not known
        ("local", KEY),  # the council's own number of the person, or its pseudonym
        ("client", KEY),  # Service User | Carer | Carer known by association
        ("type", KEY),  # Request | Assessment | Service | Review
        ("start", DAY),
        ("end", DAY),  # null while a service runs
        ("outcome", KEY),
        ("route", KEY),  # of a request: the route of access
        ("service", KEY),  # service type
        ("component", KEY),
        ("delivery", KEY),
        ("reason", KEY),  # primary support reason
        ("accommodation", KEY),
        ("employment", KEY),
        ("gender", KEY),
        ("birth_month", DAY),
        ("died", DAY),
        ("received", DAY),  # of the submission that has this edition
    ]
)
CODED = ("client", "type", "outcome", "route", "service", "component", "delivery")
STATED = ("reason", "accommodation", "employment", "gender")
SENT = {"request": ("client", "route")}
SENT_OF_OTHERS = ("client", "service", "component", "delivery")
EVENT_KEY = ("la", "id", "start", "sent")


@dataclass(frozen=True)
class Period:
    """A reporting period; an event that runs on is taken to end `today`. `until`: the last day of its submissions."""

    start: date
    end: date
    today: date
    until: date


def declared(name: str = "client_level") -> Table:
    """The events by name and shape only, so that one expression over them runs on any engine."""
    return ibis.table(ibis.Schema.from_pyarrow(EVENTS), name=name)


def cleaned(events: Table) -> Table:
    """Codes folded to compare without case or spaces at an end; what is empty is no code.

    `sent` is what the official text knows an event by: its codes as they were sent, one after the other without a mark
    between them, so that a delivery in the column of the component makes no other event.
    """
    return events.mutate(
        sent=(events.type.strip().lower() == "request")
        .fill_null(False)
        .ifelse(_as_sent(events, SENT["request"]), _as_sent(events, SENT_OF_OTHERS)),
        **{name: events[name].strip().lower().fill_null(NONE) for name in (*CODED, *STATED)},
        nhs=events.nhs.nullif(NONE),
        local=events.local.nullif(NONE),
    )


def _as_sent(events: Table, names: tuple[str, ...]) -> StringColumn:
    texts = [events[name].fill_null(NONE) for name in names]
    return texts[0].concat(*texts[1:]).rstrip().lower()


def identified(events: Table) -> Table:
    """With `id`: the NHS number; without one, the council's number, unless that number belongs to an NHS number too.

    Then nobody can say whether it is one person or two, and the row is left out.
    """
    known = events.filter(events.nhs.notnull(), events.local.notnull())
    taken = known.select(local="local").distinct().mutate(is_taken=True)
    joined = events.left_join(taken, "local")
    is_theirs = joined.is_taken.isnull()
    found = joined.mutate(id=ibis.coalesce(joined.nhs, is_theirs.ifelse(joined.local, ibis.null("string"))))
    return found.filter(found.id.notnull()).drop("local_right", "is_taken", "nhs", "local")


def latest(events: Table, period: Period) -> Table:
    """Of services and requests the edition sent last; the key is what they are, since references are not reliable."""
    of_services = _last_edition(events.filter(events.type == "service"), period)
    of_requests = _last_edition(events.filter(events.type == "request"), period)
    return of_services.union(of_requests, events.filter(events.type.isin(("assessment", "review"))))


def latest_services(events: Table, period: Period) -> Table:
    """As `latest`, for services alone: reablement takes every edition of a request."""
    return _last_edition(events.filter(events.type == "service"), period).union(
        events.filter(events.type != "service")
    )


def _last_edition(events: Table, period: Period) -> Table:
    sent = events.filter(events.received <= period.until)
    newest = sent.received.max().over(ibis.window(group_by=[sent[name] for name in EVENT_KEY]))
    return sent.mutate(newest=newest).filter(lambda rows: rows.received == rows.newest).drop("newest")


def last_submission(events: Table, period: Period) -> Table:
    """Only each council's last file, which must reach the period's end: for the tables that take it as the whole picture."""
    sent = events.filter(events.received.between(period.end, period.until))
    newest = sent.received.max().over(ibis.window(group_by=[sent.la]))
    return sent.mutate(newest=newest).filter(lambda rows: rows.received == rows.newest).drop("newest")


def age_on(events: Table, day: date) -> IntegerColumn:
    """Whole years from the first day of the month of birth, as the official text reckons: days through 365.25."""
    days: Column = ibis.literal(day).delta(events.birth_month, unit="day")
    return (days / 365.25).floor().cast("int64")


def of_service_users(events: Table, period: Period) -> Table:
    """Alive at the beginning of the period."""
    alive = events.died.isnull() | (events.died >= period.start)
    return events.filter(events.client == COUNTED_AS_PERSON, alive)
