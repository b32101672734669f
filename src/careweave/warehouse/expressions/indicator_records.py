"""Records counted by indicators (services, plans, spells …), what is asked of them, and who people are for a group."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis.expr.types import Table, Value

from careweave.warehouse.expressions.avoidable import avoidable_stays
from careweave.warehouse.indicators.conditions import NIGHTS, SPREADS, Diagnosis, Excluded, Having
from careweave.warehouse.indicators.definition import MEAN, Indicator, Items
from careweave.warehouse.indicators.records import RECORDS, column_type, is_day
from careweave.warehouse.tables import Tables

CARE_HOMES = (
    "Long Term Support: Nursing Care",
    "Long Term Support: Residential Care",
)  # respite is short term


def record_items(tables: Tables, wanted: Items) -> Table:
    """person, start, day, end, nights, method, site; and the table's own columns, with `c_` before their names."""
    record = RECORDS[wanted.of]
    rows: Table = getattr(tables, record.table)
    for column, values in wanted.where:
        rows = rows.filter(rows[column].cast("string").isin(values))
    for column, values in wanted.without:
        rows = rows.filter(~rows[column].cast("string").isin(values).fill_null(False))
    if wanted.listed:
        stays = avoidable_stays(tables, wanted.listed)
        rows = rows.filter(rows[record.row].isin(stays.filter(stays.condition.notnull()).event))
    if wanted.without_diagnosis:
        rows = _without(tables.condition, rows, wanted.without_diagnosis)
    if wanted.diagnosis:
        rows = rows.filter(rows[record.row].isin(_coded(tables.condition, wanted.diagnosis)))
    start, end = _day(rows[record.start]), _day(rows[record.end])
    own = {f"c_{name}": rows[name] for name in rows.columns if name != "person"}
    nights = rows.nights if wanted.of == "spells" else ibis.literal(0, "int64")
    about = {"nights": nights, "method": ibis.null("string"), "row": rows[record.row]}
    site = rows[record.site] if record.site else ibis.null("string")
    made = rows.select("person", start=start, end=end, **about, site=site, **own)
    return made.mutate(day=made[wanted.dated]).filter(ibis._.start.notnull(), ibis._.day.notnull())


def _coded(condition: Table, diagnosis: Diagnosis) -> Value:
    """The contacts with one of these diagnoses."""
    rows = _diagnosed(condition, diagnosis.codes).filter(ibis._.event.notnull())
    return (rows if diagnosis.is_anywhere else rows.filter(rows.position == 1)).event


def _diagnosed(condition: Table, codes: tuple[str, ...]) -> Table:
    """Codes are few: each is looked at once, however many begin in these ways."""
    is_one = (condition.system == "icd10") & (condition.role.fill_null("") != "reason")
    rows = condition.filter(is_one)
    seen = rows.select("code").distinct()
    return rows.semi_join(seen.filter(ibis.or_(*(seen.code.startswith(code) for code in codes))), "code")


def _without(condition: Table, rows: Table, excluded: Excluded) -> Table:
    """Spells without one of these diagnoses, in the spell itself or of the person in the days before it."""
    about = _diagnosed(condition, excluded.codes).select("person", coded_for="event", coded_on="start")
    spells = rows.select("person", "event", "start", until=ibis.coalesce(rows.end, rows.start))
    joined = spells.inner_join(about, "person")
    days = joined.start.delta(joined.coded_on, unit="day")
    is_before = (days <= excluded.days_before) & (joined.coded_on <= joined.until)
    is_of_it = (joined.coded_for == joined.event).fill_null(False)
    found = joined.filter(is_of_it | is_before.fill_null(False) if excluded.days_before else is_of_it)
    return rows.anti_join(found.select("event").distinct(), "event")


def amount_of(items: Table, indicator: Indicator) -> Table:
    """With an `amount`; a mean and a sum leave out whoever's is not known."""
    if not indicator.amount:
        return items.mutate(amount=ibis.literal(1, "int64"))
    if indicator.amount == NIGHTS:
        told = items.filter(items.end.notnull()) if indicator.kind == MEAN else items
        return told.mutate(amount=told.nights)
    column = items[f"c_{indicator.amount}"]
    if indicator.counted.of == SPREADS:
        return items.mutate(amount=column.cast("int64")).filter(ibis._.amount.notnull())
    if is_day(column_type(indicator.counted.of, indicator.amount)):
        column = _day(column).delta(items.start, unit="day")
    return items.mutate(amount=column.cast("int64")).filter(ibis._.amount.notnull(), ibis._.amount >= 0)


def has_what_is_asked(items: Table, having: Having) -> Table:
    column = items.nights if having.column == NIGHTS else items[f"c_{having.column}"]
    if having.column == NIGHTS:
        items = items.filter(items.end.notnull())
    if having.is_present or having.is_absent:
        return items.mutate(is_followed=column.notnull() if having.is_present else column.isnull())
    if having.within_days is not None:
        days = _day(column).delta(items.start, unit="day")
        return items.mutate(is_followed=(days <= having.within_days).fill_null(False))
    told = items.filter(column.notnull())
    if having.among:
        return told.mutate(is_followed=column.cast("string").isin(having.among))
    if having.at_least is not None:
        return told.mutate(is_followed=column >= having.at_least)
    return told.mutate(is_followed=column <= having.at_most)


def at_home_after(tables: Tables, items: Table, journeys: Table, days: int, as_at: date | None) -> Table:
    """Alive, in no hospital and in no care home on the day so many days after each item ended."""
    numbered = items.filter(items.end.notnull()).mutate(item=ibis.row_number())
    numbered = numbered.mutate(then=(numbered.end + ibis.interval(days=days)).cast("date"))
    if as_at is not None:
        numbered = numbered.filter(numbered.end <= as_at - timedelta(days=days))
    service = tables.service.filter(tables.service.type.isin(CARE_HOMES))
    away = service.select("person", begun="start", left="ended").union(
        journeys.select("person", begun="start", left="end")
    )
    joined = numbered.inner_join(away, "person")
    is_away = (joined.begun <= joined.then) & (joined.left.isnull() | (joined.left > joined.then))
    gone = joined.filter(is_away).select("item").distinct()
    who = tables.person.select("person", "died", "is_dead")
    dead = numbered.inner_join(who, "person")
    dead = (
        dead.filter(dead.died.isnull().ifelse(dead.is_dead, dead.died <= dead.then)).select("item").distinct()
    )
    lost = gone.union(dead).distinct().mutate(is_lost=True)
    told = numbered.left_join(lost, "item")
    return told.select(*items.columns, is_followed=told.is_lost.isnull())


def people_of(tables: Tables, group: str) -> Table:
    """Everyone, with the team or pathway they are with now: of several, the one that began last."""
    if group not in ("team", "pathway"):
        return tables.person
    rows = tables.enrolment if group == "team" else tables.pathway
    is_now = rows.is_active.fill_null(False) if group == "team" else rows.end.isnull()
    told = rows.filter(is_now, rows[group].notnull(), rows.start.notnull())
    order = [told.start.desc(), told.resource, told[group]]
    window = ibis.window(group_by=told.person, order_by=order)
    told = told.mutate(place=ibis.row_number().over(window)).filter(ibis._.place == 0)
    joined = tables.person.left_join(told.select("person", now=told[group]).view(), "person")
    return joined.select(*tables.person.columns, **{group: joined.now})


def _day(column: Value) -> Value:
    return column if column.type().is_date() else column.cast("date")
