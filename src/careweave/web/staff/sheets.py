"""The crisis card, on screen and on paper, and a person's summary for paper (pages.md §3 and §6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans.fhir import Plan, plan_id, plan_of
from careweave.record import Refused
from careweave.web import access, directory, frame
from careweave.web.access import signed_in
from careweave.web.documents import printing
from careweave.web.presenters import care, crisis, crisis_sheet, health, plan_sheet
from careweave.web.presenters.crisis import Crisis
from careweave.web.staff import alternatives, opened, people
from careweave.web.staff.opened import Opened

# The card reads these and nothing else, so that it is as quick for the longest record as for the shortest.
ON_THE_CARD = (
    "Patient",
    "AllergyIntolerance",
    "Flag",
    "CareTeam",
    "EpisodeOfCare",
    "RelatedPerson",
    "CarePlan",
    "Consent",
)
# Who is about to stand at the door, or answers for who does.
_KNOWS_THE_KEY = {"team", "coordinator", "practice", "admission", "emergency"}


@signed_in(*access.PROFESSIONALS)
def crisis_card(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One screen, one click. Whoever does not look after the person is asked why, known here or not alike."""
    with access.gate_of(request).transaction():  # one commit for all that the page reads
        try:
            shown = opened.open_person(request, str(person_id), about=ON_THE_CARD)
        except Refused:
            return redirect("emergency-why", person_id=person_id)
        context = {**card_context(shown), "instead": alternatives.instead(), "can_arrange": True}
        return render(request, "staff/crisis.jinja", context)


def card_context(shown: Opened) -> dict[str, Any]:
    """What the card's template shows, on the staff page and after an emergency opening alike."""
    kinds, person = shown.record.kinds, shown.banner
    is_mine = bool(person.in_charge and person.in_charge.name == shown.gate.actor.name)
    return {
        "person": person,
        "joe": person.call_name,
        "card": card_of(shown),
        "show_key": bool(kinds & _KNOWS_THE_KEY),
        "can_write": bool(kinds & {"team", "coordinator"}),
        "can_tell": bool(person.in_charge) and not is_mine and _may_tell(shown),
    }


def card_of(shown: Opened) -> Crisis:
    """The card out of what was read for the page."""
    names = directory.sources().names
    return crisis.crisis(shown.banner, _plan(shown), shown.resources, names, today=timezone.localdate())


def _plan(shown: Opened) -> Plan | None:
    """The plan in force, without its goals: the card does not show them."""
    mine = plan_id(shown.record.id)
    found = [
        one
        for one in shown.of("CarePlan")
        if (one.id == mine or one.source == "careweave") and one.body.get("status") != "entered-in-error"
    ]
    return plan_of(max(found, key=lambda one: one.updated).body, []) if found else None


def _may_tell(shown: Opened) -> bool:
    """The hospital while the person is in; whoever is in the team; the practice's clinicians."""
    kinds, role = shown.record.kinds, shown.gate.actor.role
    return bool(
        kinds & {"team", "coordinator"}
        or (role == "hospital-clinician" and "admission" in kinds)
        or (role in ("gp", "practice-nurse") and "practice" in kinds)
    )


@signed_in(*access.PROFESSIONALS)
def crisis_pdf(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One A4 side for the ambulance; “for the fridge” in 18 pt and without the key code."""
    shown = opened.open_person(request, str(person_id), about=ON_THE_CARD)
    is_fridge, brand = bool(request.GET.get("fridge")), frame.brand()
    paper = crisis_sheet.Paper(
        product=brand.product,
        practice=brand.demonstration,
        foot=plan_sheet.foot(shown.gate.actor.name, timezone.now()),
        is_fridge=is_fridge,
        shows_key=bool(shown.record.kinds & _KNOWS_THE_KEY),
    )
    made = printing.pdf("crisis", crisis_sheet.sheet(shown.banner, card_of(shown), paper))
    return printing.as_file(made, "crisis-fridge.pdf" if is_fridge else "crisis.pdf")


@signed_in(*access.PROFESSIONALS)
def summary(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“Print summary”: what matters, now and next, health with sources, whom to call, crisis steps."""
    shown = opened.open_person(request, str(person_id), *people.REST)
    contacts = opened.contacts_before(shown.gate, shown.record.id, None, 50)
    sources = directory.sources()
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "matters": people.what_matters(shown),
        "rows": care.now_and_next(shown.resources + contacts, sources, timezone.now()),
        "health": health.health(shown.resources, sources.names, may_miss=shown.banner.may_miss),
        "card": card_of(shown),
    }
    return render(request, "staff/summary.jinja", context)
