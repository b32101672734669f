"""Scores of one stay in hospital, for everyone at once (their plain twin: `scores.stay`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table

from careweave.warehouse.expressions.coded import CODED_COUNTS, group_drivers
from careweave.warehouse.expressions.diagnoses import diagnoses, told_diagnoses
from careweave.warehouse.expressions.masks import Coded, coded_once, points_in_one_pass
from careweave.warehouse.scores.stay import VISITS_KIND
from careweave.warehouse.scores.stay_definition import (
    ANY_DIAGNOSES,
    CONDITIONS,
    COUNTED,
    EMERGENCY_ENDS,
    HOSPITAL,
    PERCENT,
    RESULT,
    STARTS,
    VISITS,
    Item,
    StayScore,
)
from careweave.warehouse.scores.values import (
    EMERGENCY,
    NO_DIAGNOSIS,
    NO_INDEX,
    NO_MAP,
    NOT_IN_MAP,
    NOT_KNOWN,
    OUT_OF_RANGE,
)
from careweave.warehouse.tables import Tables

INPUT = "in_"  # before the id of an item: the number that it was given


def stay_tables(tables: Tables, score: StayScore, on: date) -> tuple[Table, Table]:
    """(totals, drivers): `value` is null where `why_not` says why; the drivers are the groups of diagnoses only."""
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, [score])
    totals = stay_totals(tables, score, on, coded)
    scored = totals.filter(totals.why_not == "").select("person")
    journeys = journeys_of(tables.admission)
    drivers = _drivers(tables, score, journeys, _last(journeys, on))
    return totals, drivers.semi_join(scored, "person").select(drivers.columns)


def stay_totals(tables: Tables, score: StayScore, on: date, coded: Coded) -> Table:
    """`coded` may have been counted for other scores too: all read from the same pass."""
    journeys = journeys_of(tables.admission)
    wide = _inputs(tables, score, journeys, _last(journeys, on), on, coded)
    judged = wide.mutate(why_not=_why_not(wide, score, tables.icd10_map is not None))
    has_value = judged.why_not == ""
    points = _points(judged, score)
    totals = judged.mutate(value=has_value.ifelse(_value(points, score), ibis.null("int64")))
    return totals.mutate(band=_band(totals, score))


def journeys_of(admission: Table) -> Table:
    """One row a journey through hospitals: how it began, where it ended, and when."""
    first = admission.filter(admission.number == 1).select("person", "superspell", "start", "method")
    last = admission.filter(admission.is_last).select("superspell", "end", "organisation", "specialty")
    return first.inner_join(last, "superspell")


def _last(journeys: Table, on: date) -> Table:
    """Everyone's last journey that began by the day, as `began`, `until` and whether it still counts."""
    begun = journeys.filter(journeys.start <= on)
    latest = ibis.window(group_by=begun.person, order_by=[begun.start.desc(), begun.superspell.desc()])
    ranked = begun.mutate(rank=ibis.row_number().over(latest))
    one = ranked.filter(ranked["rank"] == 0)
    is_open = one.end.isnull() | (one.end > on)
    return one.mutate(
        began=one.start,
        ended=one.end,
        until=is_open.ifelse(ibis.literal(on, "date"), one.end),
        is_open=is_open,
        stay=one.superspell,
    ).select("person", "stay", "began", "ended", "until", "is_open", "method", "organisation", "specialty")


def _until_the_end(told: Table, last: Table) -> Table:
    """What was known by the end of the stay."""
    joined = told.inner_join(last.select("person", "until"), "person")
    return joined.filter(joined.start.isnull() | (joined.start <= joined.until)).select(told.columns)


def _spells_in_view(tables: Tables, score: StayScore, journeys: Table, last: Table) -> Table:
    """(person, event) of the stays whose diagnoses the score may look at."""
    window = journeys.inner_join(last.select("person", "began"), "person")
    in_time = [window.start <= window.began]
    if score.look_back_years is not None:
        in_time.append(window.start > window.began - ibis.interval(years=score.look_back_years))
    kept = window.filter(in_time).select("person", "superspell")
    return tables.admission.semi_join(kept, ["person", "superspell"]).select("person", "event").distinct()


def _conditions(tables: Tables, score: StayScore, journeys: Table, last: Table, coded: Coded) -> Table:
    """Points of the conditions, and how much coding there was."""
    if score.diagnoses == ANY_DIAGNOSES:
        found = points_in_one_pass(coded, [score], in_view=lambda told: _until_the_end(told, last))
    else:
        within = _spells_in_view(tables, score, journeys, last)
        found = points_in_one_pass(coded, [score], within=within)
    return found.rename(group_points=score.id)


def _drivers(tables: Tables, score: StayScore, journeys: Table, last: Table) -> Table:
    coded = diagnoses(tables.condition, tables.icd10_map)
    if score.diagnoses == ANY_DIAGNOSES:
        return group_drivers(_until_the_end(coded, last), score)
    within = _spells_in_view(tables, score, journeys, last)
    return group_drivers(coded.semi_join(within, ["person", "event"]), score)


def _inputs(tables: Tables, score: StayScore, journeys: Table, last: Table, on: date, coded: Coded) -> Table:
    """Everyone, with a number for each item (null: not known) and how much coding there was."""
    wide = tables.person.select("person", "age", "deprivation").left_join(last, "person").drop("person_right")
    wide = wide.mutate(
        still_counts=wide.is_open | (wide.ended >= ibis.literal(on) - _days(score.within_days))
    )
    wide = _beside(wide, _stays_before(tables, score, journeys, last))
    wide = _beside(wide, _visits_before(tables.event, score, last))
    for item in score.items:
        if item.input == RESULT:
            wide = _beside(wide, _results(tables.observation, item, last))
    if score.item(CONDITIONS):
        wide = _beside(wide, _conditions(tables, score, journeys, last, coded))
    numbers = {f"{INPUT}{item.id}": _number(item, wide, tables.event) for item in score.items}
    counts = {
        name: wide[name].fill_null(0).cast("int64") if name in wide.columns else ibis.literal(0, "int64")
        for name in CODED_COUNTS
    }
    return wide.select(
        "person",
        "organisation",
        began=wide.still_counts.fill_null(False).ifelse(wide.began, ibis.null("date")),
        **numbers,
        **counts,
    )


def _beside(wide: Table, other: Table | None) -> Table:
    return wide if other is None else wide.left_join(other, "person").drop("person_right")


def _days(days: int) -> ibis.Value:
    return ibis.interval(days=days)


def _number(item: Item, wide: Table, event: Table) -> IntegerValue:
    unknown = ibis.null("int64")
    has_stay = wide.began.notnull()
    match item.input:
        case "length-of-stay":
            number = wide.until.delta(wide.began, unit="day")
        case "is-emergency":
            number = wide.method.notnull().ifelse((wide.method == EMERGENCY).cast("int64"), unknown)
        case "age":
            number = wide.age
        case "deprivation":
            deciles = [(wide.deprivation == n + 1, score) for n, score in enumerate(item.by_decile)]
            number = ibis.cases(*deciles, else_=unknown)
        case "emergency-visits":
            was_received = (event.kind == VISITS_KIND).any().as_scalar().fill_null(False)
            number = was_received.ifelse(wide[f"n_{item.id}"].fill_null(0), unknown)
        case "emergency-stays-begun" | "emergency-stays-ended" | "stays-begun":
            number = wide[f"n_{item.id}"].fill_null(0)
        case "conditions":
            number = wide.group_points.fill_null(0)
        case "result":
            number = wide[f"n_{item.id}"]
        case "specialty":
            number = wide.specialty.notnull().ifelse(wide.specialty.isin(item.codes).cast("int64"), unknown)
        case _:
            return unknown
    return has_stay.ifelse(number.cast("int64"), unknown)


def _stays_before(tables: Tables, score: StayScore, journeys: Table, last: Table) -> Table | None:
    items = [item for item in score.items if item.input in COUNTED and item.input != VISITS]
    if not items:
        return None
    if score.not_counted:
        journeys = journeys.anti_join(_left_out(tables, score), "superspell")
    pairs = journeys.inner_join(last.select("person", "began"), "person")
    before = pairs.filter(pairs.start < pairs.began)
    return before.group_by("person").agg(
        **{f"n_{item.id}": _counts(before, item).fill_null(False).sum() for item in items}
    )


def _counts(before: Table, item: Item) -> BooleanValue:
    after = before.began - _days(item.days)
    if item.input == STARTS:
        return before.start > after
    is_emergency = before.method == EMERGENCY
    if item.input == EMERGENCY_ENDS:
        return is_emergency & (before.end >= after) & (before.end <= before.began)
    return is_emergency & (before.start > after)


def _left_out(tables: Tables, score: StayScore) -> Table:
    coded = diagnoses(tables.condition, tables.icd10_map)
    is_left_out = ibis.or_(*(coded.icd10.startswith(code) for code in score.not_counted))
    events = coded.filter(is_left_out.fill_null(False)).select("event").distinct()
    return tables.admission.semi_join(events, "event").select("superspell").distinct()


def _visits_before(event: Table, score: StayScore, last: Table) -> Table | None:
    item = score.item(VISITS)
    if item is None:
        return None
    came = event.filter(event.kind == VISITS_KIND).select("person", day=event.start.date())
    pairs = came.inner_join(last.select("person", "began"), "person")
    counted = pairs.filter(pairs.day < pairs.began - _days(1), pairs.day > pairs.began - _days(item.days))
    return counted.group_by("person").agg(**{f"n_{item.id}": counted.count()})


def _results(observation: Table, item: Item, last: Table) -> Table:
    """The last result in the stay, in the item's own unit; the lower of two of one day."""
    is_mine = observation.code.isin(item.codes) & observation.unit.isin(list(item.units))
    mine = observation.filter(is_mine, observation.value.notnull())
    pairs = mine.inner_join(last.select("person", "began", "until"), "person")
    pairs = pairs.filter(pairs.start >= pairs.began, pairs.start <= pairs.until)
    factor = ibis.cases(*((pairs.unit == unit, by) for unit, by in item.units.items()), else_=1)
    numbered = pairs.mutate(number=(pairs.value * factor + 1e-6).floor().cast("int64"))
    order = ibis.window(group_by=numbered.person, order_by=[numbered.start.desc(), numbered.number])
    ranked = numbered.mutate(rank=ibis.row_number().over(order))
    return ranked.filter(ranked["rank"] == 0).select("person", **{f"n_{item.id}": "number"})


def _why_not(wide: Table, score: StayScore, is_map_loaded: bool) -> ibis.Value:
    cases: list[tuple[BooleanValue, str]] = [(wide.began.isnull(), NO_INDEX)]
    for item in score.items:
        if item.input in (HOSPITAL, CONDITIONS):
            continue
        number = wide[f"{INPUT}{item.id}"]
        if item.is_refused_if_unknown:
            cases.append((number.isnull(), f"{NOT_KNOWN}{item.id}"))
        out = (number < item.least) | (number > item.most)
        cases.append((out.fill_null(False), f"{OUT_OF_RANGE}{item.id}"))
    if score.item(CONDITIONS):
        left_out = wide.snomed_left_out + wide.other_left_out > 0
        no_map = wide.snomed_left_out > 0 if not is_map_loaded else ibis.literal(False)
        cases += [(wide.usable > 0, ""), (left_out & no_map, NO_MAP), (left_out, NOT_IN_MAP)]
    return ibis.cases(*cases, else_=NO_DIAGNOSIS if score.item(CONDITIONS) else "")


def _points(wide: Table, score: StayScore) -> IntegerValue:
    total = ibis.literal(score.constant, "int64")
    for item in score.items:
        total = total + _item_points(item, wide)
    return total


def _item_points(item: Item, wide: Table) -> IntegerValue:
    number = wide[f"{INPUT}{item.id}"].fill_null(0)
    if item.input == HOSPITAL:
        tabled = [(wide.organisation == code, points) for code, points in item.table.items()]
        return ibis.cases(*tabled, else_=0).cast("int64") if tabled else ibis.literal(0, "int64")
    if item.input == CONDITIONS and not item.cuts:
        return number
    points = number * item.each + number * number * item.squared
    cuts = [(number >= start, value) for start, value in reversed(item.cuts)]
    is_known = wide[f"{INPUT}{item.id}"].notnull()
    found = points + ibis.cases(*cuts, else_=0).cast("int64") if cuts else points
    return is_known.ifelse(found, 0).cast("int64")


def _value(points: IntegerValue, score: StayScore) -> IntegerValue:
    if score.result != PERCENT:
        return points
    chance = 10_000 / (1 + (-(points.cast("float64") / score.point_scale)).exp())
    return (chance + 0.5).floor().cast("int64")


def _band(totals: Table, score: StayScore) -> ibis.Value:
    cases: Iterable[tuple[BooleanValue, str]] = [
        (totals.value >= band.least, band.name) for band in reversed(score.bands)
    ]
    return ibis.cases((totals.value.isnull(), ""), *cases, else_="")
