"""What comes from the person and from home: questions with those chosen to read them, and own readings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.readings import keeping, kinds
from careweave.care.teams import conversations as talking
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import own_readings
from careweave.web.staff import opened


@signed_in(*access.PROFESSIONALS)
def questions(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every conversation about the person that this reader was chosen for: to answer, to go on, or to begin one."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = talking.write_to_person(
            shown.gate,
            person_id=shown.record.id,
            joe=shown.banner.call_name,
            words=form.text("words"),
            id=form.get("conversation"),
            today=timezone.localdate(),
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Sent. {shown.banner.call_name} is told that there is something to read.")
            return redirect("person-questions", person_id=shown.record.id)
        form.fail(done.field or "maincontent", done.reason.removesuffix(".") + ".")
    context = {
        "person": shown.banner,
        "form": form,
        "can_write": bool(shown.record.kinds & {"team", "coordinator", "practice"}) and not shown.banner.died,
        "conversations": talking.conversations(shown.gate, shown.record.id),
        "party": f"person:{shown.record.id}",
    }
    return render(request, "staff/conversations.jinja", context, status=200 if form.ok else 422)


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
