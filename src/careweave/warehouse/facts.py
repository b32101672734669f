"""Warehouse rows as the plain values that scores work on, and results as scores with their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from careweave.warehouse.scores import (
    AnyScore,
    CodedScore,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    ListScore,
    Measurement,
    Medicine,
    Score,
    Stay,
    StayScore,
    points_of,
)
from careweave.warehouse.scores.lists import told_lists, value_of
from careweave.warehouse.scores.stay import StayFound, told
from careweave.warehouse.scores.stay_definition import PROCEDURE
from careweave.warehouse.scores.words import missing_in_words, why_not_in_words

Row = Mapping[str, Any]


def facts_of(
    people: Iterable[Row],
    conditions: Iterable[Row],
    events: Iterable[Row],
    *,
    admissions: Iterable[Row] = (),
    observations: Iterable[Row] = (),
    medications: Iterable[Row] = (),
) -> dict[str, Facts]:
    """Everyone's facts by person, from rows of the tables."""
    diagnoses, stays = defaultdict[str, list[Diagnosis]](list), defaultdict[str, list[Stay]](list)
    visits, kinds = defaultdict[str, list[date]](list), set[str]()
    for row in conditions:
        if row["role"] != "reason":
            diagnoses[row["person"]].append(
                Diagnosis(row["code"], row["system"], row["start"], row["source"], row["event"])
            )
    for row in events:
        kinds.add(row["kind"])
        if row["kind"] == "admission" and row["start"] is not None:
            stays[row["person"]].append(Stay(row["event"], row["start"].date(), row["method"]))
        if row["kind"] == "emergency-department" and row["start"] is not None:
            visits[row["person"]].append(row["start"].date())
    journeys, measurements, medicines = _journeys(admissions), _measured(observations), _taken(medications)
    has_medicines = bool(medicines)
    return {
        id: Facts(
            age=row["age"],
            diagnoses=tuple(diagnoses[id]),
            stays=tuple(stays[id]),
            journeys=tuple(journeys[id]),
            visits=tuple(visits[id]),
            deprivation=row.get("deprivation"),
            measurements=tuple(measurements[id]),
            medicines=tuple(medicines[id]),
            has_medicines=has_medicines,
            kinds_received=frozenset(kinds),
        )
        for row in people
        for id in [row["person"]]
    }


def _journeys(admissions: Iterable[Row]) -> dict[str, list[Stay]]:
    spells: dict[str, list[Row]] = defaultdict(list)
    for row in admissions:
        spells[row["superspell"]].append(row)
    journeys: dict[str, list[Stay]] = defaultdict(list)
    for id, each in spells.items():
        first = next(row for row in each if row["number"] == 1)
        last = next(row for row in each if row["is_last"])
        journeys[first["person"]].append(
            Stay(
                id=id,
                start=first["start"],
                method=first["method"],
                end=last["end"],
                organisation=last["organisation"] or "",
                specialty=last["specialty"],
                spells=frozenset(row["event"] for row in each),
            )
        )
    return journeys


def _measured(observations: Iterable[Row]) -> dict[str, list[Measurement]]:
    found: dict[str, list[Measurement]] = defaultdict(list)
    for row in observations:
        if row["value"] is not None:
            one = Measurement(row["code"], row["start"], row["value"], row["unit"] or "")
            found[row["person"]].append(one)
    return found


def _taken(medications: Iterable[Row]) -> dict[str, list[Medicine]]:
    found: dict[str, list[Medicine]] = defaultdict(list)
    for row in medications:
        found[row["person"]].append(
            Medicine(row["code"], row["start"], row["ended"], row["is_repeat"], row["status"])
        )
    return found


def scores_of(
    score: AnyScore, on: date, totals: Iterable[Row], drivers: Iterable[Row], is_map_loaded: bool
) -> dict[str, Score]:
    """The rows of `score_tables` as scores by person."""
    reasons: dict[str, list[Driver]] = defaultdict(list)
    words = {group.id: group.words for group in score.groups}
    for row in drivers:
        reasons[row["person"]].append(_driver(row, words[row["group"]], score.point_scale))
    if isinstance(score, CodedScore):
        return {
            row["person"]: _coded(score, on, row, reasons[row["person"]], is_map_loaded) for row in totals
        }
    if isinstance(score, ListScore):
        return {row["person"]: _of_lists(score, on, row, reasons[row["person"]]) for row in totals}
    return {row["person"]: _of_stay(score, on, row, reasons[row["person"]], is_map_loaded) for row in totals}


def _driver(row: Row, words: str, scale: int) -> Driver:
    return Driver(
        group=row["group"],
        words=words,
        points=points_of(row["points"], scale),
        code=row["code"],
        system=row["system"],
        source=row["source"],
        on=row["on"],
    )


def _of_stay(score: StayScore, on: date, row: Row, reasons: list[Driver], is_map_loaded: bool) -> Score:
    """The words are the twin's; the value, its band and why there is none are what the tables say."""
    inputs = {item.id: row[f"in_{item.id}"] for item in score.items if item.input != PROCEDURE}
    evidence = Evidence(row["usable"], row["snomed_left_out"], row["other_left_out"])
    found = StayFound(inputs, row["began"], row["organisation"] or "", evidence)
    made = told(score, on, found, tuple(reasons), is_map_loaded)
    value = None if row["value"] is None else points_of(row["value"], score.scale)
    why_not = why_not_in_words(score, row["why_not"])
    return replace(made, value=value, band=row["band"], why_not=why_not, why_not_code=row["why_not"])


def _of_lists(score: ListScore, on: date, row: Row, reasons: list[Driver]) -> Score:
    made = told_lists(
        score,
        on,
        age=row["age"],
        evidence=Evidence(row["usable"], 0, row["other_left_out"]),
        medicines=row["medicines"],
        drivers=tuple(reasons),
    )
    value = None if row["value"] is None else value_of(score, row["value"])
    why_not = why_not_in_words(score, row["why_not"])
    return replace(made, value=value, band=row["band"], why_not=why_not, why_not_code=row["why_not"])


def _coded(score: CodedScore, on: date, row: Row, reasons: list[Driver], is_map_loaded: bool) -> Score:
    evidence = Evidence(
        usable=row["usable"],
        snomed_left_out=row["snomed_left_out"],
        other_left_out=row["other_left_out"],
        stays=row["stays"],
        stays_without_diagnoses=row["stays_without_diagnoses"],
        stays_of_unknown_method=row["stays_of_unknown_method"],
    )
    return Score(
        definition=score.id,
        version=score.version,
        on=on,
        value=None if row["value"] is None else points_of(row["value"], score.scale),
        band=row["band"],
        drivers=tuple(sorted(reasons, key=lambda each: (-each.points, each.group))),
        missing=missing_in_words(evidence, is_map_loaded),
        why_not=why_not_in_words(score, row["why_not"]),
        why_not_code=row["why_not"],
    )
