"""The plain-Python twin of every score that adds points for code groups: one person, one number, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Protocol

from careweave.warehouse.scores.definition import EMERGENCY_STAYS, CodedScore
from careweave.warehouse.scores.groups import CodeGroup, Prefixes, groups_of
from careweave.warehouse.scores.values import (
    EMERGENCY,
    ICD10,
    SNOMED,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    Score,
    Stay,
    points_of,
)
from careweave.warehouse.scores.words import missing_in_words, why_not, why_not_in_words

Map = Mapping[str, tuple[str, ...]]


def score_coded(
    score: CodedScore, facts: Facts, on: date, *, icd10_of: Map | None = None, index_stay: str | None = None
) -> Score:
    """`index_stay` asks about one stay: the window then ends on the day it began, and it always counts."""
    stays = _stays_in_view(score, facts, on, index_stay)
    seen = _diagnoses_in_view(score, facts, on, stays)
    evidence = _evidence(score, facts, on, stays, seen, icd10_of)
    code = why_not(score, facts.age, evidence, icd10_of is not None)
    drivers = () if code else coded_drivers(score, seen, icd10_of)
    tenths = sum(int(driver.points * 10) for driver in drivers)
    return Score(
        definition=score.id,
        version=score.version,
        on=on,
        value=None if code else points_of(tenths),
        band="" if code else score.band_of(tenths),
        drivers=drivers,
        missing=missing_in_words(evidence, icd10_of is not None),
        why_not=why_not_in_words(score, code),
        why_not_code=code,
    )


@lru_cache(maxsize=65536)
def plain_code(code: str) -> str:
    """ICD-10 as classifications are matched: capitals and figures only (`I25.2` → `I252`)."""
    return "".join(letter for letter in code.upper() if letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def _stays_in_view(score: CodedScore, facts: Facts, on: date, index_stay: str | None) -> dict[str, Stay]:
    index = next((stay for stay in facts.stays if stay.id == index_stay), None)
    until = index.start if index else on
    after = score.looks_back_to(until)
    in_time = [stay for stay in facts.stays if stay.start <= until and (after is None or stay.start > after)]
    chosen = [stay for stay in in_time if stay.method == EMERGENCY or stay is index]
    return {stay.id: stay for stay in chosen}


def _diagnoses_in_view(
    score: CodedScore, facts: Facts, on: date, stays: Mapping[str, Stay]
) -> list[Diagnosis]:
    if score.evidence == EMERGENCY_STAYS:
        return [each for each in facts.diagnoses if each.stay in stays]
    return [each for each in facts.diagnoses if each.on is None or each.on <= on]


def icd10_codes(diagnosis: Diagnosis, icd10_of: Map | None) -> tuple[str, ...]:
    if diagnosis.system == ICD10:
        return (plain_code(diagnosis.code),)
    if diagnosis.system == SNOMED and icd10_of is not None:
        return tuple(plain_code(code) for code in icd10_of.get(diagnosis.code, ()))
    return ()


def coded_evidence(seen: list[Diagnosis], icd10_of: Map | None) -> Evidence:
    """How many different codes could be used, and how many had to be left out."""
    usable = {(each.system, each.code) for each in seen if icd10_codes(each, icd10_of)}
    left_out = {(each.system, each.code) for each in seen} - usable
    snomed = sum(1 for system, _ in left_out if system == SNOMED)
    return Evidence(len(usable), snomed, len(left_out) - snomed)


def _evidence(
    score: CodedScore,
    facts: Facts,
    on: date,
    stays: Mapping[str, Stay],
    seen: list[Diagnosis],
    icd10_of: Map | None,
) -> Evidence:
    coded = coded_evidence(seen, icd10_of)
    if score.evidence != EMERGENCY_STAYS:
        return coded
    after = score.looks_back_to(on)
    unknown = [
        s for s in facts.stays if s.method is None and s.start <= on and (after is None or s.start > after)
    ]
    return replace(
        coded,
        stays=len(stays),
        stays_without_diagnoses=len(stays.keys() - {each.stay for each in seen}),
        stays_of_unknown_method=len({stay.id for stay in unknown} - stays.keys()),
    )


class Grouped(Protocol):
    """What has groups of codes with points, in units of 1/`point_scale`."""

    @property
    def hierarchy(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def prefixes(self) -> Prefixes: ...
    @property
    def point_scale(self) -> int: ...


def coded_drivers(score: Grouped, seen: list[Diagnosis], icd10_of: Map | None) -> tuple[Driver, ...]:
    found: dict[CodeGroup, Diagnosis] = {}
    for diagnosis in sorted(seen, key=latest_last):
        for code in icd10_codes(diagnosis, icd10_of):
            found.update(dict.fromkeys(groups_of(score.prefixes, code), diagnosis))
    present = {group.id for group in found}
    hidden = {weak for strong, weak in score.hierarchy if strong in present}
    kept = [group for group in found if group.id not in hidden and group.tenths]
    order = sorted(kept, key=lambda group: (-group.tenths, group.id))
    return tuple(_driver(group, found[group], score.point_scale) for group in order)


def latest_last(diagnosis: Diagnosis) -> tuple[date, tuple[int, ...], tuple[int, ...]]:
    """The latest record speaks for its group; on one day, the first by code and then by source."""
    downwards = (tuple(-ord(letter) for letter in text) for text in (diagnosis.code, diagnosis.source))
    code, source = downwards
    return (diagnosis.on or date.min, (*code, 1), (*source, 1))


def _driver(group: CodeGroup, diagnosis: Diagnosis, scale: int) -> Driver:
    return Driver(
        group=group.id,
        words=group.words,
        points=points_of(group.tenths, scale),
        code=diagnosis.code,
        system=diagnosis.system,
        source=diagnosis.source,
        on=diagnosis.on,
    )
