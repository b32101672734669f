"""What goes into a score and what comes out of it: plain values, whole tenths of a point inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ICD10, SNOMED, OTHER = "icd10", "snomed", "other"
EMERGENCY = "emergency"

# Why a score cannot be computed.
NO_BIRTH_DATE, WRONG_AGE, NO_STAY, NO_DIAGNOSIS = "no-birth-date", "wrong-age", "no-stay", "no-diagnosis"
STAYS_WITHOUT, NO_MAP, NOT_IN_MAP = "stays-without", "no-map", "not-in-map"


@dataclass(frozen=True)
class Stay:
    """A stay in hospital; `method` is None where the source does not say how the person came in."""

    id: str
    start: date
    method: str | None


@dataclass(frozen=True)
class Diagnosis:
    """One coded diagnosis; `stay` names the hospital stay it was coded for."""

    code: str
    system: str
    on: date | None = None
    source: str = ""
    stay: str | None = None


@dataclass(frozen=True)
class Facts:
    """All that a score may look at about one person."""

    age: int | None
    diagnoses: tuple[Diagnosis, ...] = ()
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True)
class Driver:
    """One reason for the points, in words, with the latest record that gave it."""

    group: str
    words: str
    points: Decimal
    code: str
    system: str
    source: str
    on: date | None


@dataclass(frozen=True)
class Score:
    """`value` is None when the coding cannot support it: `why_not` says so, and it is never 0."""

    definition: str
    version: str
    on: date
    value: Decimal | None
    band: str
    drivers: tuple[Driver, ...]
    missing: tuple[str, ...]
    why_not: str
    why_not_code: str = ""

    @property
    def computable(self) -> bool:
        return self.value is not None

    @property
    def is_lacking(self) -> bool:
        """Whether the record ought to hold what the score needs; being too young for it lacks nothing."""
        return self.why_not_code not in {"", WRONG_AGE, NO_STAY}


@dataclass(frozen=True)
class Evidence:
    """How much there was to go on: what could be used and what had to be left out."""

    usable: int = 0
    snomed_left_out: int = 0
    other_left_out: int = 0
    stays: int = 0
    stays_without_diagnoses: int = 0
    stays_of_unknown_method: int = 0


def points_of(tenths: int) -> Decimal:
    return Decimal(tenths) / 10
