"""Who calls the API: a bearer token or the signed-in session, each with one gate; nobody else gets further."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from careweave.record import Actor, Gate
from careweave.web import access
from careweave.web.fhir_api.outcomes import Problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    """Someone who may ask, what they work as, and their gate."""

    gate: Gate
    actor: Actor

    def may(self, letter: str, type_: str) -> bool:
        """Whether the token lets this act (c, r, u, d, s) be tried on a type; the gate decides all the same."""
        return True


def caller(request: HttpRequest) -> Caller:
    """The caller; raises 401 as RFC 6750 words it."""
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is not None:
        raise unauthorised(error="invalid_token")
    return _of_session(request)


def unauthorised(*, error: str = "") -> Problem:
    """401: nobody is signed in, or the token is not one that we gave out or is over."""
    challenge = 'Bearer realm="FHIR"' + (f', error="{error}"' if error else "")
    words = "The access token is not valid any more." if error else "Send an access token, or sign in first."
    return Problem(401, "login", words, headers={"WWW-Authenticate": challenge})


def _of_session(request: HttpRequest) -> Caller:
    if not hasattr(request, "session"):
        raise unauthorised()
    actor = access.actor_of(request)
    if actor is None or request.session.get("locked"):
        raise unauthorised()
    if request.method not in SAFE and not _comes_from_our_own_page(request):
        raise Problem(403, "forbidden", "A signed-in browser changes things only from our own pages.")
    return Caller(access.gate_of(request), actor)


def _comes_from_our_own_page(request: HttpRequest) -> bool:
    """The browser says so, or the page sent the session's own token; a cookie alone proves nothing."""
    if request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return True
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None:
        return bool(origin == settings.CONFIGURATION.base_url)
    check = CsrfViewMiddleware(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is None


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
