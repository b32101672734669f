"""A Patient as one source's statement about who someone is: month of birth, sex, practice, area, death."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from careweave.record.dates import first_day, last_day
from careweave.record.registrations import practices_on, registrations
from careweave.warehouse.areas import Area, plain_postcode
from careweave.warehouse.extraction.reading import (
    Body,
    Row,
    extension_of,
    first_code,
    years_between,
)

PLACE = "careweave"
CARE_HOMES = {
    "Registered care home",
    "Registered nursing home",
}  # of the national list of accommodation statuses
UNKNOWN = Area(None, None, None)


def patient_row(body: Body, source: str, as_at: date, areas: Mapping[str, Area]) -> Row:
    """`rank` orders statements: the practice's own register, then the place's golden record, then the others."""
    practice = next(iter(practices_on(body, as_at)), None)
    birth, died = last_day(body.get("birthDate")), first_day(body.get("deceasedDateTime"))
    is_sane = birth is not None and birth <= as_at
    area = next((areas[code] for code in _postcodes(body) if code in areas), UNKNOWN)
    accommodation = extension_of(body, "accommodation-status")
    return {
        "rank": _rank(practice, source),
        "birth_month": birth.replace(day=1) if birth and is_sane else None,
        "age": years_between(birth, died or as_at) if birth and is_sane else None,
        "sex": body.get("gender"),
        "practice": practice,
        "lsoa": extension_of(body, "lsoa") or area.lsoa,
        "deprivation": extension_of(body, "deprivation-decile") or area.decile,
        "locality": area.locality,
        "ethnicity": _ethnicity(body),
        "language": _language(body),
        "is_in_care_home": None if accommodation in (None, "Unknown") else accommodation in CARE_HOMES,
        "accommodation": accommodation,
        "employment": extension_of(body, "employment-status"),
        "died": died,
        "is_dead": bool(died or body.get("deceasedBoolean")),
    }


def registration_rows(body: Body, source: str) -> Iterator[Row]:
    """Every practice with which this source says that the person is or was registered, and from when until when."""
    stated = tuple(registrations(body))
    rank = min((_rank(each.practice, source) for each in stated), default=2)
    for each in stated:
        yield {"rank": rank, "practice": each.practice, "start": each.start, "ended": each.end}


def _rank(practice: str | None, source: str) -> int:
    return 0 if practice == source else 1 if source == PLACE else 2


def _postcodes(body: Body) -> Iterator[str]:
    """Where someone lives now; the postcode itself goes no further."""
    for address in body.get("address", ()):
        if (
            address.get("postalCode")
            and address.get("use") != "old"
            and "end" not in address.get("period", {})
        ):
            yield plain_postcode(address["postalCode"])


def _ethnicity(body: Body) -> str | None:
    for each in body.get("extension", ()):
        if str(each.get("url", "")).endswith("EthnicCategory"):
            return first_code(each.get("valueCodeableConcept"))[:1] or None
    return None


def _language(body: Body) -> str | None:
    spoken = sorted(body.get("communication", ()), key=lambda each: not each.get("preferred"))
    return next((code for each in spoken if (code := first_code(each.get("language")))), None)
