"""What a score says about its own evidence, in words a nurse would use."""

from __future__ import annotations

from careweave.warehouse.scores.definition import EMERGENCY_STAYS, CodedScore
from careweave.warehouse.scores.values import (
    NO_BIRTH_DATE,
    NO_DIAGNOSIS,
    NO_MAP,
    NO_STAY,
    NOT_IN_MAP,
    STAYS_WITHOUT,
    WRONG_AGE,
    Evidence,
)

UNMARKED = " not marked emergency or planned"


def why_not(score: CodedScore, age: int | None, evidence: Evidence, is_map_loaded: bool) -> str:
    """The first reason why this score cannot be computed, or nothing when it can."""
    if score.age_from is not None and age is None:
        return NO_BIRTH_DATE
    if score.age_from is not None and age is not None and age < score.age_from:
        return WRONG_AGE
    if score.evidence == EMERGENCY_STAYS and not evidence.stays:
        return NO_STAY
    if evidence.usable:
        return ""
    if evidence.snomed_left_out or evidence.other_left_out:
        return NOT_IN_MAP if is_map_loaded or not evidence.snomed_left_out else NO_MAP
    return STAYS_WITHOUT if score.evidence == EMERGENCY_STAYS else NO_DIAGNOSIS


def why_not_in_words(score: CodedScore, code: str) -> str:
    years = f"{score.look_back_years} years" if score.look_back_years != 1 else "year"
    return {
        "": "",
        NO_BIRTH_DATE: "the birth date is not known",
        WRONG_AGE: f"made for people aged {score.age_from} and over",
        NO_STAY: f"no emergency stay in hospital in the last {years}",
        NO_DIAGNOSIS: "no source has sent a coded diagnosis",
        STAYS_WITHOUT: "the emergency stays came without diagnoses",
        NO_MAP: "the diagnoses are in SNOMED CT, and no map to ICD-10 is loaded",
        NOT_IN_MAP: "no diagnosis is in ICD-10 or in the map to it",
    }[code]


def missing_in_words(evidence: Evidence, is_map_loaded: bool) -> tuple[str, ...]:
    """What was left out, which a reader must know before trusting the number."""
    map_words = "not in the map to ICD-10" if is_map_loaded else "no map to ICD-10 is loaded"
    parts = (
        (evidence.snomed_left_out, "diagnosis in SNOMED CT", "diagnoses in SNOMED CT", f" ({map_words})"),
        (evidence.other_left_out, "diagnosis in another coding", "diagnoses in another coding", ""),
        (evidence.stays_without_diagnoses, "emergency stay", "emergency stays", " without diagnoses"),
        (
            evidence.stays_of_unknown_method,
            "hospital stay",
            "hospital stays",
            " not marked emergency or planned",
        ),
    )
    return tuple(f"{count} {one if count == 1 else many}{rest}" for count, one, many, rest in parts if count)
