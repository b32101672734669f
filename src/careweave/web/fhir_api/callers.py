"""Who calls the API: a bearer token or the signed-in session, each with one gate; nobody else gets further."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from careweave.identity import access_tokens
from careweave.identity.access_tokens import TokenGrant
from careweave.identity.scopes import Scopes
from careweave.record import Actor, Gate
from careweave.record.indexing.parameters import parameters_of
from careweave.web import access
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.types import DIRECTORY

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Narrowing = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Caller:
    """Someone who may ask, what they work as, and their gate. A token's scopes only narrow what the gate opens.

    `scopes` is None for a signed-in session; `patient` is the person to whom a token with patient/ scopes is limited.
    """

    gate: Gate
    actor: Actor
    scopes: Scopes | None = None
    patient: str | None = None
    client: str = ""

    def may(self, letter: str, type_: str) -> bool:
        """Whether the token lets this act (c, r, u, d, s) be tried on a type; the gate decides all the same."""
        return self.scopes is None or self.scopes.permits(type_, letter)

    def narrowing(self, letter: str, type_: str) -> Narrowing | None:
        """Search parameters that must hold of what the token shows; () when nothing narrows, None when nothing is left."""
        if self.scopes is None:
            return ()
        filters = self.scopes.filters(type_, letter)
        if self.patient is None or type_ in DIRECTORY:
            return filters
        if type_ == "Patient":
            return (*filters, ("_id", ",".join(self.records)))
        if "patient" in parameters_of(type_):
            return (*filters, ("patient", self.patient))
        return None

    @property
    def records(self) -> list[str]:
        """The ids of the one person to whom the token is limited: every source's record, and the joined one."""
        grant = self.gate.person(self.patient or "")
        return sorted({self.patient or "", *(grant.subject_ids if grant else ())})

    def shows(self, type_: str, id_: str, letter: str = "r") -> bool:
        """Whether what the token is narrowed to includes this resource; the gate is asked when that must be looked up."""
        narrowing = self.narrowing(letter, type_)
        if narrowing is None:
            return False
        if not narrowing:
            return True
        found = self.gate.search(type_, [("_id", id_), *narrowing], count=1)
        return bool(found.resources)


def caller(request: HttpRequest) -> Caller:
    """The caller; raises 401 as RFC 6750 words it."""
    authorization = request.META.get("HTTP_AUTHORIZATION")
    return _of_session(request) if authorization is None else _of_token(authorization)


def _of_token(authorization: str) -> Caller:
    scheme, _, token = authorization.partition(" ")
    grant = _looked_up(token.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        raise unauthorised(error="invalid_token")
    gate = Gate(grant.actor, grant.purpose)
    return Caller(gate, grant.actor, grant.scopes, grant.patient, grant.client)


def _looked_up(token: str) -> TokenGrant | None:
    """The first statement of every request with a token finds out whether the connection still stands.

    Django would ask first, with a statement of its own, each time.
    """
    connection.health_check_done = True
    try:
        return access_tokens.check(token)
    except OperationalError:
        if connection.is_usable():
            raise
        connection.close()  # the database was started anew since; nothing was done yet, so a fresh connection may do it
        return access_tokens.check(token)


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
