"""Scores that add points for code groups, for everyone at once (their plain twin: `scores.coded`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
from ibis.expr.types import BooleanColumn, Table

from careweave.warehouse.expressions.coded import CODED_COUNTS, group_drivers
from careweave.warehouse.expressions.diagnoses import diagnoses, told_diagnoses
from careweave.warehouse.expressions.masks import Coded, coded_once, points_in_one_pass
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

STAY_COUNTS = ("stays", "stays_without_diagnoses", "stays_of_unknown_method")


def coded_tables(tables: Tables, score: CodedScore, on: date) -> tuple[Table, Table]:
    """(totals, drivers): `value` in tenths, null where `why_not` says why; each group that counted."""
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, [score])
    totals = coded_totals(tables, [score], on, coded)[score.id]
    stays = _stays(tables.event, score, on)
    drivers = group_drivers(_in_view(diagnoses(tables.condition, tables.icd10_map), score, stays, on), score)
    scored = totals.filter(totals.why_not == "").select("person")
    return totals, drivers.semi_join(scored, "person").select(drivers.columns)


def coded_totals(tables: Tables, scores: Sequence[CodedScore], on: date, coded: Coded) -> dict[str, Table]:
    """The totals of each; scores that look at the same diagnoses share their sums by person."""
    alike: dict[tuple[str, int | None], list[CodedScore]] = {}
    for score in scores:
        alike.setdefault((score.evidence, score.look_back_years), []).append(score)
    return {
        score.id: _totals(wide, score, tables.icd10_map is not None)
        for together in alike.values()
        for wide in [_wide(tables, together, on, coded)]
        for score in together
    }


def _totals(wide: Table, score: CodedScore, is_map_loaded: bool) -> Table:
    judged = wide.mutate(why_not=_why_not(wide, score, is_map_loaded), points=wide[score.id])
    totals = judged.select(
        "person",
        *CODED_COUNTS,
        *STAY_COUNTS,
        "why_not",
        value=(judged.why_not == "").ifelse(judged.points, ibis.null("int64")),
    )
    return totals.mutate(band=_band(totals, score))


def _stays(event: Table, score: CodedScore, on: date) -> Table:
    """Hospital stays that began in the window, whatever their method; none for scores of any diagnosis."""
    if score.evidence != EMERGENCY_STAYS:
        return event.filter(ibis.literal(False)).select("person", "event", "method")
    began = event.start.date()
    in_time = [event.kind == "admission", began <= on]
    after = score.looks_back_to(on)
    if after is not None:
        in_time.append(began > after)
    return event.filter(in_time).select("person", "event", "method")


def _emergencies(stays: Table) -> Table:
    return stays.filter(stays.method == EMERGENCY).select("person", "event")


def _in_view(told: Table, score: CodedScore, stays: Table, on: date) -> Table:
    if score.evidence == EMERGENCY_STAYS:
        return told.semi_join(_emergencies(stays), ["person", "event"])
    return told.filter(told.start.isnull() | (told.start <= on))


def _wide(tables: Tables, scores: Sequence[CodedScore], on: date, coded: Coded) -> Table:
    """Everyone's points by score, and how much there was to go on."""
    first = scores[0]
    stays = _stays(tables.event, first, on)
    is_by_stay = first.evidence == EMERGENCY_STAYS
    within = _emergencies(stays) if is_by_stay else None
    in_view = None if is_by_stay else lambda told: _in_view(told, first, stays, on)
    found = points_in_one_pass(coded, scores, in_view=in_view, within=within)
    if not is_by_stay:
        found = found.mutate(stays_told=ibis.literal(0))
    stayed = stays.group_by("person").agg(
        stays=(stays.method == EMERGENCY).fill_null(False).sum(),
        stays_of_unknown_method=stays.method.isnull().sum(),
    )
    points = [score.id for score in scores]
    wide = _beside(
        tables.person.select("person", "age"),
        [(found, [*CODED_COUNTS, *points, "stays_told"]), (stayed, ["stays", "stays_of_unknown_method"])],
    )
    return wide.mutate(stays_without_diagnoses=wide.stays - wide.stays_told)


def _beside(person: Table, counts: Sequence[tuple[Table, Sequence[str]]]) -> Table:
    for table, names in counts:
        joined = person.left_join(table, "person")
        person = joined.select(
            *person.columns, **{name: joined[name].fill_null(0).cast("int64") for name in names}
        )
    return person


def _why_not(counts: Table, score: CodedScore, is_map_loaded: bool) -> ibis.Value:
    left_out = (counts.snomed_left_out + counts.other_left_out) > 0
    no_map = counts.snomed_left_out > 0 if not is_map_loaded else ibis.literal(False)
    cases: list[tuple[BooleanColumn, str]] = []
    if score.age_from is not None:
        cases += [(counts.age.isnull(), NO_BIRTH_DATE), (counts.age < score.age_from, WRONG_AGE)]
    if score.evidence == EMERGENCY_STAYS:
        cases.append((counts.stays == 0, NO_STAY))
    cases += [(counts.usable > 0, ""), (left_out & no_map, NO_MAP), (left_out, NOT_IN_MAP)]
    return ibis.cases(*cases, else_=STAYS_WITHOUT if score.evidence == EMERGENCY_STAYS else NO_DIAGNOSIS)


def _band(totals: Table, score: CodedScore) -> ibis.Value:
    cases = [(totals.value >= band.least, band.name) for band in reversed(score.bands)]
    return ibis.cases((totals.value.isnull(), ""), *cases, else_="")
