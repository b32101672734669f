"""Registers for everyone at once: each measure, the rule, the order (plain twin: `registers.features`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, Table

from careweave.warehouse.expressions.score import score_values
from careweave.warehouse.registers import ConditionList, Measure, Register, Rule
from careweave.warehouse.registers.rule import Both, Compare, Either, Has, Not
from careweave.warehouse.scores import ICD10, SNOMED
from careweave.warehouse.tables import Tables


def register_table(
    tables: Tables, register: Register, on: date, foreseen: Mapping[str, Table] | None = None
) -> Table:
    """The living, with the measures, `is_on_register` and `order`; `foreseen` has `person` and `value` by model."""
    wide = measured(tables, register.measures.values(), on, foreseen)
    wide = wide.mutate(is_on_register=compiled(register.rule, wide, register))
    return wide.mutate(order=_order(wide, register))


def measured(
    tables: Tables, measures: Collection[Measure], on: date, foreseen: Mapping[str, Table] | None = None
) -> Table:
    """The living, with `<measure>` (null: not known) and `<measure>_first`."""
    alive = tables.person.filter(~tables.person.is_dead)
    wide = alive.mutate(has_diagnoses=_has_diagnoses(alive, tables.condition))
    listed = _listed(tables.condition, [each.list for each in measures if each.list])
    for measure in measures:
        if measure.score is None:
            counted = _foreseen(measure, foreseen) if measure.model else _measure(tables, listed, measure, on)
            wide = _beside(wide, counted, measure, tables.event)
    return _scored(wide, tables, [each for each in measures if each.score], on)


def _scored(wide: Table, tables: Tables, measures: Collection[Measure], on: date) -> Table:
    """`wide` with the scores, counted together: most of their work is the pass over the diagnoses."""
    scores = {each.score.id: each.score for each in measures if each.score}
    if not scores:
        return wide
    values, none = score_values(tables, list(scores.values()), on), ibis.null("date")
    named: dict[str, ibis.Value] = {}
    for id, score in ((each.id, each.score.id) for each in measures if each.score):
        named |= {id: values[score].cast("int64"), f"{id}_first": none, f"{id}_why": values[f"{score}_why"]}
    return wide.left_join(values.select("person", **named), "person").drop("person_right")


def _foreseen(measure: Measure, foreseen: Mapping[str, Table] | None) -> Table:
    return (foreseen or {})[measure.model].mutate(first=ibis.null("date"))


def compiled(rule: Rule, wide: Table, register: Register) -> BooleanValue:
    """The rule over the columns of its measures; SQL's null is the rule's “not known”."""
    match rule:
        case Has(id):
            return wide[id] > 0
        case Compare(id, sign, number):
            limit = number * register.measures[id].scale
            if limit != int(limit):  # rules have one decimal, measures whole units
                return _compare(wide[id] * 10, sign, int(limit * 10))
            return _compare(wide[id], sign, int(limit))
        case Not(inner):
            return ~compiled(inner, wide, register)
        case Both(rules):
            return ibis.and_(*(compiled(each, wide, register) for each in rules))
        case Either(rules):
            return ibis.or_(*(compiled(each, wide, register) for each in rules))


def _compare(value: ibis.Value, sign: str, limit: int) -> BooleanValue:
    return {
        ">": value > limit,
        ">=": value >= limit,
        "<": value < limit,
        "<=": value <= limit,
        "=": value == limit,
    }[sign]


def _order(wide: Table, register: Register) -> ibis.Value:
    if register.order_by:
        return wide[register.order_by].fill_null(0).cast("int64")
    weights = [
        compiled(trigger.when, wide, register).fill_null(False).ifelse(trigger.weight, 0)
        for trigger in register.triggers
    ]
    return sum(weights, ibis.literal(0)).cast("int64")


def _has_diagnoses(person: Table, condition: Table) -> BooleanValue:
    return person.practice.notnull() | person.person.isin(condition.person)


def _listed(condition: Table, lists: Iterable[ConditionList]) -> Table:
    """The conditions whose code is in a list, with the list; codes are few, so the match is made on them."""
    told = condition.mutate(
        plain=(condition.system == ICD10).ifelse(
            condition.code.upper().re_replace("[^A-Z0-9]", ""), condition.code
        )
    )
    codes = told.select("system", "plain").distinct()
    rows = {(ICD10, code, one.id) for one in lists for code in one.icd10}
    rows |= {(SNOMED, code, one.id) for one in lists for code in one.snomed}
    matches = [_matches(codes, system, length, rows) for system, length in _shapes(rows)]
    if not matches:
        return told.mutate(list=ibis.null("string")).filter(ibis.literal(False))
    known = (ibis.union(*matches) if len(matches) > 1 else matches[0]).distinct()
    return told.inner_join(known, ["system", "plain"])


def _shapes(rows: set[tuple[str, str, str]]) -> list[tuple[str, int]]:
    return sorted({(system, len(code) if system == ICD10 else 0) for system, code, _ in rows})


def _matches(codes: Table, system: str, length: int, rows: set[tuple[str, str, str]]) -> Table:
    mine = sorted(row for row in rows if row[0] == system and (not length or len(row[1]) == length))
    listed = ibis.memtable(pa.table({"prefix": [row[1] for row in mine], "list": [row[2] for row in mine]}))
    own = codes.filter(codes.system == system)
    begun = own.mutate(prefix=own.plain.substr(0, length) if length else own.plain)
    return begun.inner_join(listed, "prefix").select("system", "plain", "list")


def _measure(tables: Tables, listed: Table, measure: Measure, on: date) -> Table | None:
    match measure.kind:
        case "condition":
            return _has_condition(listed, measure, on)
        case "recent":
            rows = listed.filter(listed.list == measure.list.id if measure.list else False)
            return _counted(rows.select("person", day="start"), measure, on)
        case "events":
            return _counted(_events(tables.event, measure).select("person", "day"), measure, on)
    return None


def _has_condition(listed: Table, measure: Measure, on: date) -> Table:
    assert measure.list
    rows = listed.filter(
        listed.list == measure.list.id,
        listed.role != "reason",
        listed.start.isnull() | (listed.start <= on),
        listed.ended.isnull() | (listed.ended > on),
        listed.is_active.fill_null(True),
    )
    return rows.group_by("person").agg(value=(rows.count() > 0).cast("int64"), first=rows.start.min())


def _events(event: Table, measure: Measure) -> Table:
    rows = event.filter(event.kind == measure.event)
    rows = rows if measure.method is None else rows.filter(rows.method == measure.method)
    return rows.mutate(day=rows.start.date())


def _counted(rows: Table, measure: Measure, on: date) -> Table:
    """How often: what A&E, the ward and the GP tell within `apart_days` is one occurrence."""
    rows = rows.filter(rows.day <= on, rows.day > on - timedelta(days=measure.days)).distinct()
    before = rows.day.lag().over(ibis.window(group_by=rows.person, order_by=rows.day))
    rows = rows.mutate(is_new=before.isnull() | (rows.day.delta(before, unit="day") >= measure.apart_days))
    return rows.group_by("person").agg(value=rows.is_new.sum(), first=rows.day.min())


def _beside(wide: Table, counted: Table | None, measure: Measure, event: Table) -> Table:
    if counted is None:  # a column of the person already
        return wide.mutate(**{measure.id: wide.age.cast("int64"), f"{measure.id}_first": ibis.null("date")})
    joined = wide.left_join(counted, "person")
    value = joined["value"].cast("int64")
    if measure.kind in {"condition", "recent"}:
        value = ibis.coalesce(value, joined.has_diagnoses.ifelse(0, ibis.null("int64")))
    elif measure.kind == "events":
        # Nobody's A&E visits are known where no A&E visit was ever received.
        was_received = (event.kind == measure.event).any().as_scalar()
        value = ibis.coalesce(value, was_received.ifelse(0, ibis.null("int64")))
    return joined.select(*wide.columns, **{measure.id: value, f"{measure.id}_first": joined["first"]})
