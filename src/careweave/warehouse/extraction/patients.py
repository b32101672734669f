"""A Patient as one source's statement about who someone is: month of birth, sex, practice, area, death."""

from __future__ import annotations

from datetime import date

from careweave.warehouse.extraction.reading import Body, Row, day_of, extension_of, last_day_of, years_between

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
PLACE = "careweave"


def patient_row(body: Body, source: str, as_at: date) -> Row:
    """`rank` orders statements: the practice's own register, then the place's golden record, then the others."""
    practice = _practice(body)
    is_register = practice == source
    birth, died = last_day_of(body.get("birthDate")), day_of(body.get("deceasedDateTime"))
    is_sane = birth is not None and birth <= as_at
    return {
        "rank": 0 if is_register else 1 if source == PLACE else 2,
        "birth_month": birth.replace(day=1) if birth and is_sane else None,
        "age": years_between(birth, died or as_at) if birth and is_sane else None,
        "sex": body.get("gender"),
        "practice": practice,
        "lsoa": extension_of(body, "lsoa"),
        "deprivation": extension_of(body, "deprivation-decile"),
        "died": died,
        "is_dead": bool(died or body.get("deceasedBoolean")),
    }


def _practice(body: Body) -> str | None:
    for reference in body.get("generalPractitioner", ()):
        identifier = reference.get("identifier", {})
        if identifier.get("system") == ODS and identifier.get("value"):
            return str(identifier["value"])
    return None
