"""Small readings that every extraction shares: dates as sources write them, codings, references."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Protocol

from careweave.record.dates import first_day
from careweave.warehouse.scores import ICD10, OTHER, SNOMED, plain_code

Body = Mapping[str, Any]
Row = dict[str, Any]
SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10": ICD10,
    "http://hl7.org/fhir/sid/icd-10-uk": ICD10,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "http://snomed.info/sct": SNOMED,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
}
EXTENSION = "https://careweave.org/fhir/"
PREFERENCE = {ICD10: 0, SNOMED: 1, OTHER: 2}


class Extracted(Protocol):
    """One resource as `Gate.extract` gives it."""

    person_id: str
    subject: str
    type: str
    source: str
    updated: datetime
    labels: tuple[str, ...]
    body: str


@lru_cache(maxsize=50_000)
def instant_of(text: str | None) -> datetime | None:
    """An instant in UTC; a day alone is its first moment."""
    if not text or len(text) <= 10:
        day = first_day(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def coding_of(concept: Body | None) -> tuple[str, str] | None:
    """(system, code): ICD-10 where it was sent, else SNOMED CT, else whatever there is; text alone is no code."""
    codings = concept.get("coding", ()) if concept else ()
    coded = [_plain(each.get("system", ""), each["code"]) for each in codings if each.get("code")]
    if len(coded) < 2:
        return coded[0] if coded else None
    return min(coded, key=lambda each: PREFERENCE[each[0]])


@lru_cache(maxsize=50_000)
def _plain(system: str, code: str) -> tuple[str, str]:
    known = SYSTEMS.get(system, OTHER)
    return known, plain_code(str(code)) if known == ICD10 else str(code)


def extension_of(body: Body, name: str) -> Any:
    """The value of one of our own extensions, or None."""
    for each in body.get("extension", ()):
        if each.get("url") == EXTENSION + name:
            return next((value for key, value in each.items() if key.startswith("value")), None)
    return None


def parts_of(body: Body, name: str) -> dict[str, Body]:
    """The parts of one of our own extensions that has parts, by their names."""
    for each in body.get("extension", ()):
        if each.get("url") == EXTENSION + name:
            return {part["url"]: part for part in each.get("extension", ())}
    return {}


def first_code(concept: Body | None) -> str:
    return next((str(each["code"]) for each in (concept or {}).get("coding", ()) if each.get("code")), "")


def reference_id(reference: Body | None, type: str) -> str | None:
    kind, _, id = str((reference or {}).get("reference", "")).partition("/")
    return id.split("/")[0] if kind == type and id else None


def years_between(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
