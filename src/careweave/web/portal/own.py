"""Your care: the person's home, their plan and who has looked (pages.md §7)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.experience import standing
from careweave.care.plans import publishing
from careweave.care.teams import clocks, conversations, handover_told, telling, what_next
from careweave.record import Gate, Refused
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.presenters import banner, looks, own_care
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.roles import ROLE_NAMES

# A year of a busy record; acts of one person on one day are one line.
MOST_LOOKS = 5000
_ABOUT = ("Patient", "Appointment", "Task")


def opened(gate: Gate, person_id: str) -> tuple[Banner, list[Any]]:
    """The person and what comes next, as this reader may see them."""
    record = gate.person(person_id)
    if record is None:
        raise Refused("not there, or not allowed")
    resources = gate.about(record.id, _ABOUT)
    charge = gate.in_charge([record.id]).get(record.id)
    in_charge = directory.in_charge(charge.holder, charge.deputy) if charge else None
    names = directory.sources().names
    shown = banner.banner(record.id, resources, names, today=timezone.localdate(), in_charge=in_charge)
    return shown, resources


def own_id(request: HttpRequest) -> str:
    """The person behind the session."""
    return access.gate_of(request).actor.id.partition(":")[2]


@signed_in("person", portal=True)
def home(request: HttpRequest) -> HttpResponse:
    """Who is in charge, what happens next, the plan, and what to do if things change."""
    gate = access.gate_of(request)
    person, resources = opened(gate, own_id(request))
    plan = publishing.published_plan(gate, person.id)
    context = {
        "person": person,
        "plan": plan if plan and not plan.withdrawn else None,
        "calls": own_care.calls(plan.draft.if_then) if plan and not plan.withdrawn else None,
        "coming": own_care.coming(resources, timezone.now()),
        "hours": own_care.open_hours(clocks.working_hours(timezone.localdate())),
        "without_if": own_care.without_if,
        "waiting": [
            one for one in telling.told_about(gate, person.id) if one.is_open and one.sender == gate.actor.id
        ],
        "written": conversations.to_be_read(gate, person.id),
        "surveys": standing.waiting(standing.of_person(gate, person.id, timezone.localdate())),
        **_who_cares(gate, person),
    }
    return render(request, "portal/home.jinja", context)


def _who_cares(gate: Gate, person: Banner) -> dict[str, Any]:
    """A change of who is in charge that I have not read, who coordinates by choice, and what came after care ended."""
    charge = gate.in_charge([person.id]).get(person.id)
    chosen = charge.post.coordinates if charge else ""
    name = "You coordinate" if chosen == f"person:{person.id}" else "Someone in your family coordinates"
    return {
        "changes": handover_told.to_be_read(gate, person.id, timezone.localdate()),
        "coordinates": name if chosen else "",
        "left_with": [] if charge else what_next.left_with(gate, person.id)[:1],
    }


@signed_in("person", portal=True)
def who_looked(request: HttpRequest) -> HttpResponse:
    """Everyone who has opened my record."""
    gate = access.gate_of(request)
    person, _ = opened(gate, own_id(request))
    found = gate.who_looked(person.id, limit=MOST_LOOKS)
    contacts = directory.contacts(look.actor for look in found)
    rows = looks.look_rows(
        found,
        lambda key: person.name if key == gate.actor.id else contacts[key].name,
        ROLE_NAMES,
        directory.from_where,
    )
    return render(request, "portal/who_looked.jinja", {"person": person, "looked": rows})
