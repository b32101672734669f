"""What goes into a score and what comes out of it: plain values, whole tenths of a point inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ICD10, SNOMED, OTHER = "icd10", "snomed", "other"
EMERGENCY = "emergency"
STALE_AFTER_DAYS = 90

# Why a score cannot be computed.
NO_BIRTH_DATE, WRONG_AGE, NO_STAY, NO_DIAGNOSIS = "no-birth-date", "wrong-age", "no-stay", "no-diagnosis"
STAYS_WITHOUT, NO_MAP, NOT_IN_MAP = "stays-without", "no-map", "not-in-map"
NO_INDEX, NO_LIST, NOT_IN_LIST = "no-index-stay", "no-list", "not-in-list"
# With the item that it is about: `not-known:sodium`, `out-of-range:age`.
NOT_KNOWN, OUT_OF_RANGE = "not-known:", "out-of-range:"


@dataclass(frozen=True)
class Stay:
    """A stay in hospital; `method` is None where the source does not say how the person came in."""

    id: str
    start: date
    method: str | None
    end: date | None = None  # None while the person is still in
    organisation: str = ""
    specialty: str | None = None  # treatment function
    spells: frozenset[str] = frozenset()  # of a journey through hospitals: the stays it is made of


@dataclass(frozen=True)
class Medicine:
    """One medicine in use: repeat ones have no end."""

    code: str
    start: date | None
    end: date | None = None
    is_repeat: bool | None = None
    status: str | None = None


@dataclass(frozen=True)
class Measurement:
    """One result with its unit, as the source sent them."""

    code: str
    on: date | None
    value: float
    unit: str


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
    journeys: tuple[Stay, ...] = ()  # stays with transfers joined
    visits: tuple[date, ...] = ()  # to A&E
    deprivation: int | None = None  # decile of the area, 1 is the most deprived tenth
    measurements: tuple[Measurement, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    has_medicines: bool = True  # whether the place receives any medicines at all
    kinds_received: frozenset[str] = frozenset()  # of contact, by the place: none received is not none made


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
        return self.why_not_code not in {"", WRONG_AGE, NO_STAY, NO_INDEX}

    def is_stale(self, today: date, after_days: int = STALE_AFTER_DAYS) -> bool:
        """Whether it is too old to be read without being counted again."""
        return (today - self.on).days > after_days


@dataclass(frozen=True)
class Evidence:
    """How much there was to go on: what could be used and what had to be left out."""

    usable: int = 0
    snomed_left_out: int = 0
    other_left_out: int = 0
    stays: int = 0
    stays_without_diagnoses: int = 0
    stays_of_unknown_method: int = 0


def points_of(units: int, scale: int = 10) -> Decimal:
    """A value from the whole units it is counted in: tenths of a point, hundredths of a percent, deficits of 36."""
    return Decimal(units) / scale
