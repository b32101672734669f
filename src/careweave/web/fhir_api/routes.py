"""The one table of what this API does: an address shape and an HTTP method lead to a handler; nothing else is done.

The CapabilityStatement is generated from this table, so what is not here is not claimed.
"""

from __future__ import annotations

from careweave.web.fhir_api import (
    capability,
    everything,
    matching,
    reading,
    searches,
    transactions,
    validating,
    writing,
)
from careweave.web.fhir_api.addresses import Address
from careweave.web.fhir_api.handling import Route


def _look_up(address: Address, method: str) -> Route | None:
    return route_of(address, method)


_DONE: tuple[Route, ...] = (
    *reading.ROUTES,
    *searches.ROUTES,
    *everything.ROUTES,
    *validating.ROUTES,
    *matching.ROUTES,
    *writing.ROUTES,
    *transactions.routes(_look_up),
)
ROUTES = (*_DONE, capability.metadata(_DONE))

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TABLE = {(route.shape, route.operation, route.method): route for route in ROUTES}


def route_of(address: Address, method: str) -> Route | None:
    """The route for a method at an address; HEAD is a GET whose body is not sent."""
    found = _TABLE.get((address.shape, address.operation, "GET" if method == "HEAD" else method))
    return found if found and found.serves(address.type) else None


def methods_at(address: Address) -> list[str]:
    """What may be done at an address; empty when there is no such place."""
    found = [method for method in _METHODS if route_of(address, method)]
    with_head = [*found[:1], "HEAD", *found[1:]] if "GET" in found else found
    return [*with_head, "OPTIONS"] if found else []
