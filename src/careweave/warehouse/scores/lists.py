"""The plain-Python twin of every score of conditions whose codes a place loads: frailty index, multimorbidity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from careweave.warehouse.scores.coded import latest_last, plain_code
from careweave.warehouse.scores.list_definition import ListItem, ListScore
from careweave.warehouse.scores.values import (
    ICD10,
    NO_BIRTH_DATE,
    NO_DIAGNOSIS,
    NO_LIST,
    NOT_IN_LIST,
    WRONG_AGE,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    Medicine,
    Score,
    points_of,
)
from careweave.warehouse.scores.words import missing_in_words, why_not_in_words

IN_USE = ("active", "on-hold")
NO_MEDICINES = "medicines (none could be read)"


def score_lists(score: ListScore, facts: Facts, on: date) -> Score:
    seen = [each for each in facts.diagnoses if each.on is None or each.on <= on]
    usable = {(each.system, each.code) for each in seen if each.system in score.systems}
    others = {(each.system, each.code) for each in seen} - usable
    medicines = {each.code for each in facts.medicines if _is_in_use(each, on)}
    return told_lists(
        score,
        on,
        age=facts.age,
        evidence=Evidence(len(usable), 0, len(others)),
        medicines=len(medicines) if facts.has_medicines else None,
        drivers=tuple(_drivers(score, seen)),
    )


def told_lists(
    score: ListScore,
    on: date,
    *,
    age: int | None,
    evidence: Evidence,
    medicines: int | None,
    drivers: tuple[Driver, ...],
) -> Score:
    """The score with its words, from what was found: the same for one person and for the rows of the warehouse."""
    code = why_no_score(score, age, evidence)
    item = score.medicines
    if item and medicines is not None and medicines >= item.medicines_from:
        told = f"{medicines} {item.words}"
        drivers = (*drivers, Driver(item.id, told, points_of(item.units, score.point_scale), "", "", "", on))
    units = sum(int(driver.points * score.point_scale) for driver in drivers)
    missing = (NO_MEDICINES,) if item and medicines is None else ()
    return Score(
        definition=score.id,
        version=score.version,
        on=on,
        value=None if code else value_of(score, units),
        band="" if code else score.band_of(units),
        drivers=() if code else tuple(sorted(drivers, key=lambda each: (-each.points, each.group))),
        missing=() if code == NO_LIST else (*score.notes, *missing, *missing_in_words(evidence, True)),
        why_not=why_not_in_words(score, code),
        why_not_code=code,
    )


def value_of(score: ListScore, units: int) -> Decimal:
    return round(points_of(units, score.scale), 4)


def why_no_score(score: ListScore, age: int | None, evidence: Evidence) -> str:
    if score.listed is None:
        return NO_LIST
    if score.age_from is not None and age is None:
        return NO_BIRTH_DATE
    if score.age_from is not None and age is not None and age < score.age_from:
        return WRONG_AGE
    if evidence.usable:
        return ""
    return NOT_IN_LIST if evidence.other_left_out else NO_DIAGNOSIS


def _is_in_use(medicine: Medicine, on: date) -> bool:
    has_begun = medicine.start is None or medicine.start <= on
    return has_begun and (medicine.end is None or medicine.end > on) and medicine.status in IN_USE


def _drivers(score: ListScore, seen: Iterable[Diagnosis]) -> Iterable[Driver]:
    found: dict[str, Diagnosis] = {}
    for diagnosis in sorted(seen, key=latest_last):
        found.update(dict.fromkeys(_lists_of(score, diagnosis), diagnosis))
    items: dict[str, ListItem] = {item.id: item for item in score.items}
    for id, each in found.items():
        points = points_of(items[id].units, score.point_scale)
        yield Driver(id, items[id].words, points, each.code, each.system, each.source, each.on)


def _lists_of(score: ListScore, diagnosis: Diagnosis) -> set[str]:
    if diagnosis.system != ICD10:
        return {
            id
            for id, system, code in score.listed or ()
            if (system, code) == (diagnosis.system, diagnosis.code)
        }
    plain = plain_code(diagnosis.code)
    return {id for id, system, code in score.listed or () if system == ICD10 and plain.startswith(code)}
