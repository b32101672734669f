"""`Patient/[id]/$everything`: all that this caller may see about a person (https://hl7.org/fhir/R4/patient-operation-everything.html)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from careweave.record.actor import TextEntry
from careweave.web.fhir_api import asking, bundles, outcomes, searches
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.asking import Asked
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.reading import instant
from careweave.web.fhir_api.types import SERVED

DEFINITION = "http://hl7.org/fhir/OperationDefinition/Patient-everything"


def everything(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """The whole record unless `_count` asks for pages; `_since` and `_type` narrow it."""
    asked = asking.asked_of(request)
    asking.refuse_others(asked, "_since", "_type", "_count", bundles.CURSOR)
    values = dict(asked.parameters)
    types = _types(caller, values.get("_type"))
    is_theirs = caller.patient is None or address.id in caller.records
    page = (
        caller.gate.everything(
            address.id,
            since=instant(values.get("_since"), "_since"),
            types=types,
            count=_count(values.get("_count")),
            cursor=values.get(bundles.CURSOR),
        )
        if is_theirs
        else None
    )
    if page is None:
        raise outcomes.not_here()
    return _answer(address, asked, page.entries, page.cursor)


def _answer(address: Address, asked: Asked, found: tuple[TextEntry, ...], cursor: str | None) -> HttpResponse:
    applied = [pair for pair in asked.parameters if pair[0] != bundles.CURSOR]
    links = [bundles.link("self", address.path, [*applied, *searches.own(asked)])]
    if cursor:
        more = [*applied, *searches.own(asked), (bundles.CURSOR, cursor)]
        links.append(bundles.link("next", address.path, more))
    entries = [searches.found(each, asked) for each in found]
    return bundles.bundle_answer(bundles.bundle("searchset", entries, links), asked)


def _types(caller: Caller, text: str | None) -> list[str] | None:
    """The types asked for that the token was given for; None for all of them."""
    asked = text.split(",") if text else None
    unknown = sorted({*(asked or ())} - SERVED)
    if unknown:
        raise Problem(400, "invalid", f"_type: {unknown[0]} is not a type that this server has.")
    if caller.scopes is None:
        return asked
    narrowed = [name for name in asked or sorted(SERVED) if caller.may("s", name)]
    if any(caller.scopes.filters(name, "s") for name in narrowed):
        words = "A token that is narrowed by search parameters searches type by type."
        raise Problem(403, "forbidden", words)
    return narrowed


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= searches.MOST):
        raise Problem(400, "invalid", f"_count is a whole number from 1 to {searches.MOST}.")
    return int(text)


ROUTES = (
    Route(
        Shape.INSTANCE_OPERATION,
        "GET",
        "",
        "s",
        everything,
        operation="$everything",
        definition=DEFINITION,
        types=frozenset({"Patient"}),
    ),
)
