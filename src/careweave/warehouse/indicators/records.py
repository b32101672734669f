"""What an indicator may count besides stays and contacts: rows of one table each, with the day they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from careweave.warehouse import dictionary

DAYS, NUMBERS = ("date", "time"), ("number", "whole number")


@dataclass(frozen=True)
class Record:
    """`row` is the pseudonym of what the row was read from; `site` the organisation that did it, where the row says."""

    table: str
    start: str
    end: str
    row: str = "resource"
    site: str = ""


RECORDS = {
    "spells": Record("admission", "start", "end", "event", "organisation"),  # one stay in one hospital
    "services": Record("service", "start", "ended", site="organisation"),
    "referrals": Record("referral", "requested", "ended", site="to_organisation"),
    "enrolments": Record("enrolment", "start", "end", site="organisation"),
    "plans": Record("plan", "published", "review_on"),  # from its publishing to the day its review is due
    "tasks": Record("task", "requested", "end", site="organisation"),
    "needs": Record("need", "since", "met"),
    "deaths": Record("person", "died", "died", "person"),
}


def column_type(of: str, column: str) -> str | None:
    """In the words of the data dictionary, which pages can read too; None when the table has no such column."""
    return types()[RECORDS[of].table].get(column)


@cache
def types() -> dict[str, dict[str, str]]:
    """By table and column, for every table of the warehouse."""
    return {table.name: {one.name: one.type for one in table.columns} for table in dictionary.tables()}


def is_day(type: str | None) -> bool:
    return type in DAYS


def is_number(type: str | None) -> bool:
    return type in NUMBERS
