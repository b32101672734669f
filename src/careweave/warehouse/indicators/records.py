"""What an indicator may count besides stays and contacts: rows of one table each, with the day they begin and end."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from careweave.warehouse.tables import SCHEMAS

DAYS = (pa.date32(), pa.timestamp("us", tz="UTC"))
NUMBERS = (pa.int64(), pa.float64())


@dataclass(frozen=True)
class Record:
    """`row` is the pseudonym of what the row was read from."""

    table: str
    start: str
    end: str
    row: str = "resource"


RECORDS = {
    "spells": Record("admission", "start", "end", "event"),  # one stay in one hospital
    "services": Record("service", "start", "ended"),
    "referrals": Record("referral", "requested", "ended"),
    "enrolments": Record("enrolment", "start", "end"),
    "plans": Record("plan", "published", "review_on"),  # from its publishing to the day its review is due
    "tasks": Record("task", "requested", "end"),
    "needs": Record("need", "since", "met"),
    "deaths": Record("person", "died", "died", "person"),
}


def column_type(of: str, column: str) -> pa.DataType | None:
    """None when the table has no such column."""
    schema = SCHEMAS[RECORDS[of].table]
    return schema.field(column).type if column in schema.names else None


def is_day(type: pa.DataType | None) -> bool:
    return type in DAYS


def is_number(type: pa.DataType | None) -> bool:
    return type in NUMBERS
