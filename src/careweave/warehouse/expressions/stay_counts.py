"""What comes before and with everyone's last stay in hospital: journeys, stays, visits, results, diagnoses in view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, Table

from careweave.warehouse.expressions.diagnoses import diagnoses
from careweave.warehouse.expressions.masks import InView
from careweave.warehouse.scores.stay import VISITS_KIND
from careweave.warehouse.scores.stay_definition import (
    ANY_DIAGNOSES,
    COUNTED,
    EMERGENCY_ENDS,
    RESULT,
    STARTS,
    VISITS,
    Item,
    StayScore,
)
from careweave.warehouse.scores.values import EMERGENCY
from careweave.warehouse.tables import Tables


def column_of(score: StayScore, item: Item) -> str:
    """The same for whatever is counted alike: scores share it."""
    if item.input == RESULT:
        units = "_".join(f"{unit}_{by}" for unit, by in item.units.items())
        return "_".join(("n", item.input, *item.codes, units))
    return "_".join(("n", item.input, str(item.days), *(score.not_counted if item.input != VISITS else ())))


def days_of(days: int) -> ibis.Value:
    return ibis.interval(days=days)


def journeys_of(admission: Table) -> Table:
    """One row a journey through hospitals: how it began, where it ended, and when."""
    first = admission.filter(admission.number == 1).select("person", "superspell", "start", "method")
    last = admission.filter(admission.is_last).select("superspell", "end", "organisation", "specialty")
    return first.inner_join(last, "superspell")


def last_of(journeys: Table, on: date) -> Table:
    """Everyone's last journey that began by the day, as `began`, `until` and whether it still counts."""
    begun = journeys.filter(journeys.start <= on)
    # The greatest by its first fields: a window would put every journey in order to keep one of them.
    fields = ("start", "superspell", "end", "method", "organisation", "specialty")
    one = begun.group_by("person").agg(last=ibis.struct({name: begun[name] for name in fields}).max())
    one = one.select("person", **{name: one.last[name] for name in fields})
    is_open = one.end.isnull() | (one.end > on)
    return one.select(
        "person",
        "method",
        "organisation",
        "specialty",
        began=one.start,
        ended=one.end,
        until=is_open.ifelse(ibis.literal(on, "date"), one.end),
        is_open=is_open,
    )


def in_view_of(tables: Tables, score: StayScore, journeys: Table, last: Table) -> InView:
    """The diagnoses that the score looks at: all that were known by the end of the stay, or those of its stays."""
    if score.diagnoses == ANY_DIAGNOSES:
        return lambda told: _until_the_end(told, last)
    within = _spells_in_view(tables, score, journeys, last)
    return lambda told: told.semi_join(within, ["person", "event"])


def _until_the_end(told: Table, last: Table) -> Table:
    joined = told.inner_join(last.select("person", "until"), "person")
    return joined.filter(joined.start.isnull() | (joined.start <= joined.until)).select(told.columns)


def _spells_in_view(tables: Tables, score: StayScore, journeys: Table, last: Table) -> Table:
    """(person, event) of the stays whose diagnoses the score may look at."""
    window = journeys.inner_join(last.select("person", "began"), "person")
    in_time = [window.start <= window.began]
    if score.look_back_years is not None:
        in_time.append(window.start > window.began - ibis.interval(years=score.look_back_years))
    kept = window.filter(in_time).select("person", "superspell")
    return tables.admission.semi_join(kept, ["person", "superspell"]).select("person", "event")


def stays_before(tables: Tables, scores: Sequence[StayScore], journeys: Table, last: Table) -> Table | None:
    """How many stays each item counts, of scores that leave out the same ones."""
    wanted = {
        column_of(score, item): item
        for score in scores
        for item in score.items
        if item.input in COUNTED and item.input != VISITS
    }
    if not wanted:
        return None
    if scores[0].not_counted:
        journeys = journeys.anti_join(_not_counted(tables, scores[0]), "superspell")
    pairs = journeys.inner_join(last.select("person", "began"), "person")
    before = pairs.filter(pairs.start < pairs.began)
    return before.group_by("person").agg(
        **{name: _counts(before, item).fill_null(False).sum() for name, item in wanted.items()}
    )


def _counts(before: Table, item: Item) -> BooleanValue:
    after = before.began - days_of(item.days)
    if item.input == STARTS:
        return before.start > after
    is_emergency = before.method == EMERGENCY
    if item.input == EMERGENCY_ENDS:
        return is_emergency & (before.end >= after) & (before.end <= before.began)
    return is_emergency & (before.start > after)


def _not_counted(tables: Tables, score: StayScore) -> Table:
    coded = diagnoses(tables.condition, tables.icd10_map)
    is_left_out = ibis.or_(*(coded.icd10.startswith(code) for code in score.not_counted))
    events = coded.filter(is_left_out.fill_null(False)).select("event").distinct()
    return tables.admission.semi_join(events, "event").select("superspell").distinct()


def visits_before(event: Table, scores: Sequence[StayScore], last: Table) -> Table | None:
    wanted = {
        column_of(score, item): item for score in scores for item in score.items if item.input == VISITS
    }
    if not wanted:
        return None
    came = event.filter(event.kind == VISITS_KIND).select("person", day=event.start.date())
    pairs = came.inner_join(last.select("person", "began"), "person")
    before = pairs.filter(pairs.day < pairs.began - days_of(1))
    return before.group_by("person").agg(
        **{name: (before.day > before.began - days_of(item.days)).sum() for name, item in wanted.items()}
    )


def results_of(observation: Table, scores: Sequence[StayScore], last: Table) -> list[Table]:
    wanted = {
        column_of(score, item): item for score in scores for item in score.items if item.input == RESULT
    }
    return [_result(observation, item, last, name) for name, item in wanted.items()]


def _result(observation: Table, item: Item, last: Table, name: str) -> Table:
    """The last result in the stay, in the item's own unit; the lower of two of one day."""
    is_mine = observation.code.isin(item.codes) & observation.unit.isin(list(item.units))
    mine = observation.filter(is_mine, observation.value.notnull())
    pairs = mine.inner_join(last.select("person", "began", "until"), "person")
    pairs = pairs.filter(pairs.start >= pairs.began, pairs.start <= pairs.until)
    factor = ibis.cases(*((pairs.unit == unit, by) for unit, by in item.units.items()), else_=1)
    numbered = pairs.mutate(number=(pairs.value * factor + 1e-6).floor().cast("int64"))
    order = ibis.window(group_by=numbered.person, order_by=[numbered.start.desc(), numbered.number])
    ranked = numbered.mutate(rank=ibis.row_number().over(order))
    return ranked.filter(ranked["rank"] == 0).select("person", **{name: "number"})
