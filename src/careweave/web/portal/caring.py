"""Caring: the carer's home, with the parts that the person agreed to share, and help for the carer (pages.md §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.plans import publishing
from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import IfThen
from careweave.care.readings import keeping
from careweave.care.teams import telling
from careweave.care.teams.telling import Message
from careweave.identity import representatives
from careweave.record import Gate
from careweave.record.acting import CARER, all_acting
from careweave.web import access, wording
from careweave.web.access import signed_in
from careweave.web.portal import own
from careweave.web.portal.managing import own_gate
from careweave.web.portal.record import may_see_record
from careweave.web.presenters import own_care
from careweave.web.presenters.banner import Banner

_AWAY = re.compile(r"\b(?:ill|away)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Shared:
    """One person's care as far as it is shared with this carer."""

    person: Banner
    plan: Plan | None
    why: tuple[str, ...]
    coming: tuple[str, ...]
    waiting: tuple[Message, ...] = ()
    measures: bool = False
    sees_record: bool = False

    @property
    def if_away(self) -> tuple[IfThen, ...]:
        """What the plan says for when the carer cannot."""
        rows = self.plan.draft.if_then if self.plan else ()
        return tuple(one for one in rows if _AWAY.search(one.trigger))


@signed_in("carer", portal=True)
def home(request: HttpRequest) -> HttpResponse:
    """Whose care is shared with me, who is in charge, and what to do if things change."""
    gate = access.gate_of(request)
    # Whoever was stopped is told no more than whoever never had anything to see.
    known = [one for one in gate.people_with(*all_acting()) if gate.about(one, ["Patient"])]
    shared = [shared_care(gate, person_id) for person_id in known]
    carer = _carer(request)
    context = {
        "shared": shared,
        "without_if": own_care.without_if,
        "own_charge": carer.in_charge if carer else None,
        "carer_name": carer.call_name if carer else gate.actor.name.split(" ")[0],
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
        measures=keeping.may_keep(gate, person_id),
        sees_record=may_see_record(gate, person_id),
    )


def _carer(request: HttpRequest) -> Banner | None:
    """The carer's own entry, with who is in charge of the carer's own care; None for who is not known as a person."""
    gate = own_gate(request)
    me = gate.actor.id.partition(":")[2]
    return own.opened(gate, me)[0] if gate.person(me) else None


def why_shared(gate: Gate, person: Banner) -> tuple[str, ...]:
    """What this reader may see, by whose decision, and since when; one sentence or two for each authority."""
    held = representatives.authorities_at(gate, person.id, timezone.now())
    joe = person.call_name
    return tuple(_why(one, joe) for one in held if f"person:{one.proxy_id}" == gate.actor.id)


def _why(one: representatives.Authority, joe: str) -> str:
    when = wording.day(one.since)
    if one.kind != CARER:
        until = f" It ends on {wording.day(one.until)}." if one.until else ""
        return f"You act for {joe}: {one.title}. You can see {one.sees}. Since {when}.{until}"
    if one.basis == "best-interests":
        return f"This was decided in {joe}’s best interests on {when}."
    return f"You can see {joe}’s plan and visits. {joe} agreed to this on {when}."
