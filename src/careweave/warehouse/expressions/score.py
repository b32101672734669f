"""Scores that add points for code groups, for everyone at once (their plain twin: `scores.coded`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanColumn, Table

from careweave.warehouse.expressions.diagnoses import diagnoses, groups_of_codes
from careweave.warehouse.scores import EMERGENCY, SNOMED, CodedScore
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

COUNTS = ("usable", "snomed_left_out", "other_left_out")
STAY_COUNTS = ("stays", "stays_without_diagnoses", "stays_of_unknown_method")


@dataclass(frozen=True)
class ScoreTables:
    """`totals`: people, tenths null when `why_not` says why; `drivers`: each group that counted for them."""

    totals: Table
    drivers: Table


def score_tables(tables: Tables, score: CodedScore, on: date) -> ScoreTables:
    stays = _stays(tables.event, score, on)
    seen = _in_view(diagnoses(tables.condition, tables.icd10_map), score, stays, on)
    drivers = _drivers(seen, score)
    counts = _evidence(tables, score, seen, stays)
    judged = counts.mutate(why_not=_why_not(counts, score, tables.icd10_map is not None))
    points = drivers.group_by("person").agg(points=drivers.tenths.sum())
    totals = judged.left_join(points, "person").drop("person_right")
    totals = totals.mutate(
        tenths=(totals.why_not == "").ifelse(totals.points.fill_null(0), ibis.null("int64"))
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


def _drivers(seen: Table, score: CodedScore) -> Table:
    """Each group once a person, spoken for by its latest record (then first by code, then by source)."""
    found = seen.inner_join(groups_of_codes(seen, score), "icd10")
    first = ibis.window(
        group_by=[found.person, found.group],
        order_by=[ibis.coalesce(found.start, ibis.date(1, 1, 1)).desc(), found.code, found.source],
    )
    ranked = found.mutate(rank=ibis.row_number().over(first))
    once = ranked.filter(ranked["rank"] == 0, ranked.tenths != 0)
    once = once.select("person", "group", "tenths", "code", "system", "source", on="start")
    if not score.hierarchy:
        return once
    strong, weak = zip(*score.hierarchy, strict=True)
    pairs = ibis.memtable(pa.table({"strong": list(strong), "group": list(weak)}))
    present = found.select("person", strong="group").distinct()
    hidden = present.inner_join(pairs, "strong").select("person", "group")
    return once.anti_join(hidden, ["person", "group"])


def _evidence(tables: Tables, score: CodedScore, seen: Table, stays: Table) -> Table:
    by_code = seen.group_by("person", "system", "code").agg(is_usable=seen.icd10.notnull().any())
    is_snomed = by_code.system == SNOMED
    coded = by_code.group_by("person").agg(
        usable=by_code.is_usable.sum(),
        snomed_left_out=(~by_code.is_usable & is_snomed).sum(),
        other_left_out=(~by_code.is_usable & ~is_snomed).sum(),
    )
    with_diagnoses = seen.select("event").distinct().mutate(has_diagnoses=True)
    told = stays.left_join(with_diagnoses, "event").select("person", "method", "has_diagnoses")
    is_emergency = (told.method == EMERGENCY).fill_null(False)
    stayed = told.group_by("person").agg(
        stays=is_emergency.sum(),
        stays_without_diagnoses=(is_emergency & told.has_diagnoses.isnull()).sum(),
        stays_of_unknown_method=told.method.isnull().sum(),
    )
    return _beside(tables.person.select("person", "age"), [(coded, COUNTS), (stayed, STAY_COUNTS)])


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
    cases = [
        (totals.tenths > band.tenths if band.is_above else totals.tenths >= band.tenths, band.name)
        for band in reversed(score.bands)
    ]
    return ibis.cases((totals.tenths.isnull(), ""), *cases, else_="")
