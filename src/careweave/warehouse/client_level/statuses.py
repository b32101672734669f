"""ASCOF 2E and LTS004: where people with long-term support live, and whether they are in paid work."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
    NONE,
    Period,
    age_on,
    cleaned,
    identified,
    last_submission,
    of_service_users,
)

GENDERS = ("male", "female")


def living(events: Table, rules: Rules, period: Period) -> Table:
    """ASCOF 2E, (la, id, gender, status): everyone with long-term support in the period. A wrong code stays a status."""
    mine = identified(_supported(events, rules.lists["settled_among"], period))
    return _stated(mine, "accommodation", ["la", "id"], rules)


def ascof_2e(told: Table, rules: Rules) -> Table:
    """(la, gender, numerator, denominator): of men and women, those who live in their own home or with family."""
    both = told.filter(told.gender.isin(GENDERS))
    settled = both.status.isin(list(rules.lists["settled"]))
    return both.group_by("la", "gender").agg(
        numerator=both.id.nunique(where=settled), denominator=both.id.nunique()
    )


def learning_disability(events: Table, rules: Rules, period: Period, column: str) -> Table:
    """LTS004, (la, id, gender, status): 18 to 64 with a learning disability; a wrong or missing code is left out."""
    lists = {"employment": rules.lists["employment"]}
    lists["accommodation"] = (*rules.lists["settled"], *rules.lists["unsettled"])
    held = _supported(events, rules.lists["long_term"], period)
    held = held.filter(
        held.type == "service",
        held.reason == rules.codes["learning_disability"],
        held.birth_month.notnull(),
        age_on(held, period.end).between(18, 64),
    )
    mine = identified(held)
    return _stated(mine.filter(mine[column].isin(list(lists[column]))), column, ["id"], rules)


def _supported(events: Table, settings: Sequence[str], period: Period) -> Table:
    known = of_service_users(cleaned(last_submission(events, period)), period)
    runs = known.end.isnull() | (known.end >= period.start)
    return known.filter(known.service.isin(list(settings)), known.start <= period.end, runs)


def _stated(rows: Table, column: str, whose: list[str], rules: Rules) -> Table:
    """The status of the service that began last; what is known before what is not; two that differ are unknown."""
    unknown = rules.codes["unknown"]
    told = rows.mutate(status=rows[column], is_known=~rows[column].isin([unknown, NONE]))
    latest = told.mutate(newest=told.start.max().over(ibis.window(group_by=[told[name] for name in whose])))
    of_last = latest.filter(latest.start == latest.newest)
    one = ibis.window(group_by=[of_last.la, of_last.id])
    best = of_last.mutate(best=of_last.is_known.cast("int64").max().over(one))
    stated = best.filter(best.is_known.cast("int64") == best.best)
    each = stated.select("la", "id", "gender", "status").distinct()
    alike = ibis.window(group_by=[each.la, each.id, each.gender])
    counted = each.mutate(several=each.status.count().over(alike))
    # The official text finds them again by gender too, and to its database no missing gender equals another.
    is_one = (counted.several == 1) | (counted.gender == NONE)
    status = is_one.ifelse(counted.status, unknown)
    return counted.select("la", "id", "gender", status=status).distinct()
