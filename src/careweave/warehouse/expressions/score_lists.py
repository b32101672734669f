"""Scores of conditions whose codes a place loads, for everyone at once (their plain twin: `scores.lists`)."""

from __future__ import annotations

from datetime import date

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, Table

from careweave.warehouse.expressions.coded import no_drivers
from careweave.warehouse.scores import ICD10
from careweave.warehouse.scores.list_definition import ListScore
from careweave.warehouse.scores.lists import IN_USE
from careweave.warehouse.scores.values import NO_BIRTH_DATE, NO_DIAGNOSIS, NO_LIST, NOT_IN_LIST, WRONG_AGE
from careweave.warehouse.tables import Tables


def list_tables(tables: Tables, score: ListScore, on: date) -> tuple[Table, Table]:
    """(totals, drivers): `value` in units of 1/scale, null where `why_not` says why."""
    if score.listed is None:
        return _without_list(tables)
    seen = _seen(tables.condition, on)
    found = _found(seen, score)
    wide = tables.person.select("person", "age")
    for table in (_evidence(seen, score), _units(found), _medicines(tables.medication, on)):
        wide = wide.left_join(table, "person").drop("person_right")
    receives = (tables.medication.count() > 0).as_scalar()
    number = receives.ifelse(wide.medicines.fill_null(0), ibis.null("int64"))
    counts = {name: wide[name].fill_null(0).cast("int64") for name in ("usable", "other_left_out")}
    told = wide.mutate(medicines=number, units=wide.units.fill_null(0).cast("int64"), **counts)
    told = told.mutate(why_not=_why_not(told, score))
    has_value = told.why_not == ""
    totals = told.mutate(value=has_value.ifelse(told.units + _of_medicines(told, score), ibis.null("int64")))
    totals = totals.drop("units").mutate(band=_band(totals, score))
    scored = totals.filter(totals.why_not == "").select("person")
    return totals, found.semi_join(scored, "person").select(found.columns)


def _without_list(tables: Tables) -> tuple[Table, Table]:
    none = {name: ibis.literal(0, "int64") for name in ("usable", "other_left_out")}
    unknown = {name: ibis.null("int64") for name in ("medicines", "value")}
    totals = tables.person.select(
        "person", "age", **none, **unknown, why_not=ibis.literal(NO_LIST), band=ibis.literal("")
    )
    return totals, no_drivers(tables.condition)


def _seen(condition: Table, on: date) -> Table:
    told = condition.filter(condition.role != "reason")
    told = told.filter(told.start.isnull() | (told.start <= on))
    plain = (told.system == ICD10).ifelse(told.code.upper().re_replace("[^A-Z0-9]", ""), told.code)
    return told.mutate(plain=plain).select("person", "code", "system", "start", "source", "plain")


def _found(seen: Table, score: ListScore) -> Table:
    """Each condition once a person, spoken for by its latest record (then first by code, then by source)."""
    found = seen.inner_join(_lists_of_codes(seen, score), ["system", "plain"])
    first = ibis.window(
        group_by=[found.person, found.group],
        order_by=[ibis.coalesce(found.start, ibis.date(1, 1, 1)).desc(), found.code, found.source],
    )
    ranked = found.mutate(rank=ibis.row_number().over(first))
    once = ranked.filter(ranked["rank"] == 0)
    return once.select("person", "group", "points", "code", "system", "source", on="start")


def _lists_of_codes(seen: Table, score: ListScore) -> Table:
    """(system, plain, group, points) for each code that occurs."""
    units = {item.id: item.units for item in score.items}
    rows = sorted(score.listed or ())
    codes = seen.select("system", "plain").distinct()
    matches = []
    for system, length in sorted({(system, len(code) if system == ICD10 else 0) for _, system, code in rows}):
        mine = [row for row in rows if row[1] == system and (not length or len(row[2]) == length)]
        listed = pa.table(
            {
                "prefix": [code for _, _, code in mine],
                "group": [id for id, _, _ in mine],
                "points": pa.array([units.get(id, 0) for id, _, _ in mine], pa.int64()),
            }
        )
        own = codes.filter(codes.system == system)
        begun = own.mutate(prefix=own.plain.substr(0, length) if length else own.plain)
        matched = begun.inner_join(ibis.memtable(listed), "prefix")
        matches.append(matched.select("system", "plain", "group", "points"))
    return (ibis.union(*matches) if len(matches) > 1 else matches[0]).distinct()


def _evidence(seen: Table, score: ListScore) -> Table:
    once = (
        seen.mutate(is_usable=seen.system.isin(score.systems))
        .select("person", "system", "code", "is_usable")
        .distinct()
    )
    return once.group_by("person").agg(usable=once.is_usable.sum(), other_left_out=(~once.is_usable).sum())


def _units(found: Table) -> Table:
    return found.group_by("person").agg(units=found.points.sum())


def _medicines(medication: Table, on: date) -> Table:
    """How many different medicines are in use."""
    has_begun = medication.start.isnull() | (medication.start <= on)
    is_on = medication.ended.isnull() | (medication.ended > on)
    used = medication.filter(has_begun, is_on, medication.status.isin(IN_USE))
    return used.group_by("person").agg(medicines=used.code.nunique())


def _of_medicines(told: Table, score: ListScore) -> ibis.Value:
    item = score.medicines
    if item is None:
        return ibis.literal(0, "int64")
    return (told.medicines >= item.medicines_from).fill_null(False).ifelse(item.units, 0).cast("int64")


def _why_not(told: Table, score: ListScore) -> ibis.Value:
    cases: list[tuple[BooleanValue, str]] = []
    if score.age_from is not None:
        cases += [(told.age.isnull(), NO_BIRTH_DATE), (told.age < score.age_from, WRONG_AGE)]
    cases += [(told.usable > 0, ""), (told.other_left_out > 0, NOT_IN_LIST)]
    return ibis.cases(*cases, else_=NO_DIAGNOSIS)


def _band(totals: Table, score: ListScore) -> ibis.Value:
    cases = [(totals.value >= band.least, band.name) for band in reversed(score.bands)]
    return ibis.cases((totals.value.isnull(), ""), *cases, else_="")
