"""What this server does, told from the table of routes and the search parameters that are declared; nothing by hand.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from careweave.record.indexing.parameters import parameters_of
from careweave.record.validation import write
from careweave.record.validation.profiles import known_profiles
from careweave.web.fhir_api import asking, bundles, outcomes
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.types import SERVED

PUBLISHED = "2026-11-22"
OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OF_EVERY_TYPE = (("_id", "token"), ("_lastUpdated", "date"))
_OF_THE_SYSTEM = frozenset({"batch", "transaction", "history-system", "search-system"})
_OF_A_TYPE = (Shape.TYPE, Shape.TYPE_SEARCH, Shape.TYPE_HISTORY, Shape.TYPE_OPERATION)
_OF_AN_INSTANCE = (Shape.INSTANCE, Shape.INSTANCE_HISTORY, Shape.INSTANCE_OPERATION, Shape.VERSION)
# The name of an end in the extension that clients of the first SMART version read → the name of its view.
_ENDS = {
    "authorize": "smart-authorize",
    "token": "smart-token",
    "introspect": "smart-introspect",
    "revoke": "smart-revoke",
}


def statement(routes: Sequence[Route]) -> dict[str, Any]:
    """The CapabilityStatement of these routes."""
    rest = {
        "mode": "server",
        "security": _security(),
        "resource": [_resource(name, routes) for name in sorted(SERVED)],
        "interaction": [{"code": code} for code in _codes(routes) & _OF_THE_SYSTEM],
        "operation": _operations(routes, (Shape.SYSTEM_OPERATION,)),
    }
    made = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "kind": "instance",
        "software": {"name": settings.CONFIGURATION.product_name, "version": version("careweave")},
        "implementation": {"description": "Integrated health and care record", "url": bundles.base()},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": sorted({form for route in routes for form in route.formats}),
        "rest": [_without_empty(rest)],
    }
    return _without_empty(made)


def _resource(name: str, routes: Sequence[Route]) -> dict[str, Any]:
    served = [
        route for route in routes if route.shape in (*_OF_A_TYPE, *_OF_AN_INSTANCE) and route.serves(name)
    ]
    declared = parameters_of(name).values()
    parameters = sorted([*_OF_EVERY_TYPE, *((each.name, each.kind) for each in declared)])
    made: dict[str, Any] = {
        "type": name,
        "supportedProfile": [url for url, type_ in known_profiles().items() if type_ == name],
        "interaction": [{"code": code} for code in sorted(_codes(served) - _OF_THE_SYSTEM)],
        "versioning": "versioned",
        "readHistory": True,
        **dict(claim for route in served for claim in route.claims),
        "searchInclude": sorted(f"{name}:{each.name}" for each in declared if each.kind == "reference"),
        "searchRevInclude": _leading_to(name),
        "searchParam": [{"name": code, "type": kind} for code, kind in parameters],
        "operation": _operations(served, (Shape.TYPE_OPERATION, Shape.INSTANCE_OPERATION)),
    }
    return _without_empty(made)


@cache
def _leading_to(name: str) -> list[str]:
    """What `_revinclude` may bring: the references of other types that may point here."""
    return sorted(
        f"{type_}:{each.name}"
        for type_ in SERVED
        for each in parameters_of(type_).values()
        if each.kind == "reference" and (not each.targets or name in each.targets)
    )


def _codes(routes: Iterable[Route]) -> set[str]:
    return {route.interaction for route in routes} - {""}


def _operations(routes: Iterable[Route], shapes: Iterable[Shape]) -> list[dict[str, str]]:
    found = {route.operation[1:]: route.definition for route in routes if route.shape in shapes}
    return [{"name": name, "definition": definition} for name, definition in sorted(found.items())]


def _security() -> dict[str, Any]:
    ends = [{"url": name, "valueUri": uri} for name, uri in _ends()]
    made = {
        "extension": [{"url": OAUTH, "extension": ends}] if ends else [],
        "cors": bool(settings.CONFIGURATION.app_origins),
        "service": [{"coding": [{"system": _SERVICE, "code": "SMART-on-FHIR"}]}] if ends else [],
    }
    return _without_empty(made)


def _ends() -> list[tuple[str, str]]:
    found = []
    for name, view in _ENDS.items():
        try:
            found.append((name, f"{settings.CONFIGURATION.base_url}{reverse(view)}"))
        except NoReverseMatch:  # what is not served is not claimed
            continue
    return found


def _without_empty(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if value not in ([], {})}


def metadata(routes: Sequence[Route]) -> Route:
    """The route that tells of these routes; open to everyone, because it says nothing about anyone."""

    @cache
    def written(base_url: str, pretty: bool) -> bytes:
        return write(statement(routes), indent=pretty)

    def tell(caller: object, request: HttpRequest, address: Address) -> HttpResponse:
        asked = asking.asked_of(request)
        text = written(settings.CONFIGURATION.base_url, asked.pretty)
        return HttpResponse(text, content_type=outcomes.FHIR_JSON)

    return Route(Shape.METADATA, "GET", "", "", tell)
