"""Segments for everyone at once (their plain twin: `segments.plain`): one row a living person, one segment each."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import BooleanValue, Table

from careweave.warehouse.expressions.register import compiled, measured
from careweave.warehouse.expressions.score import score_values
from careweave.warehouse.scores import load_score
from careweave.warehouse.segments import Segments
from careweave.warehouse.tables import Tables


def segment_table(tables: Tables, segments: Segments, on: date, values: Table | None = None) -> Table:
    """(person, segment) of the living. `values` (person, value) orders people instead of the definition's score."""
    if segments.register is not None:
        return _by_rules(tables, segments, on)
    if values is None:
        score = load_score(segments.score, on)
        values = score_values(tables, [score], on).select("person", value=score.id)
    return _by_order(tables.person.filter(~tables.person.is_dead), segments, values)


def _by_rules(tables: Tables, segments: Segments, on: date) -> Table:
    register = segments.register
    assert register is not None
    wide = measured(tables, register.measures.values(), on)
    cases: list[tuple[BooleanValue, str]] = [
        (compiled(each.when, wide, register).fill_null(False), each.id)
        for each in segments.segments
        if each.when is not None
    ]
    return wide.select("person", segment=ibis.cases(*cases, else_=segments.rest.id))


def _by_order(alive: Table, segments: Segments, values: Table) -> Table:
    known = values.filter(values["value"].notnull()).semi_join(alive, "person")
    order = ibis.window(order_by=[known["value"].desc(), known.person])
    placed = known.mutate(number=ibis.row_number().over(order) + 1, people=known.count().over(ibis.window()))
    cases: list[tuple[BooleanValue, str]] = [
        (placed.number * 1000 <= placed.people * each.top_thousandths, each.id) for each in segments.shares
    ]
    found = placed.select("person", segment=ibis.cases(*cases, else_=segments.rest.id))
    without = segments.without_score or segments.rest
    joined = alive.select("person").left_join(found, "person")
    return joined.select("person", segment=joined.segment.fill_null(without.id))
