"""A community service as FHIR R4 HealthcareService and back: what the directory knows of it; pure.

Where R4 has no place for a fact (age, assured date, who may refer, places free), it is an extension of this product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

EXTENSION = "https://careweave.org/fhir/"
NEED = "https://careweave.org/code/need"
ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"
_AREA = re.compile(r"\b([A-Z]{1,2}[0-9][0-9A-Z]?)\b")
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)\s*[0-9][A-Z]{2}\Z")


@dataclass(frozen=True)
class Service:
    """One service. What nobody has said is empty or None, never a guess."""

    id: str
    name: str
    about: str = ""
    organisation: str = ""
    organisation_code: str = ""
    needs: tuple[str, ...] = ()
    area: str = ""
    area_codes: tuple[str, ...] = ()
    youngest: int | None = None
    oldest: int | None = None
    eligibility: str = ""
    may_refer: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    cost: str = ""
    places_free: int | None = None
    places_on: date | None = None
    waiting: str = ""
    telephone: str = ""
    email: str = ""
    url: str = ""
    alert: str = ""
    is_active: bool = True
    assured_on: date | None = None
    assured_by: str = ""
    stands_for: str = ""
    seen_version: int = 0
    ended_because: str = ""

    @property
    def area_words(self) -> str:
        """The area without its list of postcodes."""
        return _BRACKETS.sub("", self.area).strip() or self.area

    @property
    def takes_self_referral(self) -> bool:
        return "self" in self.may_refer


_TEXTS = {
    "area": "area",
    "cost": "cost",
    "waiting": "waiting",
    "alert": "alert",
    "assured-by": "assured_by",
    "url": "url",
    "stands-for": "stands_for",
    "ended-because": "ended_because",
}
_NUMBERS = {
    "youngest": "youngest",
    "oldest": "oldest",
    "places-free": "places_free",
    "seen-version": "seen_version",
}
_DATES = {"assured-on": "assured_on", "places-on": "places_on"}
_LISTS = {"area-code": "area_codes", "may-refer": "may_refer"}


def body_of(service: Service) -> dict[str, Any]:
    """The HealthcareService of a service."""
    provider: dict[str, Any] = {"display": service.organisation} if service.organisation else {}
    if service.organisation_code:
        provider["identifier"] = {"system": ODS_SYSTEM, "value": service.organisation_code}
    body: dict[str, Any] = {
        "resourceType": "HealthcareService",
        "id": service.id,
        "extension": list(_extensions(service)),
        "active": service.is_active,
        "providedBy": provider,
        "type": [{"coding": [{"system": NEED, "code": need}]} for need in service.needs],
        "name": service.name,
        "comment": service.about,
        "telecom": [
            {"system": system, "value": value}
            for system, value in (("phone", service.telephone), ("email", service.email))
            if value
        ],
        "eligibility": [{"comment": service.eligibility}] if service.eligibility else [],
        "availabilityExceptions": "\n".join(service.opening),
    }
    return {key: value for key, value in body.items() if value not in ("", [], {})}


def _extensions(service: Service) -> Iterable[dict[str, Any]]:
    for url, name in _TEXTS.items():
        if getattr(service, name):
            yield {"url": EXTENSION + url, "valueString": getattr(service, name)}
    for url, name in _NUMBERS.items():
        if getattr(service, name) is not None:
            yield {"url": EXTENSION + url, "valueInteger": getattr(service, name)}
    for url, name in _DATES.items():
        if getattr(service, name):
            yield {"url": EXTENSION + url, "valueDate": getattr(service, name).isoformat()}
    for url, name in _LISTS.items():
        for value in getattr(service, name):
            yield {"url": EXTENSION + url, "valueString": value}


def service_of(id: str, body: dict[str, Any]) -> Service:
    """The service that a HealthcareService holds."""
    said: dict[str, list[Any]] = {}
    for each in body.get("extension", []):
        value = next((found for key, found in each.items() if key.startswith("value")), None)
        said.setdefault(str(each.get("url", "")).removeprefix(EXTENSION), []).append(value)
    facts: dict[str, Any] = {name: str(said[url][0]) for url, name in _TEXTS.items() if url in said}
    # A feed of FHIR may write anything into an extension: what is no number and no day is not known, as if unsaid.
    facts |= {
        name: number for url, name in _NUMBERS.items() if (number := _number(said.get(url))) is not None
    }
    facts |= {name: day for url, name in _DATES.items() if (day := _day(said.get(url))) is not None}
    facts |= {name: tuple(map(str, said[url])) for url, name in _LISTS.items() if url in said}
    provider = body.get("providedBy", {})
    reach = {each.get("system"): each.get("value", "") for each in body.get("telecom", [])}
    codings = (coding for each in body.get("type", []) for coding in each.get("coding", []))
    return Service(
        **facts,
        id=id,
        name=body.get("name", ""),
        about=body.get("comment", ""),
        organisation=provider.get("display", ""),
        organisation_code=provider.get("identifier", {}).get("value", ""),
        needs=tuple(one["code"] for one in codings if one.get("system") == NEED and one.get("code")),
        eligibility="\n".join(one.get("comment", "") for one in body.get("eligibility", [])),
        opening=tuple(filter(None, body.get("availabilityExceptions", "").split("\n"))),
        telephone=reach.get("phone", ""),
        email=reach.get("email", ""),
        is_active=bool(body.get("active", True)),
    )


def _number(said: list[Any] | None) -> int | None:
    return said[0] if said and isinstance(said[0], int) and not isinstance(said[0], bool) else None


def _day(said: list[Any] | None) -> date | None:
    try:
        return date.fromisoformat(str(said[0])) if said else None
    except ValueError:
        return None


def area_codes_in(text: str) -> tuple[str, ...]:
    """The first halves of postcodes that are written in a text, in order and once."""
    return tuple(dict.fromkeys(_AREA.findall(text.upper())))


def area_code_of(postcode: str) -> str:
    """The first half of a postcode; empty when it is none."""
    found = _POSTCODE.match(postcode.strip().upper())
    return found.group(1) if found else ""
