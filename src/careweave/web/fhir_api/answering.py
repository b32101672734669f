"""The one view of the API: address, method, caller and scope are checked here; every failure is an OperationOutcome."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from careweave.web.access import public
from careweave.web.fhir_api import cross_origin, failures, outcomes, routes
from careweave.web.fhir_api.addresses import Address, Shape, address_of
from careweave.web.fhir_api.callers import caller
from careweave.web.fhir_api.outcomes import Problem

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
        response = failures.failed(request, failure)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.SECURE_HSTS_SECONDS:
        held = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
        response.headers.setdefault("Strict-Transport-Security", held)
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
    failures.must_may(who.may, route, address)
    return route.handler(who, request, address)


def _options(address: Address | None) -> HttpResponse:
    methods = routes.methods_at(address) if address else []
    return HttpResponse(status=204, headers={"Allow": ", ".join(methods or ["OPTIONS"])})
