"""read, vread and history: stored text through the gate; absent and not allowed are the same answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from careweave.web.fhir_api import asking, outcomes, presenting
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route


def read(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """The JSON goes from the database to the caller as text; only its version and time are looked at."""
    asked = asking.asked_of(request)
    asking.refuse_others(asked)
    found = caller.gate.read_text(address.type, address.id)
    if found is None:
        raise outcomes.not_here()
    return presenting.resource_answer(request, found, asked)


ROUTES = (Route(Shape.INSTANCE, "GET", "read", "r", read),)
