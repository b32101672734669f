"""Hospital stays as spells, and as journeys (superspells) that go on through transfers; rules in definitions/stays."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import BooleanValue, Table

from careweave.definitions import load_definition


def admissions(event: Table, as_at: date) -> Table:
    """One row a stay in one hospital, with its place in the journey."""
    rows = event.filter(event.kind == "admission")
    rows = rows.mutate(from_=rows.start.date(), to=ibis.coalesce(rows.end, rows.start).date())
    before = ibis.window(group_by=rows.person, order_by=[rows.start, rows.event])
    last = {name: rows[name].lag().over(before) for name in ("to", "destination", "organisation")}
    so_far = ibis.window(group_by=rows.person, order_by=[rows.start, rows.event], rows=(None, -1))
    rows = rows.mutate(
        **{f"last_{name}": value for name, value in last.items()}, until=rows.to.max().over(so_far)
    )
    rows = rows.mutate(begins=(~_goes_on(rows, as_at)).fill_null(True).cast("int64"))
    rows = rows.mutate(journey=rows.begins.sum().over(ibis.window(
        group_by=rows.person, order_by=[rows.start, rows.event], rows=(None, 0))))  # fmt: skip
    return _placed(rows, as_at)


def _goes_on(rows: Table, as_at: date) -> BooleanValue:
    """Whether a stay continues what came before; null for someone's first."""
    rules = load_definition("stays", "england", as_at).content
    gap = rows.from_.delta(rows.last_to, unit="day")
    is_told = (
        rows.last_destination.isin(rules["destinations"])
        | rows.admitted_from.isin(rules["sources"])
        | rows.method_code.isin(rules["methods"])
    ).fill_null(False)
    is_elsewhere = rows.organisation != rows.last_organisation
    is_moved: BooleanValue = ((gap <= rules["days_between"]) & is_told) | ((gap <= 0) & is_elsewhere)
    return is_moved | (rows.from_ < rows.until)


def _placed(rows: Table, as_at: date) -> Table:
    journey = ibis.window(
        group_by=[rows.person, rows.journey],
        order_by=[rows.start, rows.event],
        rows=(None, None),
    )
    ordered = ibis.window(group_by=[rows.person, rows.journey], order_by=[rows.start, rows.event])
    stayed = rows.end.isnull().ifelse(ibis.literal(as_at), rows.to)
    made = rows.mutate(
        superspell=rows.event.first().over(journey),
        number=(ibis.row_number().over(ordered) + 1).cast("int64"),
        many=rows.event.count().over(ibis.window(group_by=[rows.person, rows.journey])),
        nights=ibis.greatest(stayed.delta(rows.from_, unit="day").cast("int64"), 0),
        delayed_nights=ibis.greatest(stayed.delta(rows.ready, unit="day").cast("int64"), 0),
    )
    made = made.mutate(
        is_last=made.number == made.many,
        delayed_nights=made.ready.notnull().ifelse(made.delayed_nights, ibis.null("int64")),
    )
    return made.drop("start").rename(start="from_").mutate(end=made.end.date())
