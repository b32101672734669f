"""The plain-Python twin of every score of one stay in hospital: one person, their last stay, one number, why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from careweave.warehouse.scores.coded import (
    Map,
    coded_drivers,
    coded_evidence,
    icd10_codes,
)
from careweave.warehouse.scores.groups import years_before
from careweave.warehouse.scores.stay_definition import (
    AGE,
    ANY_DIAGNOSES,
    CONDITIONS,
    DEPRIVATION,
    EMERGENCY_ENDS,
    HOSPITAL,
    IS_EMERGENCY,
    RESULT,
    STARTS,
    Item,
    StayScore,
)
from careweave.warehouse.scores.values import (
    EMERGENCY,
    NO_INDEX,
    NOT_KNOWN,
    OUT_OF_RANGE,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    Score,
    Stay,
    points_of,
)
from careweave.warehouse.scores.words import missing_in_words, why_no_diagnosis, why_not_in_words

VISITS_KIND = "emergency-department"
Inputs = Mapping[str, int | None]


@dataclass(frozen=True)
class StayFound:
    """What the formula is given: a number for each item, the stay it is about, and what it could look at."""

    inputs: Inputs
    began: date | None
    hospital: str
    evidence: Evidence


def score_stay(score: StayScore, facts: Facts, on: date, *, icd10_of: Map | None = None) -> Score:
    stay = _last_stay(facts, on)
    if stay is None:
        return told(score, on, StayFound({}, None, "", Evidence()), (), icd10_of is not None)
    seen = _diagnoses(score, facts, stay, on)
    groups = coded_drivers(score, seen, icd10_of)
    points = sum(_units(driver, score) for driver in groups)
    inputs = {item.id: _input(item, score, facts, stay, on, points, icd10_of) for item in score.items}
    evidence = coded_evidence(seen, icd10_of) if score.item(CONDITIONS) else Evidence()
    found = StayFound(inputs, _still_counts(score, stay, on), stay.organisation, evidence)
    return told(score, on, found, groups, icd10_of is not None)


def told(
    score: StayScore, on: date, found: StayFound, groups: tuple[Driver, ...], is_map_loaded: bool
) -> Score:
    """The score with its words, from what was found: the same for one person and for the rows of the warehouse."""
    code = why_no_score(score, found, is_map_loaded)
    drivers = () if code else (*item_drivers(score, found), *groups)
    value = None if code else score.value_of(points_of_stay(score, found.inputs, found.hospital))
    return Score(
        definition=score.id,
        version=score.version,
        on=on,
        value=None if value is None else points_of(value, score.scale),
        band="" if value is None else score.band_of(value),
        drivers=tuple(sorted(drivers, key=lambda each: (-each.points, each.group))),
        missing=()
        if code == NO_INDEX
        else (*_missing(score, found), *missing_in_words(found.evidence, is_map_loaded)),
        why_not=why_not_in_words(score, code),
        why_not_code=code,
    )


def points_of_stay(score: StayScore, inputs: Inputs, hospital: str = "") -> int:
    """The published sum, in the score's own units; what is not known gives no points."""
    total = score.constant
    for item in score.items:
        total += item_points(item, inputs.get(item.id), hospital)
    return total


def item_points(item: Item, number: int | None, hospital: str) -> int:
    if item.input == HOSPITAL:
        return item.table.get(hospital, 0)
    return 0 if number is None else item.points(number)


def why_no_score(score: StayScore, found: StayFound, is_map_loaded: bool) -> str:
    """The first reason why it cannot be computed: no stay, then the items in their order, then the diagnoses."""
    if found.began is None:
        return NO_INDEX
    for item in score.items:
        number = found.inputs.get(item.id)
        if item.input in (HOSPITAL, CONDITIONS):
            continue
        if number is None and item.is_refused_if_unknown:
            return f"{NOT_KNOWN}{item.id}"
        if number is not None and not item.least <= number <= item.most:
            return f"{OUT_OF_RANGE}{item.id}"
    return why_no_diagnosis(found.evidence, is_map_loaded) if score.item(CONDITIONS) else ""


def item_drivers(score: StayScore, found: StayFound) -> Iterable[Driver]:
    """A line for each item that gave points; diagnoses speak for themselves, and a limit on their sum is said."""
    for item in score.items:
        number = found.inputs.get(item.id)
        points = item_points(item, number, found.hospital)
        if item.input == CONDITIONS:
            points -= number or 0
        if points:
            words = _words(item, number or 0, points, score)
            yield Driver(item.id, words, points_of(points, score.point_scale), "", "", "", found.began)


def _words(item: Item, number: int, points: int, score: StayScore) -> str:
    if item.input == CONDITIONS:
        together = points_of(number + points, score.point_scale)
        return f"long-term conditions count {together} together"
    if item.input in (IS_EMERGENCY, RESULT, DEPRIVATION, HOSPITAL):
        return item.words
    if item.input == AGE:
        return f"{item.words} {number}"
    return f"{number} {item.words if number == 1 else item.words_for_many}"


def _missing(score: StayScore, found: StayFound) -> Iterable[str]:
    for item in score.items:
        is_unknown = found.inputs.get(item.id) is None and item.input != CONDITIONS
        if item.input == HOSPITAL:
            is_unknown = found.hospital not in item.table
        if is_unknown and item.not_known and not item.is_refused_if_unknown:
            yield item.not_known
        elif item.note and not is_unknown:
            yield item.note


def _last_stay(facts: Facts, on: date) -> Stay | None:
    begun = [stay for stay in facts.journeys if stay.start <= on]
    return max(begun, key=lambda stay: (stay.start, stay.id), default=None)


def _still_counts(score: StayScore, stay: Stay, on: date) -> date | None:
    """The day it began; nothing for a stay that is too long over."""
    is_open = stay.end is None or stay.end > on
    is_recent = is_open or (stay.end is not None and stay.end >= on - timedelta(days=score.within_days))
    return stay.start if is_recent else None


def _units(driver: Driver, score: StayScore) -> int:
    return int(driver.points * score.point_scale)


def _diagnoses(score: StayScore, facts: Facts, stay: Stay, on: date) -> list[Diagnosis]:
    until = on if stay.end is None else min(stay.end, on)
    if score.diagnoses == ANY_DIAGNOSES:
        return [each for each in facts.diagnoses if each.on is None or each.on <= until]
    after = years_before(stay.start, score.look_back_years)
    begun = [
        one for one in facts.journeys if one.start <= stay.start and (after is None or one.start > after)
    ]
    ids = frozenset[str]().union(*(one.spells for one in begun))
    return [each for each in facts.diagnoses if each.stay in ids]


def _input(
    item: Item, score: StayScore, facts: Facts, stay: Stay, on: date, points: int, icd10_of: Map | None
) -> int | None:
    match item.input:
        case "length-of-stay":
            return ((on if stay.end is None else min(stay.end, on)) - stay.start).days
        case "is-emergency":
            return None if stay.method is None else int(stay.method == EMERGENCY)
        case "age":
            return facts.age
        case "deprivation":
            decile = facts.deprivation
            return item.by_decile[decile - 1] if decile is not None and 1 <= decile <= 10 else None
        case "emergency-stays-begun" | "emergency-stays-ended" | "stays-begun":
            return _stays_before(item, score, facts, stay, icd10_of)
        case "emergency-visits":
            days = [day for day in facts.visits if day < stay.start - timedelta(days=1)]
            after = stay.start - timedelta(days=item.days)
            return sum(day > after for day in days) if VISITS_KIND in facts.kinds_received else None
        case "conditions":
            return points
        case "specialty":
            return None if stay.specialty is None else int(stay.specialty in item.codes)
        case "result":
            return _last_result(item, facts, stay, on)
    return None


def _stays_before(item: Item, score: StayScore, facts: Facts, stay: Stay, icd10_of: Map | None) -> int:
    """Other stays, without those that are not counted at all (of pregnancy and birth, say)."""
    left_out = (
        {
            each.stay
            for each in facts.diagnoses
            if any(code.startswith(score.not_counted) for code in icd10_codes(each, icd10_of))
        }
        if score.not_counted
        else set()
    )
    after = stay.start - timedelta(days=item.days)
    others = [
        one
        for one in facts.journeys
        if one.start < stay.start
        and not one.spells & left_out
        and (item.input == STARTS or one.method == EMERGENCY)
    ]
    if item.input == EMERGENCY_ENDS:
        return sum(one.end is not None and after <= one.end <= stay.start for one in others)
    return sum(one.start > after for one in others)


def _last_result(item: Item, facts: Facts, stay: Stay, on: date) -> int | None:
    until = on if stay.end is None else min(stay.end, on)
    found = [
        (each.on, math.floor(each.value * item.units[each.unit] + 1e-6))
        for each in facts.measurements
        if each.code in item.codes and each.unit in item.units and each.on and stay.start <= each.on <= until
    ]
    # Two of one day: the one that gives more points would be a guess either way; the lower number is taken.
    return max(found, key=lambda one: (one[0], -one[1]))[1] if found else None
