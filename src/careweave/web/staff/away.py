"""“I am away”: from when to when and who stands in, so that news and messages reach somebody (pages.md §2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.identity import absences
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import colleagues


@signed_in(*access.PROFESSIONALS)
def away(request: HttpRequest) -> HttpResponse:
    """When I am away, and a form to say so."""
    gate, today = access.gate_of(request), timezone.localdate()
    form = Form(request.POST if request.method == "POST" else None)
    team = colleagues.colleagues(gate.actor)
    if request.method == "POST" and _said(request, form, {one.party for one in team}):
        return redirect("day-away")
    context = {
        "form": form,
        "coming": absences.coming(gate.actor.id, today),
        "standing_in": absences.stood_in_for(gate.actor.id, today),
        "colleagues": [("", "Choose"), *((one.party, one.name) for one in team)],
    }
    return render(request, "staff/day_away.jinja", context, status=200 if form.ok else 422)


def _said(request: HttpRequest, form: Form, team: set[str]) -> bool:
    actor, today = access.gate_of(request).actor, timezone.localdate()
    first = form.day("starts_on", "Enter your first day away.")
    last = form.day("ends_on", "Enter your last day away.")
    deputy = form.choice("deputy", team, "Choose a colleague who stands in for you.")
    if not (first and last and deputy and form.ok):
        return False
    done = absences.be_away(actor.id, deputy=deputy, starts_on=first, ends_on=last, by=actor.id, today=today)
    if isinstance(done, Refusal):
        form.fail(done.field or "starts_on", f"{done.reason}.")
        return False
    words = f"{done.deputy_name} stands in for you from {wording.weekday(first)} to {wording.weekday(last)}."
    flash.done(
        request,
        words,
        detail="News and messages about your people reach them, and tasks and visits that fall due.",
    )
    return True


@signed_in(*access.PROFESSIONALS)
@require_POST
def back(request: HttpRequest, absence_id: Any) -> HttpResponse:
    """“I am back”, or not going after all."""
    actor = access.gate_of(request).actor
    done = absences.come_back(actor.id, int(absence_id), today=timezone.localdate())
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Taken out. News and messages reach you from now on.")
    return redirect("day-away")
