"""Scores of one stay in hospital, for everyone at once (their plain twin: `scores.stay`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table

from careweave.warehouse.expressions.coded import CODED_COUNTS, group_drivers
from careweave.warehouse.expressions.diagnoses import diagnoses, told_diagnoses
from careweave.warehouse.expressions.masks import Coded, coded_once, left_out, points_in_one_pass, view_of
from careweave.warehouse.expressions.stay_counts import (
    beside_last,
    column_of,
    days_of,
    in_view_of,
    journeys_of,
    last_of,
    results_of,
    stays_before,
    visits_before,
)
from careweave.warehouse.scores.stay import VISITS_KIND
from careweave.warehouse.scores.stay_definition import CONDITIONS, HOSPITAL, PERCENT, Item, StayScore
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
LEFT_OUT = ("snomed_left_out", "other_left_out")


def stay_tables(tables: Tables, score: StayScore, on: date) -> tuple[Table, Table]:
    """(totals, drivers): `value` is null where `why_not` says why; the drivers are the groups of diagnoses only."""
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, [score])
    journeys = journeys_of(tables.admission)
    last = last_of(journeys, on)
    in_view = in_view_of(tables, score, beside_last(journeys, last), last)
    wide = stay_beside(tables.person.select("person", "age", "deprivation"), tables, [score], on, coded)
    judged = stay_judged(wide, tables, [score], on)
    if score.item(CONDITIONS):
        judged = _beside(judged, left_out(coded, in_view))
    counts = {name: judged[name].fill_null(0).cast("int64") for name in LEFT_OUT if name in judged.columns}
    totals = judged.select(
        "person",
        "organisation",
        began=_began(judged, score, on),
        **{f"{INPUT}{item.id}": judged[_input(score, item)] for item in score.items},
        **{name: _evidence(judged, score, name) for name in CODED_COUNTS} | counts,
        why_not=judged[f"{score.id}_why"],
        value=judged[score.id],
    )
    totals = totals.mutate(band=_band(totals, score))
    scored = totals.filter(totals.why_not == "").select("person")
    drivers = group_drivers(in_view(diagnoses(tables.condition, tables.icd10_map)), score)
    return totals, drivers.semi_join(scored, "person").select(drivers.columns)


def stay_beside(wide: Table, tables: Tables, scores: Sequence[StayScore], on: date, coded: Coded) -> Table:
    """`wide` with everyone's last stay and all that the scores count; what several count alike is counted once."""
    journeys = journeys_of(tables.admission)
    last = last_of(journeys, on)
    pairs = beside_last(journeys, last)
    wide = _beside(_beside(wide, last), stays_before(tables, scores, pairs))
    for found in (visits_before(tables.event, scores, last), *results_of(tables.observation, scores, last)):
        wide = _beside(wide, found)
    coding = [score for score in scores if score.item(CONDITIONS)]
    for view in dict.fromkeys(map(view_of, coding)):
        alike = [score for score in coding if view_of(score) == view]
        points = points_in_one_pass(coded, alike, in_view_of(tables, alike[0], pairs, last))
        named = {_of_view(alike[0], name): name for name in CODED_COUNTS}
        wide = _beside(wide, points.rename(**named, **{f"{score.id}_groups": score.id for score in alike}))
    return wide


def stay_judged(wide: Table, tables: Tables, scores: Sequence[StayScore], on: date) -> Table:
    """`wide` with `<score>` (in units of 1/scale, or null), `<score>_why` and the number of each item."""
    wide = wide.mutate(
        **{
            _input(score, item): _number(score, item, wide, tables.event)
            for score in scores
            for item in score.items
        }
    )
    is_map_loaded = tables.icd10_map is not None
    why = {f"{score.id}_why": _why_not(wide, score, on, is_map_loaded) for score in scores}
    wide = wide.mutate(**why, **{score.id: _points(wide, score) for score in scores})
    none = ibis.null("int64")
    return wide.mutate(
        **{
            score.id: (wide[f"{score.id}_why"] == "").ifelse(_value(wide[score.id], score), none)
            for score in scores
        }
    )


def _input(score: StayScore, item: Item) -> str:
    return f"{score.id}_{INPUT}{item.id}"


def _of_view(score: StayScore, name: str) -> str:
    return "_".join((*map(str, view_of(score)), name))


def _evidence(wide: Table, score: StayScore, name: str) -> IntegerValue:
    if not score.item(CONDITIONS):
        return ibis.literal(0, "int64")
    return wide[_of_view(score, name)].fill_null(0).cast("int64")


def _beside(wide: Table, other: Table | None) -> Table:
    return wide if other is None else wide.left_join(other, "person").drop("person_right")


def _began(wide: Table, score: StayScore, on: date) -> ibis.Value:
    """When the last stay began, if the score still says anything about it."""
    still_counts = wide.is_open | (wide.ended >= ibis.literal(on) - days_of(score.within_days))
    return still_counts.fill_null(False).ifelse(wide.began, ibis.null("date"))


def _number(score: StayScore, item: Item, wide: Table, event: Table) -> IntegerValue:
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
            number = was_received.ifelse(wide[column_of(score, item)].fill_null(0), unknown)
        case "emergency-stays-begun" | "emergency-stays-ended" | "stays-begun":
            number = wide[column_of(score, item)].fill_null(0)
        case "conditions":
            number = wide[f"{score.id}_groups"].fill_null(0)
        case "result":
            number = wide[column_of(score, item)]
        case "specialty":
            number = wide.specialty.notnull().ifelse(wide.specialty.isin(item.codes).cast("int64"), unknown)
        case _:
            return unknown
    return has_stay.ifelse(number.cast("int64"), unknown)


def _why_not(wide: Table, score: StayScore, on: date, is_map_loaded: bool) -> ibis.Value:
    cases: list[tuple[BooleanValue, str]] = [(_began(wide, score, on).isnull(), NO_INDEX)]
    for item in score.items:
        if item.input in (HOSPITAL, CONDITIONS):
            continue
        number = wide[_input(score, item)]
        if item.is_refused_if_unknown:
            cases.append((number.isnull(), f"{NOT_KNOWN}{item.id}"))
        out = (number < item.least) | (number > item.most)
        cases.append((out.fill_null(False), f"{OUT_OF_RANGE}{item.id}"))
    if score.item(CONDITIONS):
        usable, snomed, other = (_evidence(wide, score, name) > 0 for name in CODED_COUNTS)
        no_map = snomed if not is_map_loaded else ibis.literal(False)
        cases += [(usable, ""), (no_map, NO_MAP), (snomed | other, NOT_IN_MAP)]
    return ibis.cases(*cases, else_=NO_DIAGNOSIS if score.item(CONDITIONS) else "")


def _points(wide: Table, score: StayScore) -> IntegerValue:
    total = ibis.literal(score.constant, "int64")
    for item in score.items:
        total = total + _item_points(score, item, wide)
    return total


def _item_points(score: StayScore, item: Item, wide: Table) -> IntegerValue:
    number = wide[_input(score, item)].fill_null(0)
    if item.input == HOSPITAL:
        tabled = [(wide.organisation == code, points) for code, points in item.table.items()]
        return ibis.cases(*tabled, else_=0).cast("int64") if tabled else ibis.literal(0, "int64")
    if item.input == CONDITIONS and not item.cuts:
        return number
    points = number * item.each + number * number * item.squared
    cuts = [(number >= start, value) for start, value in reversed(item.cuts)]
    is_known = wide[_input(score, item)].notnull()
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
