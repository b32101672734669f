"""The plan as agreed, its copies with receipts, and the same on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import copies as plan_copies
from careweave.care.plans import publishing, versions
from careweave.care.plans.parts import PlanDraft
from careweave.record import Refusal, Refused
from careweave.web import access, flash, plan_giving
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.documents import printing
from careweave.web.presenters import plan_sheet
from careweave.web.staff import opened, plan_context, plan_formats, plan_words
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def plan(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The plan in force. Opening it is the receipt of this reader's own copy."""
    shown = opened.open_person(request, str(person_id), (opened.CLINICAL, opened.MOST_CLINICAL))
    found = plan_copies.open_plan(shown.gate, person_id=shown.record.id)
    if found is None:
        saved = shown.gate.draft(shown.record.id, publishing.DRAFT)
        return render(request, "staff/plan_none.jinja", {"person": shown.banner, "saved": saved})
    context = {
        "plan": found,
        "speaks_as": "staff",
        "can_write": bool(shown.record.kinds & {"team", "coordinator"}),
        "texts": plan_formats.texts(shown, found),
        **plan_words.said_context(shown.gate, shown.record.id),
        **plan_context.watch_context(shown, found),
        **plan_context.plan_context(shown, found.draft),
    }
    return render(request, "staff/plan.jinja", context)


@signed_in(*access.PROFESSIONALS)
def changes(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“What changed since version 2”, newest first."""
    shown = opened.open_person(request, str(person_id))
    steps = versions.what_changed(shown.gate, shown.record.id)
    if not steps:
        raise Refused("not there, or not allowed")
    context = {"person": shown.banner, "joe": shown.banner.call_name, "steps": steps, "now": timezone.now()}
    return render(request, "staff/plan_changes.jinja", context)


@signed_in(*access.PROFESSIONALS)
def draft(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“See Joe’s copy”: what would be published."""
    shown = opened.open_person(request, str(person_id), (("Condition",), opened.MOST_CLINICAL))
    found, is_draft = plan_context.draft_or_plan(shown)
    return render(
        request, "staff/plan_draft.jinja", {**plan_context.plan_context(shown, found), "is_draft": is_draft}
    )


@signed_in(*access.PROFESSIONALS)
def pdf(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The plan on paper, 12 pt or 18 pt; before publishing each sheet says “Draft, not agreed”."""
    shown = opened.open_person(request, str(person_id), (("Condition",), opened.MOST_CLINICAL))
    found = None if request.GET.get("draft") else publishing.published_plan(shown.gate, shown.record.id)
    draft, is_draft = (found.draft, False) if found else plan_context.draft_or_plan(shown)
    return pdf_response(shown, draft, is_draft=is_draft, large=bool(request.GET.get("large")))


def pdf_response(shown: Opened, draft: PlanDraft, *, is_draft: bool, large: bool) -> HttpResponse:
    """The sheet as a file that opens in the browser."""
    paper = plan_giving.paper_for(shown.gate.actor.name, is_draft=is_draft, large=large)
    conditions = plan_context.conditions_of(shown, draft)
    data = plan_sheet.sheet(
        shown.banner, draft, paper, team=plan_context.team_lines(shown), conditions=conditions
    )
    return printing.as_file(printing.pdf("plan", data), "plan-large.pdf" if large else "plan.pdf")


@signed_in(*access.PROFESSIONALS)
def copies(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Who has a copy, how, and whether it was read or handed over."""
    shown = opened.open_person(request, str(person_id))
    rows = plan_sheet.copy_rows(plan_copies.copies_of(shown.gate, shown.record.id))
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "copies": rows,
        "published": request.session.pop("published", None),
    }
    return render(request, "staff/plan_copies_sent.jinja", context)


@signed_in(*access.PROFESSIONALS)
@require_POST
def hand_over(request: HttpRequest, person_id: Any, copy_id: Any) -> HttpResponse:
    """“I handed it over”, or “Did not want a copy”."""
    gate = access.gate_of(request)
    how = request.POST.get("how", "")
    done = plan_copies.hand_over(
        gate,
        person_id=str(person_id),
        copy_id=str(copy_id),
        how=how if how in plan_copies.BY_THE_TEAM else "handed-over",
        reader=request.POST.get("reader", "")[:100],
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, "Written down.")
    return redirect("plan-copies", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
def withdraw(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Take a version back; everyone who had it is told."""
    shown = opened.open_person(request, str(person_id))
    if publishing.published_plan(shown.gate, shown.record.id) is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = publishing.withdraw(shown.gate, person_id=shown.record.id, reason=form.text("reason"))
        if not isinstance(done, Refusal):
            flash.done(request, "This version is withdrawn. Everyone who had it is told.")
            return redirect("plan", person_id=person_id)
        form.fail(done.field or "reason", f"{done.reason}.")
    context = {"person": shown.banner, "form": form}
    return render(request, "staff/plan_withdraw.jinja", context, status=200 if form.ok else 422)
