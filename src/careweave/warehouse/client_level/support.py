"""LTS001a, b and c and ASCOF 3D for clients: who had long-term support, in which setting, and paid for how."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import BooleanValue, IntegerColumn, StringColumn, Table

from careweave.warehouse.client_level.chains import joined_up
from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
    COUNTED_AS_PERSON,
    NONE,
    Period,
    age_on,
    cleaned,
    identified,
    last_submission,
)

INVALID = "Invalid/NULL"
YOUNGER, OLDER, ALL = "18 to 64", "65 and over", "All ages"


def supported(events: Table, rules: Rules, period: Period, first: date) -> Table:
    """Rows of those with long-term support from `first` to the end of the period; both the same day make a snapshot."""
    known = _ever_supported(events, rules, period, first)
    mine = identified(known.filter(known.end.isnull() | (known.end >= first)))
    return mine.mutate(age=age_on(mine, period.end))


def supported_for_long(events: Table, rules: Rules, period: Period) -> Table:
    """LTS001c: rows of the last day, of those whose support has gone on for more than a year without a longer break."""
    mine = identified(_ever_supported(events, rules, period, period.end))
    ended = mine.mutate(end=mine.end.fill_null(period.today))
    chains = joined_up(ended, rules.days["support_gap"])
    held = chains.filter(chains.begun < a_year_before(period.end), chains.end >= period.end)
    return held.mutate(age=age_on(held, period.end)).drop("cluster", "begun")


def a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _ever_supported(events: Table, rules: Rules, period: Period, alive_on: date) -> Table:
    """Long-term support that began by the end of the period, of who was then alive, whether or not it still runs."""
    known = cleaned(last_submission(events, period))
    return known.filter(
        known.client == COUNTED_AS_PERSON,
        known.service.isin(list(rules.lists["long_term"])),
        known.start <= period.end,
        known.died.isnull() | (known.died >= alive_on),
        known.birth_month.notnull(),
    )


def headcount(rows: Table, rules: Rules, band: str, is_as_written: bool = False) -> Table:
    """LTS001, (la, id, service, delivery, reason): each person once, in the setting that outranks their others.

    Then a known reason before an unknown one, then the service that began last; two reasons that differ are unknown.
    `is_as_written`, for LTS001c: a reason that is not listed stays as it is, where a and b make it one that is invalid.
    """
    aged = rows.filter(in_band(rows.age, band))
    placed = aged.mutate(delivery=_listed_delivery(aged, rules))
    ranked = placed.mutate(
        rank=_rank(placed, rules), is_known=~placed.reason.isin([rules.codes["unknown"], NONE])
    )
    best = _least(ranked, ranked["rank"])
    known = _least(best, -best.is_known.cast("int64"))
    last = _least(known, -known.start.delta(date(1900, 1, 1), unit="day"))
    is_kept = last.reason.isin(list(rules.lists["reasons"])) | is_as_written
    reason = is_kept.ifelse(last.reason, INVALID)
    each = last.select("la", "id", "service", "delivery", reason=reason).distinct()
    alike = ibis.window(group_by=[each.la, each.id, each.service, each.delivery])
    counted = each.mutate(several=each.reason.count().over(alike))
    one = (counted.several > 1).ifelse(rules.codes["unknown"], counted.reason)
    return counted.select("la", "id", "service", "delivery", reason=one).distinct()


def ascof_3d(rows: Table, rules: Rules, band: str) -> Table:
    """(la, self_directed, direct_payment, denominator) of clients supported at home in the snapshot."""
    aged = rows.filter(in_band(rows.age, band))
    is_direct_part = (aged.service == rules.codes["community"]) & (
        aged.component == rules.codes["direct_payment"]
    )
    placed = aged.mutate(delivery=_listed_delivery(aged, rules))
    direct = rules.settings.index((rules.codes["community"], rules.codes["direct_payment"])) + 1
    ranked = placed.mutate(rank=is_direct_part.ifelse(direct, _rank(placed, rules)))
    home = _of_any_least_rank(ranked).filter(lambda each: each.service == rules.codes["community"])
    is_direct = (home.delivery == rules.codes["direct_payment"]) | (
        home.component == rules.codes["direct_payment"]
    )
    managed = home.delivery == rules.codes["managed_budget"]
    return home.group_by("la").agg(
        self_directed=home.id.nunique(where=is_direct | managed),
        direct_payment=home.id.nunique(where=is_direct),
        denominator=home.id.nunique(),
    )


def in_band(age: IntegerColumn, band: str) -> BooleanValue:
    if band == ALL:
        return ibis.literal(True)
    return age.between(18, 64) if band == YOUNGER else age > 64


def _listed_delivery(rows: Table, rules: Rules) -> StringColumn:
    """None where the list has no such delivery of the setting."""
    listed = [(rows.service == setting) & (rows.delivery == how) for setting, how in rules.settings if how]
    return ibis.or_(*listed).ifelse(rows.delivery, NONE)


def _rank(rows: Table, rules: Rules) -> IntegerColumn:
    cases = [
        ((rows.service == setting) & (rows.delivery == how), place)
        for place, (setting, how) in enumerate(rules.settings, start=1)
    ]
    return ibis.cases(*cases)


def _of_any_least_rank(rows: Table) -> Table:
    """Where two councils support one person, each's rows of the least rank of either: so the official text joins them."""
    least = rows.group_by("la", "id").agg(rank=rows["rank"].min())
    return rows.semi_join(least, ["id", "rank"])


def _least(rows: Table, value: IntegerColumn) -> Table:
    """The rows of each person with the least value."""
    with_value = rows.mutate(least_of=value)
    whole = ibis.window(group_by=[with_value.la, with_value.id])
    found = with_value.mutate(least=with_value.least_of.min().over(whole))
    return found.filter(found.least_of == found.least).drop("least_of", "least")
