"""What comes from the person and from home: questions with those chosen to read them, and own readings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.readings import keeping, kinds
from careweave.care.teams import conversations as talking
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.presenters import own_readings
from careweave.web.staff import opened


@signed_in(*access.PROFESSIONALS)
def questions(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every conversation about the person that this reader was chosen for, with an answer field where one waits."""
    shown = opened.open_person(request, str(person_id))
    context = {"person": shown.banner, "conversations": talking.conversations(shown.gate, shown.record.id)}
    return render(request, "staff/conversations.jinja", context)


@signed_in(*access.PROFESSIONALS)
def readings(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Own readings, drawn and as tables, told apart from what organisations sent."""
    shown = opened.open_person(request, str(person_id))
    kept = keeping.readings_of(shown.gate, shown.record.id)
    rows = [
        own_readings.shown(
            kind,
            kept,
            reader=shown.gate.actor.id,
            person_id=shown.record.id,
            call_name=shown.banner.call_name,
        )
        for kind in kinds.reading_kinds(timezone.localdate())
    ]
    context = {"person": shown.banner, "rows": [one for one in rows if one.rows]}
    return render(request, "staff/readings.jinja", context)
