"""With which GP practices a Patient says someone is or was registered, as the national demographics service states it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition

from .dates import first_day, last_day

ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"


@dataclass(frozen=True)
class Registration:
    """`practice` is an ODS code; both days belong to it, and None is a day that the source does not state."""

    practice: str
    start: date | None
    end: date | None

    def holds_on(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


def registrations(patient: Mapping[str, Any]) -> Iterator[Registration]:
    """In the order of the resource, by the period of each practice's identifier.

    A national code for no practice or none known is none, and so is a registration that ends before it begins.
    """
    for reference in patient.get("generalPractitioner") or ():
        identifier = reference.get("identifier") or {}
        code = identifier.get("value")
        if identifier.get("system") == ODS_SYSTEM and code and code not in _no_practice():
            period = identifier.get("period") or {}
            start, end = first_day(period.get("start")), last_day(period.get("end"))
            if start is None or end is None or start <= end:
                yield Registration(str(code), start, end)


@lru_cache(maxsize=1)
def _no_practice() -> frozenset[str]:
    return frozenset(load_definition("registrations", "default-codes", date.today()).content["codes"])  # noqa: DTZ011


def practices_on(patient: Mapping[str, Any], day: date) -> list[str]:
    """The ODS codes of the practices with which the person is registered on that day, as this Patient says."""
    return [each.practice for each in registrations(patient) if each.holds_on(day)]
