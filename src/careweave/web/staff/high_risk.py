"""The high-risk list of my team, and the review that each person on it has every month (requirement A30)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.noticing import high_risk
from careweave.care.teams import worklists
from careweave.record import Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import day
from careweave.web.staff import opened, people


@signed_in(*access.PROFESSIONALS)
def listed(request: HttpRequest) -> HttpResponse:
    """Everyone whose review waits for me or my team, first due first."""
    gate, now = access.gate_of(request), timezone.now()
    items = [one for one in worklists.waiting(gate).work if one.kind == high_risk.REVIEW]
    known = {one.id: one for one in people.banners(request, sorted({one.person_id for one in items}))}
    return render(request, "staff/high_risk.jinja", {"rows": day.rows(items, known, now)})


@signed_in(*access.PROFESSIONALS)
def review(request: HttpRequest, task_id: Any) -> HttpResponse:
    """One review: why they are on the list, and what came of it."""
    gate = access.gate_of(request)
    task = gate.read("Task", str(task_id))
    if task is None or not high_risk.is_review(task):
        raise Refused("not there, or not allowed")
    shown = opened.open_person(request, task.subject)
    form = Form(request.POST if request.method == "POST" else {"version": str(task.version)})
    if request.method == "POST" and _said(request, task.id, form):
        return redirect("day")
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "item": worklists.item_of(task),
        "outcomes": high_risk.OUTCOMES.items(),
    }
    return render(request, "staff/high_risk_review.jinja", context, status=200 if form.ok else 422)


def _said(request: HttpRequest, task_id: str, form: Form) -> bool:
    done = high_risk.record_review(
        access.gate_of(request),
        task_id=task_id,
        version=form.whole("version"),
        outcome=form.get("outcome"),
        words=form.text("words"),
    )
    if isinstance(done, Refusal):
        form.fail(done.field or "outcome", f"{done.reason}.")
        return False
    stays = form.get("outcome") == "stays"
    flash.done(
        request, "Reviewed. The next review is in a month." if stays else "Taken off the high-risk list."
    )
    return True
