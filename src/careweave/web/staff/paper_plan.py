"""A plan on paper that came along with someone: kept as what was typed from it, beside the plan that is written here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans import papers
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

KIND = "Plan on paper"


@signed_in(*access.PROFESSIONALS)
def paper_plan(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Type what it says; it is kept under Letters and papers, and the plan is begun with it at hand."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _kept(shown, form):
        flash.done(
            request,
            "The paper plan is kept under “Letters and papers”.",
            detail="Now write the plan with its words beside you. Keep the paper until the new plan is agreed.",
        )
        return redirect("papers", person_id=shown.record.id)
    context = {"person": shown.banner, "joe": shown.banner.call_name, "form": form}
    return render(request, "staff/paper_plan.jinja", context, status=200 if form.ok else 422)


def _kept(shown: Opened, form: Form) -> bool:
    words = form.text("words", "Type what the paper plan says.")
    by = form.text("by", "Say who wrote it.")
    written_on = form.day("written_on", "Enter the day on the plan.")
    if not form.ok:
        return False
    done = papers.attach(
        shown.gate,
        person_id=shown.record.id,
        content=words.encode(),
        file_name="plan-on-paper.txt",
        title=f"Plan on paper, by {by}",
        kind_of_letter=KIND,
        written_on=written_on,
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        form.fail(done.field or "words", done.reason)
    return form.ok
