"""The plain-Python twin of a register's measures: what is known of one person, from rows of the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from careweave.warehouse.registers.evaluate import Feature
from careweave.warehouse.registers.model import ConditionList, Measure, Register
from careweave.warehouse.scores import ICD10, SNOMED, Score, plain_code

Row = Mapping[str, Any]
NOT_KNOWN = Feature(None)


@dataclass(frozen=True)
class PersonRows:
    """One person's rows, their scores by definition, and which kinds of event the place receives at all."""

    person: Row
    conditions: Sequence[Row]
    events: Sequence[Row]
    scores: Mapping[str, Score]
    kinds_received: Collection[str]
    foreseen: Mapping[str, int] = field(default_factory=dict)  # tenths of a per cent, by model


def plain_features(register: Register, rows: PersonRows, on: date) -> dict[str, Feature]:
    return {id: _feature(measure, rows, on) for id, measure in register.measures.items()}


def score_feature(score: Score, scale: int = 10) -> Feature:
    """The value in the units of the measure; the two weightiest drivers stand for the score."""
    value = None if score.value is None else round(score.value * scale)
    return Feature(value, None, score.is_lacking, tuple(driver.words for driver in score.drivers[:2]))


def model_feature(score: Score | None) -> Feature:
    """The chance in tenths of a per cent, with how it is said and what adds most to it."""
    if score is None or score.value is None:
        return Feature(None)
    return Feature(int(score.value * 10), None, False, (score.band, *(each.words for each in score.drivers)))


def _feature(measure: Measure, rows: PersonRows, on: date) -> Feature:
    has_diagnoses = bool(rows.conditions) or rows.person["practice"] is not None
    match measure.kind:
        case "condition":
            return _condition(measure, rows.conditions, on) or (Feature(0) if has_diagnoses else NOT_KNOWN)
        case "recent":
            days = (each["start"] for each in rows.conditions if _is_listed(each, measure.list))
            return _counted(days, measure, on) or (Feature(0) if has_diagnoses else NOT_KNOWN)
        case "events":
            days = (each["start"].date() for each in rows.events if _is_meant(each, measure))
            known = Feature(0) if measure.event in rows.kinds_received else NOT_KNOWN
            return _counted(days, measure, on) or known
        case "score":
            assert measure.score
            return score_feature(rows.scores[measure.score.id], measure.scale)
        case "model":
            return Feature(rows.foreseen.get(measure.model))
    return Feature(rows.person["age"])


def _is_listed(row: Row, listed: ConditionList | None) -> bool:
    if listed is None:
        return False
    if row["system"] == ICD10:
        return plain_code(row["code"]).startswith(listed.icd10)
    return row["system"] == SNOMED and row["code"] in listed.snomed


def _condition(measure: Measure, conditions: Sequence[Row], on: date) -> Feature | None:
    present = [
        row
        for row in conditions
        if _is_listed(row, measure.list)
        and row["role"] != "reason"
        and (row["start"] is None or row["start"] <= on)
        and (row["ended"] is None or row["ended"] > on)
        and row["is_active"] is not False
    ]
    starts = [row["start"] for row in present if row["start"]]
    return Feature(1, min(starts, default=None)) if present else None


def _is_meant(row: Row, measure: Measure) -> bool:
    return (
        row["kind"] == measure.event and measure.method in (None, row["method"]) and row["start"] is not None
    )


def _counted(days: Iterable[date | None], measure: Measure, on: date) -> Feature | None:
    after = on - timedelta(days=measure.days)
    told = sorted({day for day in days if day is not None and after < day <= on})
    if not told:
        return None
    apart = timedelta(days=measure.apart_days)
    new = [day for before, day in pairwise(told) if day - before >= apart]
    return Feature(1 + len(new), told[0])
