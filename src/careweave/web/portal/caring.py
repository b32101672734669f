"""Caring: the carer's home, with the parts that the person agreed to share, and help for the carer (pages.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.plans import publishing
from careweave.care.plans.fhir import Plan
from careweave.care.teams import telling
from careweave.care.teams.telling import Message
from careweave.record import Gate
from careweave.web import access, wording
from careweave.web.access import signed_in
from careweave.web.portal import own
from careweave.web.presenters import facts, own_care
from careweave.web.presenters.banner import Banner


@dataclass(frozen=True)
class Shared:
    """One person's care as far as it is shared with this carer."""

    person: Banner
    plan: Plan | None
    why: str
    coming: tuple[str, ...]
    waiting: tuple[Message, ...] = ()


@signed_in("carer", portal=True)
def home(request: HttpRequest) -> HttpResponse:
    """Whose care is shared with me, who is in charge, and what to do if things change."""
    gate = access.gate_of(request)
    shared = [shared_care(gate, person_id) for person_id in gate.people_with("carer")]
    context = {
        "shared": shared,
        "without_if": own_care.without_if,
        "carer_name": gate.actor.name.split(" ")[0],
    }
    return render(request, "portal/caring.jinja", context)


def shared_care(gate: Gate, person_id: str) -> Shared:
    """What one person shares."""
    person, resources = own.opened(gate, person_id)
    plan = publishing.published_plan(gate, person_id)
    return Shared(
        person,
        plan if plan and not plan.withdrawn else None,
        why_shared(gate, person),
        own_care.coming(resources, timezone.now()),
        tuple(
            one for one in telling.told_about(gate, person_id) if one.is_open and one.sender == gate.actor.id
        ),
    )


def why_shared(gate: Gate, person: Banner) -> str:
    """Who decided that this carer may see it, and when."""
    consents = gate.about(person.id, ["Consent"])
    active = next((one.body for one in consents if one.body.get("status") == "active"), None)
    if active is None:
        return ""
    when = wording.day(active.get("dateTime"))
    if facts.extension(active, f"{facts.OURS}answer") == "best-interests":
        return f"This was decided in {person.call_name}’s best interests on {when}."
    return f"You can see {person.call_name}’s plan and visits. {person.call_name} agreed to this on {when}."


@signed_in("carer", portal=True)
def plan(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The shared plan. Opening it is the receipt of the carer's copy."""
    return own.show_plan(request, str(person_id), "/my/caring")


@signed_in("carer", portal=True)
def plan_pdf(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The shared plan on paper."""
    return own.print_plan(request, str(person_id), large=bool(request.GET.get("large")))
