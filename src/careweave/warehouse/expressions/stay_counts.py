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
    begun = ("person", "superspell", "event", "start", "method")
    ended = ("end", "organisation", "specialty")
    is_first = admission.number == 1
    # Nearly all are one stay: only the others are worth a join.
    whole = admission.filter(is_first, admission.is_last).select(*begun, *ended)
    first = admission.filter(is_first, ~admission.is_last).select(*begun)
    last = admission.filter(~is_first, admission.is_last).select("superspell", *ended)
    return whole.union(first.inner_join(last, "superspell").select(*begun, *ended))


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


def beside_last(journeys: Table, last: Table) -> Table:
    """Every journey of those who have a last one, with the day on which that began."""
    return journeys.inner_join(last.select("person", "began"), "person")


def in_view_of(tables: Tables, score: StayScore, pairs: Table, last: Table) -> InView:
    """The diagnoses that the score looks at: all that were known by the end of the stay, or those of its stays."""
    if score.diagnoses == ANY_DIAGNOSES:
        return lambda told: _until_the_end(told, last)
    within = _spells_in_view(tables, score, pairs)
    return lambda told: told.semi_join(within, "event")


def _until_the_end(told: Table, last: Table) -> Table:
    joined = told.inner_join(last.select("person", "until"), "person")
    return joined.filter(joined.start.isnull() | (joined.start <= joined.until)).select(told.columns)


def _spells_in_view(tables: Tables, score: StayScore, pairs: Table) -> Table:
    """(person, event) of the stays whose diagnoses the score may look at."""
    in_time = [pairs.start <= pairs.began]
    if score.look_back_years is not None:
        in_time.append(pairs.start > pairs.began - ibis.interval(years=score.look_back_years))
    kept = pairs.filter(in_time).select("person", "superspell", "event")
    later = tables.admission.filter(tables.admission.number != 1).semi_join(kept, ["person", "superspell"])
    return kept.select("person", "event").union(later.select("person", "event"))


def stays_before(tables: Tables, scores: Sequence[StayScore], pairs: Table) -> Table | None:
    """How many stays before the last each item counts."""
    wanted = {
        column_of(score, item): (score, item)
        for score in scores
        for item in score.items
        if item.input in COUNTED and item.input != VISITS
    }
    if not wanted:
        return None
    for not_counted in {score.not_counted for score, _ in wanted.values() if score.not_counted}:
        marked = _not_counted(tables, not_counted).mutate(**{_mark(not_counted): ibis.literal(True)})
        pairs = pairs.left_join(marked, "superspell").drop("superspell_right")
    before = pairs.filter(pairs.start < pairs.began)
    return before.group_by("person").agg(
        **{name: _counts(before, *each).fill_null(False).sum() for name, each in wanted.items()}
    )


def _mark(not_counted: Sequence[str]) -> str:
    return "_".join(("not", *not_counted))


def _counts(before: Table, score: StayScore, item: Item) -> BooleanValue:
    after = before.began - days_of(item.days)
    is_counted = before[_mark(score.not_counted)].isnull() if score.not_counted else ibis.literal(True)
    if item.input == STARTS:
        return is_counted & (before.start > after)
    is_emergency = is_counted & (before.method == EMERGENCY)
    if item.input == EMERGENCY_ENDS:
        return is_emergency & (before.end >= after) & (before.end <= before.began)
    return is_emergency & (before.start > after)


def _not_counted(tables: Tables, prefixes: Sequence[str]) -> Table:
    """The journeys with a diagnosis whose code begins so."""
    coded = diagnoses(tables.condition, tables.icd10_map)
    is_left_out = ibis.or_(*(coded.icd10.startswith(prefix) for prefix in prefixes))
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
