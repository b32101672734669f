"""The crisis card, and a person's summary for paper (pages.md §3 and §6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.plans import publishing
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.presenters import care, crisis, health
from careweave.web.staff import opened, people


@signed_in(*access.PROFESSIONALS)
def crisis_card(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One screen, one click."""
    shown = opened.open_person(request, str(person_id))
    plan = publishing.published_plan(shown.gate, shown.record.id)
    card = crisis.crisis(
        shown.banner, plan, shown.resources, directory.sources().names, today=timezone.localdate()
    )
    can_tell = shown.gate.actor.role == "hospital-clinician" and "admission" in shown.record.kinds
    context = {"person": shown.banner, "joe": shown.banner.call_name, "card": card, "can_tell": can_tell}
    return render(request, "staff/crisis.jinja", context)


@signed_in(*access.PROFESSIONALS)
def summary(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“Print summary”: what matters, now and next, health with sources, whom to call, crisis steps."""
    shown = opened.open_person(request, str(person_id), *people.REST)
    contacts = opened.contacts_before(shown.gate, shown.record.id, None, 50)
    sources = directory.sources()
    plan = publishing.published_plan(shown.gate, shown.record.id)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "matters": people.what_matters(shown),
        "rows": care.now_and_next(shown.resources + contacts, sources, timezone.now()),
        "health": health.health(shown.resources, sources.names),
        "card": crisis.crisis(shown.banner, plan, shown.resources, sources.names, today=timezone.localdate()),
    }
    return render(request, "staff/summary.jinja", context)
