"""Warehouse rows as the plain values that scores work on, and results as scores with their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from careweave.warehouse.scores import CodedScore, Diagnosis, Driver, Evidence, Facts, Score, Stay, points_of
from careweave.warehouse.scores.words import missing_in_words, why_not_in_words

Row = Mapping[str, Any]


def facts_of(people: Iterable[Row], conditions: Iterable[Row], events: Iterable[Row]) -> dict[str, Facts]:
    """Everyone's facts by person, from rows of the three tables."""
    diagnoses: dict[str, list[Diagnosis]] = defaultdict(list)
    stays: dict[str, list[Stay]] = defaultdict(list)
    for row in conditions:
        if row["role"] != "reason":
            diagnoses[row["person"]].append(
                Diagnosis(row["code"], row["system"], row["start"], row["source"], row["event"])
            )
    for row in events:
        if row["kind"] == "admission" and row["start"] is not None:
            stays[row["person"]].append(Stay(row["event"], row["start"].date(), row["method"]))
    return {
        row["person"]: Facts(row["age"], tuple(diagnoses[row["person"]]), tuple(stays[row["person"]]))
        for row in people
    }


def scores_of(
    score: CodedScore, on: date, totals: Iterable[Row], drivers: Iterable[Row], is_map_loaded: bool
) -> dict[str, Score]:
    """The rows of `score_tables` as scores by person."""
    reasons: dict[str, list[Driver]] = defaultdict(list)
    words = {group.id: group.words for group in score.groups}
    for row in drivers:
        reasons[row["person"]].append(_driver(row, words[row["group"]]))
    return {row["person"]: _score(score, on, row, reasons[row["person"]], is_map_loaded) for row in totals}


def _driver(row: Row, words: str) -> Driver:
    return Driver(
        group=row["group"],
        words=words,
        points=points_of(row["tenths"]),
        code=row["code"],
        system=row["system"],
        source=row["source"],
        on=row["on"],
    )


def _score(score: CodedScore, on: date, row: Row, reasons: list[Driver], is_map_loaded: bool) -> Score:
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
        value=None if row["tenths"] is None else points_of(row["tenths"]),
        band=row["band"],
        drivers=tuple(sorted(reasons, key=lambda each: (-each.points, each.group))),
        missing=missing_in_words(evidence, is_map_loaded),
        why_not=why_not_in_words(score, row["why_not"]),
        why_not_code=row["why_not"],
    )
