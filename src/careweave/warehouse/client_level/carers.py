"""LTS003 and ASCOF 3D for carers: which support each carer had in the year, and paid for how."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, StringColumn, Table

from careweave.warehouse.client_level.chains import WHO, ranked_by
from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
    NONE,
    TYPES,
    Period,
    age_on,
    cleaned,
    identified,
    last_submission,
)

CARERS = ("carer", "carer known by association")
LOOKED_INTO = ("assessment", "review")
ADULT = 18


def carers(events: Table, rules: Rules, period: Period) -> Table:
    """LTS003, (la, id, support): each carer once, with the support that outranks their others."""
    rows = _in_year(events, rules, period)
    return _highest(rows.mutate(support=_provided(rows, rules)), rules).select(*WHO, "support").distinct()


def ascof_3d(events: Table, rules: Rules, period: Period) -> Table:
    """(la, self_directed, direct_payment, denominator) of adult carers, and of those whose age is not known.

    Here a component is a direct payment too; a service without a component counts only when its delivery is one.
    """
    rows = _in_year(events, rules, period)
    told = _highest(rows.mutate(support=_provided_by_component(rows, rules)), rules)
    adults = told.filter(told.birth_month.isnull() | (age_on(told, period.end) >= ADULT))
    paid = adults.filter(adults.support.isin(list(rules.carers.paid)))
    direct, managed = rules.carers.paid[:2]
    return paid.group_by("la").agg(
        self_directed=paid.id.nunique(where=paid.support.isin([direct, managed])),
        direct_payment=paid.id.nunique(where=paid.support == direct),
        denominator=paid.id.nunique(),
    )


def _in_year(events: Table, rules: Rules, period: Period) -> Table:
    """What was done with or for a carer: a service of theirs, an assessment or review, or advice and no service."""
    known = cleaned(last_submission(events, period))
    without = known.service == NONE
    in_scope = known.service.isin([rules.codes["carer_direct"], rules.codes["carer_involving"]]) | (
        without & (known.type.isin(LOOKED_INTO) | (known.outcome == rules.codes["advice"]))
    )
    return identified(
        known.filter(
            known.client.isin(CARERS),
            known.type.isin(TYPES),
            known.start <= period.end,
            known.end.isnull() | (known.end >= period.start),
            known.died.isnull() | (known.died >= period.start),
            in_scope,
        )
    )


def _provided(rows: Table, rules: Rules) -> StringColumn:
    """None for a service without a type that ended in advice."""
    direct = rows.service == rules.codes["carer_direct"]
    paid = [
        (direct & (rows.delivery == how), words)
        for how, words in zip(rules.carers.deliveries, rules.carers.paid, strict=True)
    ]
    return ibis.cases(
        *paid, (direct, rules.carers.unknown), *_not_direct(rows, rules), else_=ibis.null("string")
    )


def _provided_by_component(rows: Table, rules: Rules) -> StringColumn:
    direct = rows.service == rules.codes["carer_direct"]
    component, how_paid = rules.codes["direct_payment"], rules.carers.deliveries
    stated = direct & (rows.component != NONE)
    paid = [
        (stated & (rows.delivery == how), words)
        for how, words in zip(how_paid[1:], rules.carers.paid[1:], strict=True)
    ]
    return ibis.cases(
        (direct & ((rows.delivery == how_paid[0]) | (rows.component == component)), rules.carers.paid[0]),
        *paid,
        (stated, rules.carers.unknown),
        *_not_direct(rows, rules),
        else_=ibis.null("string"),
    )


def _not_direct(rows: Table, rules: Rules) -> list[tuple[BooleanValue, str]]:
    advised = rows.outcome == rules.codes["advice"]
    return [
        (rows.service == rules.codes["carer_involving"], rules.carers.none),
        (rows.type.isin(LOOKED_INTO) & ~advised, rules.carers.none),
        (rows.type.isin(LOOKED_INTO) & advised, rules.carers.advice),
        (rows.type == "request", rules.carers.advice),
    ]


def _highest(rows: Table, rules: Rules) -> Table:
    ranked = rows.filter(rows.support.notnull())
    ranked = ranked.mutate(rank=ranked_by(ranked.support, rules.carers.order))
    one = ibis.window(group_by=[ranked[name] for name in WHO])
    return ranked.mutate(best=ranked["rank"].min().over(one)).filter(lambda each: each["rank"] == each.best)
