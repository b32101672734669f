"""Who may open a page: nobody unless the view says so, and the one gate of each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from careweave.record import Actor, Gate, Purpose

View = Callable[..., HttpResponse]

PROFESSIONALS = (
    "coordinator",
    "gp",
    "practice-nurse",
    "district-nurse",
    "social-care-worker",
    "community-matron",
    "community-mental-health",
    "hospital-clinician",
)
STAFF = (*PROFESSIONALS, "governance-lead", "analyst", "administrator", "data-clerk")
EVERYONE = (*STAFF, "volunteer", "voluntary-worker", "person", "carer")

# Each role works for one purpose; a different purpose is a different session.
_PURPOSES = {
    "person": Purpose.OWN_CARE,
    "carer": Purpose.OWN_CARE,
    "governance-lead": Purpose.GOVERNANCE,
    "analyst": Purpose.SECONDARY_USE,
    "administrator": Purpose.ADMINISTRATION,
    "data-clerk": Purpose.IDENTITY,
}
HOMES = {
    "person": "/my",
    "carer": "/my/caring",
    "volunteer": "/visits",
    "voluntary-worker": "/network",
    "analyst": "/place",
    "administrator": "/organisation",
    "data-clerk": "/identity/review",
    "governance-lead": "/governance",
}


@dataclass(frozen=True)
class Access:
    """What a view asks of its visitor; roles None means that anyone may come."""

    roles: frozenset[str] | None
    portal: bool = False


def public(view: View) -> View:
    """Open to everyone: sign-in, help, accessibility, and the story of the demonstration."""
    view.access = Access(None)  # type: ignore[attr-defined]
    return view


def signed_in(*roles: str, portal: bool = False) -> Callable[[View], View]:
    """Open to these roles alone; `portal` sends a visitor who is not signed in to the people's door."""

    def mark(view: View) -> View:
        view.access = Access(frozenset(roles), portal)  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Any) -> Access | None:
    """What the view asks; None means that it was forgotten, so it stays shut."""
    return getattr(view, "access", None)


def actor_of(request: HttpRequest) -> Actor | None:
    """Who is working in this session, in the role chosen at sign-in."""
    held = request.session.get("actor")
    return Actor(**held) if held and request.user.is_authenticated else None


def gate_of(request: HttpRequest) -> Gate:
    """The request's one gate."""
    gate = getattr(request, "gate", None)
    if gate is None:
        actor = actor_of(request)
        if actor is None:
            raise PermissionError("no one is signed in")
        gate = Gate(actor, purpose_of(actor.role))
        request.gate = gate
    return gate


def purpose_of(role: str) -> Purpose:
    """What a role may use the record for."""
    return _PURPOSES.get(role, Purpose.DIRECT_CARE)


def home_of(role: str) -> str:
    """The first page of a role."""
    return HOMES.get(role, "/day")
