"""How many days people were registered with each practice, in each month, by sex and age: what capitation is paid by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.expressions.indicator import age_on
from careweave.warehouse.tables import Tables

MONTHS = pa.schema([("month", pa.date32()), ("until", pa.date32())])


def registered_days(tables: Tables, months: Sequence[tuple[date, date]], aged_on: date) -> Table:
    """(practice, month, sex, age, days); both days of a registration count, and age is whole years on `aged_on`.

    `months` are first and last day of each. Who was born after `aged_on` is 0 years old.
    """
    person = tables.person.select("person", "sex", "birth_month")
    listed = ibis.memtable(
        pa.table(
            {"month": [first for first, _ in months], "until": [last for _, last in months]}, schema=MONTHS
        )
    )
    stated = tables.registration.select("person", "practice", "start", "ended")
    both = stated.cross_join(listed)
    since = ibis.greatest(both.start.fill_null(both.month), both.month)
    last = ibis.least(both.ended.fill_null(both.until), both.until)
    days = last.delta(since, unit="day") + 1
    held = both.mutate(days=days).filter(lambda row: row.days > 0).inner_join(person, "person")
    age = age_on(held.birth_month, ibis.literal(aged_on))
    aged = held.mutate(age=(age < 0).ifelse(0, age))
    return aged.group_by("practice", "month", "sex", "age").agg(days=aged.days.sum())


def registered_on(tables: Tables, day: date) -> Table:
    """(practice, people) on the list at the end of that day."""
    listed = tables.registration
    held = listed.filter(
        listed.start.isnull() | (listed.start <= day), listed.ended.isnull() | (listed.ended >= day)
    )
    return held.group_by("practice").agg(people=held.person.nunique())
