"""The one view of the API: address, method, caller and scope are checked here; every failure is an OperationOutcome."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse

from careweave.record import Conflict, Invalid, Refused, SearchError
from careweave.record.validation import Malformed
from careweave.web.access import public
from careweave.web.fhir_api import cross_origin, outcomes, routes
from careweave.web.fhir_api.addresses import Address, Shape, address_of
from careweave.web.fhir_api.callers import caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem

logger = logging.getLogger(__name__)
_OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
_HEADERS = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@public  # asks for a token or a session itself, and answers 401 as clients expect it
def answer(request: HttpRequest, path: str = "") -> HttpResponse:
    """Any address below the base."""
    try:
        response = _handled(request, path)
    except Exception as failure:
        response = _failed(request, failure)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Vary"] = "Accept, Authorization, Cookie, Origin"
    cross_origin.share(request, response, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    response.headers["Content-Length"] = str(len(response.content))
    if request.method == "HEAD":
        response.content = b""
    return response


# A session's writes are checked in `callers`, so that this refusal is an OperationOutcome too.
answer.csrf_exempt = True  # type: ignore[attr-defined]


def _handled(request: HttpRequest, path: str) -> HttpResponse:
    if any(name in request.META for name in _OVERRIDES):
        raise Problem(400, "not-supported", "The method of a request is its own: no header changes it here.")
    address = address_of(path)
    if request.method == "OPTIONS":
        return _options(address)
    route = routes.route_of(address, request.method or "") if address else None
    if route and route.shape is Shape.METADATA:
        return route.handler(None, request, address)  # type: ignore[arg-type]
    who = caller(request)
    if address is None or not routes.methods_at(address):
        raise outcomes.not_here()
    if route is None:
        allowed = ", ".join(routes.methods_at(address))
        words = f"{request.method} is not done here; {allowed} are."
        raise Problem(405, "not-supported", words, headers={"Allow": allowed})
    must_may(who.may, route, address)
    return route.handler(who, request, address)


def must_may(may: Callable[[str, str], bool], route: Route, address: Address) -> None:
    """403 as RFC 6750 words it when the token was not given for this act."""
    if route.scope and not may(route.scope, address.type):
        challenge = (
            f'Bearer realm="FHIR", error="insufficient_scope", scope="user/{address.type}.{route.scope}"'
        )
        words = f"The token was not given for this; it needs user/{address.type}.{route.scope}."
        raise Problem(403, "forbidden", words, headers={"WWW-Authenticate": challenge})


def _options(address: Address | None) -> HttpResponse:
    methods = routes.methods_at(address) if address else []
    return HttpResponse(status=204, headers={"Allow": ", ".join(methods or ["OPTIONS"])})


def _failed(request: HttpRequest, failure: Exception) -> HttpResponse:
    """The outcome of a failure: what the sender can put right is said; what is our fault gets a reference."""
    match failure:
        case Problem():
            return outcomes.problem_answer(failure)
        case Refused():
            return outcomes.problem_answer(outcomes.not_here())
        case Invalid():
            return outcomes.answer(422, outcomes.faults(failure.issues))
        case Conflict():
            return _conflict(request, failure)
        case Malformed():
            return _refused(400, "structure", f"The body {failure.reason}.")
        case SearchError():
            return _refused(400, "invalid", f"{failure.parameter}: {failure.reason}.")
        case DataError():
            return _refused(400, "value", "A value holds something that cannot be stored, such as a NUL.")
        case OperationalError():
            return _refused(503, "transient", "The database does not answer now; try again in a moment.")
    reference = uuid.uuid4().hex[:8]
    logger.exception("an API request failed, reference %s", reference)
    return _refused(500, "exception", f"Our mistake; tell us the reference {reference}.")


def _conflict(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    current = conflict.current
    words = f"Version {current.version} is stored by now; read it, and send your change on top of it."
    status = 412 if "HTTP_IF_MATCH" in request.META else 409
    found: list[dict[str, Any]] = [outcomes.issue("conflict", words)]
    return outcomes.answer(status, found, {"ETag": f'W/"{current.version}"'})


def _refused(status: int, code: str, words: str) -> HttpResponse:
    return outcomes.answer(status, [outcomes.issue(code, words)])
