"""How one person's contacts in a quarter of a year were spread over providers (plain twin: `measures.continuity`)."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import IntegerValue, Table, Value

from careweave.warehouse.indicators.conditions import SPREAD_INDICES

SCALE = 10_000  # an index is summed in whole ten-thousandths, so that sums do not depend on the order of rows


def spread(event: Table, over: str, since: date | None = None) -> Table:
    """One row a person and quarter with two contacts or more: `day` is the first of its last month, `end` its last day.

    Contacts of one moment stand in the order of their providers. Indices are in ten-thousandths; `density` is null where
    all contacts were with one provider (Pollack 2013: the mean number of people that each pair of one's providers share).
    """
    told = _told(event, over, since)
    in_time = ibis.window(
        group_by=[told.person, told.quarter], order_by=[told.start, told.provider, told.event]
    )
    followed = told.mutate(before=told.provider.lag().over(in_time))
    ones = followed.mutate(is_same=(followed.before == followed.provider).fill_null(False))
    each = ones.group_by("person", "quarter", "provider").agg(
        visits=lambda t: t.count(), same=lambda t: t.is_same.sum()
    )
    sums = each.group_by("person", "quarter").agg(
        contacts=each.visits.sum().cast("int64"),
        providers=each.count(),
        most=each.visits.max(),
        squares=(each.visits * each.visits).sum(),
        same=each.same.sum().cast("int64"),
    )
    two = sums.filter(sums.contacts >= 2)
    made = two.left_join(_density(each), ["person", "quarter"]).drop("person_right", "quarter_right")
    return _in_quarters(made.mutate(**_indices(made)))


def _told(event: Table, over: str, since: date | None) -> Table:
    told = event.filter(event.start.notnull(), event[over].notnull())
    told = told.select("person", "start", "event", provider=told[over], quarter=_quarter(told.start.date()))
    return told if since is None else told.filter(told.quarter >= _quarter(ibis.literal(since)))


def _quarter(day: Value) -> Value:
    return ibis.date(day.year(), ((day.month() - 1) // 3 * 3 + 1).cast("int32"), 1)


def _indices(two: Table) -> dict[str, Value]:
    n, same = two.contacts, two.same
    later = (n - 1).nullif(0)  # an engine may divide before it leaves out who had one contact
    coc = (two.squares - n) / (n * later)
    found = {
        "coc": coc,
        "fragmentation": 1 - coc,
        "upc": two.most / n,
        "secon": same / later,
        "mmci": (1 - two.providers / (n + 0.1)) / (1 - 1 / (n + 0.1)),
        "density": two.density,
    }
    whole: dict[str, Value] = {name: in_whole(found[name]) for name in SPREAD_INDICES}
    return whole | {"handovers": n - 1 - same, "providers": two.providers}


def in_whole(value: Value) -> IntegerValue:
    """In ten-thousandths."""
    return (value * SCALE).round().cast("int64")


def _density(each: Table) -> Table:
    """Of each person with two providers or more: how many people each pair of them shared, on average."""
    seen = each.select("person", "quarter", "provider")
    other = seen.select("person", "quarter", beside="provider").view()
    pairs = seen.inner_join(other, ["person", "quarter"])
    pairs = pairs.filter(pairs.provider < pairs.beside).select("person", "quarter", "provider", "beside")
    shared = pairs.group_by("quarter", "provider", "beside").agg(people=pairs.count())
    told = pairs.inner_join(shared, ["quarter", "provider", "beside"])
    return told.group_by("person", "quarter").agg(density=told.people.sum() / told.count())


def _in_quarters(made: Table) -> Table:
    year, month = made.quarter.year(), made.quarter.month()
    last_day = month.isin([1, 10]).ifelse(31, 30)
    last_month = ibis.date(year, month + 2, 1)
    end = ibis.date(year, month + 2, last_day)
    return made.select(
        "person",
        start=made.quarter,
        day=last_month,
        end=end,
        nights=ibis.literal(0, "int64"),
        method=ibis.null("string"),
        site=ibis.null("string"),
        **{f"c_{name}": made[name] for name in (*SPREAD_INDICES, "handovers", "providers", "contacts")},
    )
