"""Indicators counted by month, group, age and sex, for everyone at once (plain twin: tests/twins/plain_indicators.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, Table, Value

from careweave.warehouse.expressions.indicator_records import (
    amount_of,
    at_home_after,
    has_what_is_asked,
    people_of,
    record_items,
)
from careweave.warehouse.expressions.spread import spread
from careweave.warehouse.indicators.conditions import SPREADS
from careweave.warehouse.indicators.definition import (
    INDEX,
    MEAN,
    RATE,
    SITE,
    STAYS,
    Followed,
    Indicator,
    Items,
)
from careweave.warehouse.indicators.records import RECORDS
from careweave.warehouse.tables import Tables

EVERYONE = "everyone"
NOT_KNOWN = "not known"
NONE = "none"  # with no team, on no pathway
OLDEST_BAND = 18  # five years each; 90 and over is the last
NO_BAND = -1  # the birth date is not known


@dataclass(frozen=True)
class Counted:
    """`months`: month, group, band, sex, numerator, denominator (a rate also items, an index squares).

    `repeats`: group, band, sex, events, people; how many people had how many events in the whole time,
    which a standardised rate needs.
    """

    months: Table
    repeats: Table | None


def counted(
    tables: Tables,
    indicator: Indicator,
    months: list[date],
    group: str = "",
    *,
    items: Table | None = None,
    as_at: date | None = None,
) -> Counted:
    """Counts for these months, given as their first days in order without a gap; `group` is one of GROUPS or empty.

    `items` are those of `itemised`, where they were kept: counting them by another group then costs little.
    """
    items = items_within(tables, indicator, months, group, items=items, as_at=as_at)
    keys = ["month", "group", "band", "sex"]
    if indicator.kind == RATE:
        return Counted(_rates(tables, indicator, items, months, group, keys), _repeats(items))
    if indicator.kind == INDEX:
        return Counted(index_sums(items, keys), None)
    hits = items.amount.sum() if indicator.kind == MEAN else items.is_followed.sum()
    return Counted(items.group_by(keys).agg(numerator=hits.cast("int64"), denominator=items.count()), None)


def _rates(
    tables: Tables, indicator: Indicator, items: Table, months: list[date], group: str, keys: list[str]
) -> Table:
    """Also of whom nothing is counted: they are among the people of a rate."""
    numerators = items.group_by(keys).agg(numerator=items.amount.sum().cast("int64"), items=items.count())
    people = _population(people_of(tables, group), months, group, indicator.counted)
    people = _at_each_site(people, items) if group == SITE else people
    denominators = people.group_by(keys).agg(denominator=people.people.sum().cast("int64"))
    joined = denominators.left_join(numerators, keys)
    return joined.select(
        *keys,
        numerator=joined.numerator.fill_null(0),
        denominator=joined.denominator,
        items=joined["items"].fill_null(0),
    )


def index_sums(items: Table, keys: Sequence[str]) -> Table:
    """Of an index: its sum, the sum of its squares (beyond 64 bits in a large place) and how many people, by `keys`."""
    squares = (items.amount * items.amount).sum().cast("float64")
    total = items.amount.sum().cast("int64")
    return items.group_by(keys).agg(numerator=total, squares=squares, denominator=items.count())


def items_within(
    tables: Tables,
    indicator: Indicator,
    months: list[date],
    group: str = "",
    *,
    items: Table | None = None,
    as_at: date | None = None,
) -> Table:
    """What is counted in these months, each with its month, group, age and sex: the rows behind the numbers."""
    items = itemised(tables, indicator, as_at=as_at) if items is None else items
    items = _described(items, people_of(tables, group), group)
    is_then = (items.day >= months[0]) & (items.day < next_month(months[-1]))
    if indicator.counted.months:
        is_then &= items.day.month().isin(indicator.counted.months)
    return items.filter(is_then, _of_age(items, indicator.counted))


def itemised(
    tables: Tables,
    indicator: Indicator,
    *,
    journeys: Table | None = None,
    spreads: Mapping[str, Table] = MappingProxyType({}),
    as_at: date | None = None,
) -> Table:
    """What the indicator counts, one by one, whoever it is about.

    `journeys` are those of `stays`, and `spreads` those of `spread`, where they were kept.

    What is asked of someone some days later is asked of nobody before that day, when it is said when `as_at` is.
    """
    journeys = stays(tables.event) if journeys is None else journeys
    counted = indicator.counted
    if counted.of == SPREADS:
        kept = spreads.get(counted.over)
        return amount_of(spread(tables.event, counted.over) if kept is None else kept, indicator)
    items = amount_of(_items(tables, counted, journeys), indicator)
    if indicator.led_to:
        later = _items(tables, indicator.led_to.by, journeys)
        items = _followed(items, later, indicator.led_to).filter(ibis._.is_followed).drop("is_followed")
    if indicator.followed:
        later = _items(tables, indicator.followed.by, journeys)
        return _followed(items, later, indicator.followed)
    if indicator.having and indicator.having.at_home_after is not None:
        return at_home_after(tables, items, journeys, indicator.having.at_home_after, as_at)
    return has_what_is_asked(items, indicator.having) if indicator.having else items


def stays(event: Table) -> Table:
    """Hospital stays from door to door: who goes on to another hospital on the day of leaving one is still in."""
    rows = event.filter(event.kind == "admission", event.start.notnull())
    rows = rows.select(
        "person", "start", "end", "method", "event", "organisation", until=ibis.coalesce(rows.end, rows.start)
    )
    begins = rows.until.date().max().over(_so_far(rows, -1))
    rows = rows.mutate(is_new=(begins.isnull() | (rows.start.date() > begins)).cast("int64"))
    rows = rows.mutate(number=rows.is_new.sum().over(_so_far(rows, 0)))
    rows = rows.mutate(
        rank=ibis.row_number().over(ibis.window(group_by=[rows.person, rows.number], order_by=_order(rows)))
    )
    joined = rows.group_by("person", "number").agg(
        start=rows.start.date().min(),
        end=rows.end.isnull().any().ifelse(ibis.null("date"), rows.end.date().max()),
        method=rows.method.max(where=rows["rank"] == 0),
        site=rows.organisation.max(where=rows["rank"] == 0),  # where the journey began
    )
    nights = joined.end.delta(joined.start, unit="day").cast("int64")
    return joined.mutate(nights=nights.fill_null(0)).drop("number")


def _order(rows: Table) -> list[Value]:
    return [rows.start, rows.event]


def _so_far(rows: Table, last: int) -> ibis.expr.builders.WindowBuilder:
    """Every row of the person from the first up to `last` rows from this one."""
    return ibis.window(group_by=rows.person, order_by=_order(rows), rows=(None, last))


def _items(tables: Tables, wanted: Items, journeys: Table) -> Table:
    """person, start, day, end, nights, site: each stay, contact or record that is counted."""
    if wanted.of in RECORDS:
        return record_items(tables, wanted)
    if wanted.of == STAYS:
        rows = journeys
        kept = rows.filter(rows.nights >= wanted.least_nights)
        if wanted.method:
            kept = kept.filter(kept.method == wanted.method)
        return kept.mutate(day=kept[wanted.dated]).filter(ibis._.day.notnull())
    event = tables.event.filter(tables.event.kind != "admission", tables.event.start.notnull())
    if wanted.kind != "any":
        event = event.filter(event.kind == wanted.kind)
    rows = event.select(
        "person",
        start=event.start.date(),
        end=ibis.coalesce(event.end, event.start).date(),
        site=event.organisation,
    )
    return rows.mutate(nights=ibis.literal(0, "int64"), method=ibis.null("string"), day=rows[wanted.dated])


def _followed(items: Table, later: Table, followed: Followed) -> Table:
    """Whether anything begins in the days after each item ended; the item itself is not what follows it."""
    numbered = items.mutate(item=ibis.row_number())
    begun = later.select("person", begun="start")
    joined = numbered.inner_join(begun, "person")
    after = joined.begun.delta(joined.end, unit="day")
    is_after = (after >= followed.from_days) & (after <= followed.within_days) & (joined.begun > joined.start)
    hits = joined.filter(is_after).select("item").distinct().mutate(is_followed=True)
    told = numbered.filter(numbered.end.notnull()).left_join(hits, "item")
    return told.select(*items.columns, is_followed=told.is_followed.fill_null(False))


def _described(items: Table, person: Table, group: str) -> Table:
    about = person.select("person", "birth_month", "sex", group=group_of(person, group))
    joined = items.inner_join(about, "person")
    age = age_on(joined.birth_month, joined.day)
    told = joined.mutate(month=joined.day.truncate("M"), age=age, sex=joined.sex.fill_null(NOT_KNOWN))
    grouped = told.site.fill_null(NOT_KNOWN) if group == SITE else _of_band(told, group)
    return told.mutate(band=_band(told.age), group=grouped)


def _population(person: Table, months: list[date], group: str, wanted: Items) -> Table:
    """Everyone alive on the first day of each month, once a month."""
    listed = ibis.memtable(pa.table({"month": pa.array(months, pa.date32())}))
    about = person.select("birth_month", "sex", "died", "is_dead", group=group_of(person, group))
    alike = about.group_by(about.columns).agg(people=about.count())  # far fewer than people
    rows = alike.cross_join(listed)
    is_born = rows.birth_month.isnull() | (rows.birth_month <= rows.month)
    is_alive = rows.died.isnull().ifelse(~rows.is_dead, rows.died >= rows.month)
    rows = rows.filter(is_born, is_alive)
    rows = rows.mutate(age=age_on(rows.birth_month, rows.month), sex=rows.sex.fill_null(NOT_KNOWN))
    rows = rows.mutate(band=_band(rows.age), group=_of_band(rows, group))
    return rows.filter(_of_age(rows, wanted))


def _at_each_site(people: Table, items: Table) -> Table:
    """A rate at a site is for everyone of the place: the rates of all sites then add up to that of the place."""
    sites = items.select("group").distinct()
    return people.drop("group").cross_join(sites)


def group_of(person: Table, group: str) -> Value:
    match group:
        case "sex":
            return person.sex.fill_null(NOT_KNOWN)
        case "practice":
            return person.practice.fill_null(NOT_KNOWN)
        case "ethnicity":
            return person.ethnicity.fill_null(NOT_KNOWN)
        case "team" | "pathway":
            return person[group].fill_null(NONE)
        case "deprivation":
            fifth = ((person.deprivation + 1) // 2).cast("string")
            return fifth.fill_null(NOT_KNOWN)
    return ibis.literal(EVERYONE)


def _of_band(rows: Table, group: str) -> Value:
    if group != "age":
        return rows.group
    return ibis.cases(
        (rows.age.isnull(), NOT_KNOWN),
        (rows.age < 18, "0 to 17"),
        (rows.age < 65, "18 to 64"),
        (rows.age < 75, "65 to 74"),
        (rows.age < 85, "75 to 84"),
        else_="85 and over",
    )


def age_on(birth_month: Value, day: Value) -> Value:
    """Whole years by month of birth: the day of birth is not kept in the warehouse."""
    months = (day.year() - birth_month.year()) * 12 + day.month() - birth_month.month()
    return (months // 12).cast("int64")


def _band(age: Value) -> Value:
    banded = (age >= 5 * OLDEST_BAND).ifelse(OLDEST_BAND, age // 5)
    return banded.fill_null(NO_BAND).cast("int64")


def _of_age(rows: Table, wanted: Items) -> BooleanValue:
    """Who counts; when an age is asked for, nobody of unknown age does."""
    kept: BooleanValue = ibis.literal(True)
    if wanted.age_from is not None:
        kept &= (rows.age >= wanted.age_from).fill_null(False)
    if wanted.age_to is not None:
        kept &= (rows.age <= wanted.age_to).fill_null(False)
    return kept


def _repeats(items: Table) -> Table:
    """Age is that at a person's first event here, so that each person is in one stratum."""
    each = items.group_by("person", "group", "sex").agg(
        events=items.amount.sum().cast("int64"), band=items.band.min()
    )
    return each.group_by("group", "band", "sex", "events").agg(people=each.count())


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
