"""“Summary for the GP”: what a hospital owes within a day of discharge, written and sent on one page (A58)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.teams import treatment_summary
from careweave.record import Refusal, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import people


@signed_in(*access.PROFESSIONALS)
def write(request: HttpRequest, task_id: Any) -> HttpResponse:
    """What the GP needs to know; sent to the practice and to the person."""
    gate = access.gate_of(request)
    held = treatment_summary.owed(gate, str(task_id))
    if held is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = treatment_summary.send(
            gate, task_id=held.task_id, words=form.text("words"), today=timezone.localdate()
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Sent to {held.practice}. They have a task to read it.")
            return redirect("day")
        form.fail(done.field or "words", f"{done.reason}.")
    shown = people.banners(request, [held.person_id])
    context = {
        "held": held,
        "name": shown[0].name if shown else "the person",
        "left": wording.moment(held.left_at),
        "form": form,
    }
    return render(request, "staff/treatment_summary.jinja", context, status=200 if form.ok else 422)
