"""Any score for everyone at once; those that add points for code groups (their plain twin: `scores.coded`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanColumn, Table

from careweave.warehouse.expressions.coded import CODED_COUNTS, coded_counts, group_drivers
from careweave.warehouse.expressions.diagnoses import diagnoses
from careweave.warehouse.expressions.score_lists import list_tables
from careweave.warehouse.expressions.score_stay import stay_tables
from careweave.warehouse.scores import EMERGENCY, AnyScore, CodedScore, ListScore
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


@dataclass(frozen=True)
class ScoreTables:
    """`totals`: everyone, `value` in units of 1/scale, null when `why_not` says why; `drivers`: what counted for them."""

    totals: Table
    drivers: Table


def score_tables(tables: Tables, score: AnyScore, on: date) -> ScoreTables:
    if isinstance(score, CodedScore):
        return _coded_tables(tables, score, on)
    if isinstance(score, ListScore):
        return ScoreTables(*list_tables(tables, score, on))
    return ScoreTables(*stay_tables(tables, score, on))


def _coded_tables(tables: Tables, score: CodedScore, on: date) -> ScoreTables:
    stays = _stays(tables.event, score, on)
    seen = _in_view(diagnoses(tables.condition, tables.icd10_map), score, stays, on)
    drivers = group_drivers(seen, score)
    counts = _evidence(tables, score, seen, stays)
    judged = counts.mutate(why_not=_why_not(counts, score, tables.icd10_map is not None))
    points = drivers.group_by("person").agg(points=drivers.points.sum())
    totals = judged.left_join(points, "person").drop("person_right")
    totals = totals.mutate(
        value=(totals.why_not == "").ifelse(totals.points.fill_null(0), ibis.null("int64"))
    ).drop("points", "age")
    scored = totals.filter(totals.why_not == "").select("person")
    return ScoreTables(
        totals.mutate(band=_band(totals, score)), drivers.semi_join(scored, "person").select(drivers)
    )


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


def _in_view(told: Table, score: CodedScore, stays: Table, on: date) -> Table:
    if score.evidence == EMERGENCY_STAYS:
        emergency = stays.filter(stays.method == EMERGENCY)
        return told.semi_join(emergency, ["person", "event"])
    return told.filter(told.start.isnull() | (told.start <= on))


def _evidence(tables: Tables, score: CodedScore, seen: Table, stays: Table) -> Table:
    coded = coded_counts(seen)
    with_diagnoses = seen.select("event").distinct().mutate(has_diagnoses=True)
    told = stays.left_join(with_diagnoses, "event").select("person", "method", "has_diagnoses")
    is_emergency = (told.method == EMERGENCY).fill_null(False)
    stayed = told.group_by("person").agg(
        stays=is_emergency.sum(),
        stays_without_diagnoses=(is_emergency & told.has_diagnoses.isnull()).sum(),
        stays_of_unknown_method=told.method.isnull().sum(),
    )
    return _beside(tables.person.select("person", "age"), [(coded, CODED_COUNTS), (stayed, STAY_COUNTS)])


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
