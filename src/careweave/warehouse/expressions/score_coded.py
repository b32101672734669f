"""Scores that add points for code groups, for everyone at once (their plain twin: `scores.coded`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import ibis
from ibis.expr.types import BooleanColumn, Table

from careweave.warehouse.expressions.coded import CODED_COUNTS, group_drivers
from careweave.warehouse.expressions.diagnoses import diagnoses, told_diagnoses
from careweave.warehouse.expressions.masks import Coded, InView, coded_once, left_out, points_in_one_pass
from careweave.warehouse.scores import EMERGENCY, CodedScore
from careweave.warehouse.scores.definition import EMERGENCY_STAYS
from careweave.warehouse.scores.values import (
    NO_BIRTH_DATE,
    NO_DIAGNOSIS,
    NO_MAP,
    NO_STAY,
    NOT_IN_MAP,
    STAYS_WITHOUT,
    WRONG_AGE,
)
from careweave.warehouse.tables import Tables

_LEFT_OUT = ("snomed_left_out", "other_left_out")
STAY_COUNTS = ("stays", "stays_without_diagnoses", "stays_of_unknown_method")


def coded_tables(tables: Tables, score: CodedScore, on: date) -> tuple[Table, Table]:
    """(totals, drivers): `value` in tenths, null where `why_not` says why; each group that counted."""
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, [score])
    stays = _stays(tables.event, score, on)
    wide = coded_beside(tables.person.select("person", "age"), tables, [score], on, coded)
    value, why_not = coded_verdict(wide, score, tables.icd10_map is not None)
    judged = wide.mutate(value=value, why_not=why_not).drop("snomed_left_out", "other_left_out")
    counted = _beside(judged, left_out(coded, _in_view(score, stays, on)), _LEFT_OUT)
    counted = _beside(counted, _stays_told(coded.rows, score, stays), ["stays_told"])
    counted = counted.mutate(stays_without_diagnoses=counted.stays - counted.stays_told)
    totals = counted.select("person", *CODED_COUNTS, *STAY_COUNTS, "why_not", "value")
    totals = totals.mutate(band=_band(totals, score))
    drivers = group_drivers(_in_view(score, stays, on)(diagnoses(tables.condition, tables.icd10_map)), score)
    scored = totals.filter(totals.why_not == "").select("person")
    return totals, drivers.semi_join(scored, "person").select(drivers.columns)


def coded_beside(
    wide: Table, tables: Tables, scores: Sequence[CodedScore], on: date, coded: Coded, at: str = ""
) -> Table:
    """`wide` with everyone's points by score (all of one view), and whether there was anything to go on, as `at`…"""
    stays = _stays(tables.event, scores[0], on)
    found = points_in_one_pass(coded, scores, _in_view(scores[0], stays, on))
    wide = _beside(wide, found, [*CODED_COUNTS, *(score.id for score in scores)], at)
    if scores[0].evidence != EMERGENCY_STAYS:
        none = ibis.literal(0, "int64")
        return wide.mutate(**{f"{at}stays": none, f"{at}stays_of_unknown_method": none})
    stayed = stays.group_by("person").agg(
        stays=(stays.method == EMERGENCY).fill_null(False).sum(),
        stays_of_unknown_method=stays.method.isnull().sum(),
    )
    return _beside(wide, stayed, ["stays", "stays_of_unknown_method"], at)


def coded_verdict(
    wide: Table, score: CodedScore, is_map_loaded: bool, at: str = ""
) -> tuple[ibis.Value, ibis.Value]:
    """(value, why there is none)"""
    why_not = _why_not(wide, score, is_map_loaded, at)
    return (why_not == "").ifelse(wide[f"{at}{score.id}"], ibis.null("int64")), why_not


def _stays(event: Table, score: CodedScore, on: date) -> Table:
    """Hospital stays that began in the window, whatever their method; none for scores of any diagnosis."""
    if score.evidence != EMERGENCY_STAYS:
        return event.filter(ibis.literal(False)).select("person", "event", "method")
    in_time = [event.kind == "admission", event.start < _midnight_after(on)]
    after = score.looks_back_to(on)
    if after is not None:
        in_time.append(event.start >= _midnight_after(after))
    return event.filter(in_time).select("person", "event", "method")


def _midnight_after(day: date) -> datetime:
    """Instants are compared as they are: the day of each would be worked out row by row."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _emergencies(stays: Table) -> Table:
    return stays.filter(stays.method == EMERGENCY).select("person", "event")


def _in_view(score: CodedScore, stays: Table, on: date) -> InView:
    if score.evidence == EMERGENCY_STAYS:
        return lambda rows: rows.semi_join(_emergencies(stays), "event")
    return lambda rows: rows.filter(rows.start.isnull() | (rows.start <= on))


def _stays_told(rows: Table, score: CodedScore, stays: Table) -> Table:
    """How many of each person's emergency stays came with any diagnosis."""
    if score.evidence != EMERGENCY_STAYS:
        stays = stays.filter(ibis.literal(False))
    with_any = _emergencies(stays).semi_join(rows, ["person", "event"])
    return with_any.group_by("person").agg(stays_told=with_any.count())


def _beside(wide: Table, counts: Table, names: Sequence[str], at: str = "") -> Table:
    joined = wide.left_join(counts, "person")
    return joined.select(
        *wide.columns, **{f"{at}{name}": joined[name].fill_null(0).cast("int64") for name in names}
    )


def _why_not(wide: Table, score: CodedScore, is_map_loaded: bool, at: str) -> ibis.Value:
    snomed_left_out = wide[f"{at}snomed_left_out"] > 0
    any_left_out = snomed_left_out | (wide[f"{at}other_left_out"] > 0)
    no_map = snomed_left_out if not is_map_loaded else ibis.literal(False)
    cases: list[tuple[BooleanColumn, str]] = []
    if score.age_from is not None:
        cases += [(wide.age.isnull(), NO_BIRTH_DATE), (wide.age < score.age_from, WRONG_AGE)]
    if score.evidence == EMERGENCY_STAYS:
        cases.append((wide[f"{at}stays"] == 0, NO_STAY))
    cases += [(wide[f"{at}usable"] > 0, ""), (no_map, NO_MAP), (any_left_out, NOT_IN_MAP)]
    return ibis.cases(*cases, else_=STAYS_WITHOUT if score.evidence == EMERGENCY_STAYS else NO_DIAGNOSIS)


def _band(totals: Table, score: CodedScore) -> ibis.Value:
    cases = [(totals.value >= band.least, band.name) for band in reversed(score.bands)]
    return ibis.cases((totals.value.isnull(), ""), *cases, else_="")
