"""What a score says about its own evidence, in words a nurse would use."""

from __future__ import annotations

from typing import Protocol

from careweave.warehouse.scores.definition import EMERGENCY_STAYS, CodedScore
from careweave.warehouse.scores.values import (
    NO_BIRTH_DATE,
    NO_DIAGNOSIS,
    NO_INDEX,
    NO_LIST,
    NO_MAP,
    NO_STAY,
    NOT_IN_LIST,
    NOT_IN_MAP,
    NOT_KNOWN,
    STAYS_WITHOUT,
    WRONG_AGE,
    Evidence,
)


class Worded(Protocol):
    """Any score, as far as the words of its reasons need it."""

    @property
    def look_back_years(self) -> int | None: ...


def why_not(score: CodedScore, age: int | None, evidence: Evidence, is_map_loaded: bool) -> str:
    """The first reason why this score cannot be computed, or nothing when it can."""
    if score.age_from is not None and age is None:
        return NO_BIRTH_DATE
    if score.age_from is not None and age is not None and age < score.age_from:
        return WRONG_AGE
    if score.evidence == EMERGENCY_STAYS and not evidence.stays:
        return NO_STAY
    if score.evidence == EMERGENCY_STAYS and not _has_coded(evidence):
        return STAYS_WITHOUT
    return why_no_diagnosis(evidence, is_map_loaded)


def why_no_diagnosis(evidence: Evidence, is_map_loaded: bool) -> str:
    if evidence.usable:
        return ""
    if not _has_coded(evidence):
        return NO_DIAGNOSIS
    return NOT_IN_MAP if is_map_loaded or not evidence.snomed_left_out else NO_MAP


def _has_coded(evidence: Evidence) -> bool:
    return bool(evidence.usable or evidence.snomed_left_out or evidence.other_left_out)


def why_not_in_words(score: Worded, code: str) -> str:
    """The reason as the end of “not computable: …”."""
    kind, _, item = code.partition(":")
    if item:
        return _of_item(score, f"{kind}:", item)
    years = f"{score.look_back_years} years" if score.look_back_years != 1 else "year"
    return {
        "": "",
        NO_BIRTH_DATE: "the birth date is not known",
        WRONG_AGE: f"made for people aged {getattr(score, 'age_from', None)} and over",
        NO_STAY: f"no emergency stay in hospital in the last {years}",
        NO_INDEX: f"no stay in hospital in the last {getattr(score, 'within_days', 0)} days",
        NO_DIAGNOSIS: "no source has sent a coded diagnosis",
        STAYS_WITHOUT: "the emergency stays came without diagnoses",
        NO_MAP: "the diagnoses are in SNOMED CT, and no map to ICD-10 is loaded",
        NOT_IN_MAP: "no diagnosis is in ICD-10 or in the map to it",
        NO_LIST: getattr(score, "without_list", ""),
        NOT_IN_LIST: "no diagnosis is in the coding of the list",
    }[code]


def _of_item(score: Worded, kind: str, id: str) -> str:
    item = next((each for each in getattr(score, "items", ()) if each.id == id), None)
    words = (item.not_known or item.words_for_many) if item else id
    return f"not known: {words}" if kind == NOT_KNOWN else f"out of range: {words}"


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
