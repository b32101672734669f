"""“I am worried about Joe”, from anyone who works here; and whether a worry is an enquiry under the Care Act 2014."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.contacts import rules, worries
from careweave.care.contacts.worries import Judged
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def worried(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every worry with its answer, and a new one to a named receiver."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = worries.worry(
            shown.gate,
            person_id=shown.record.id,
            words=form.text("words"),
            keep_from_home=bool(form.many("keep")),
            today=timezone.localdate(),
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"{done.name} will answer by {wording.weekday(done.by)}.")
            return redirect("worries", person_id=shown.record.id)
        form.fail(done.field or "words", f"{done.reason.removesuffix('.')}.")
    return _show(request, shown, form, "")


def _show(request: HttpRequest, shown: Opened, form: Form, deciding: str) -> HttpResponse:
    today = timezone.localdate()
    law = rules.safeguarding(today)
    decided = {one.concern_id: one for one in worries.decisions(shown.gate, shown.record.id)}
    to = worries.receiver(shown.gate, shown.record.id)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "rows": [
            {"one": one, "decided": decided.get(one.id), "form": form if one.id == deciding else Form()}
            for one in worries.worries(shown.gate, shown.record.id)
        ],
        "conditions": list(law.conditions.items()),
        "decisions": list(law.decisions.items()),
        "may_decide": worries.may_decide(shown.gate, today=today),
        "receiver": to.name if to else "",
        "form": Form() if deciding else form,
        "errors_of": form,
    }
    return render(request, "staff/worries.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
@require_POST
def section_42(request: HttpRequest, person_id: Any, concern_id: Any) -> HttpResponse:
    """The decision, by those who carry the council's duty."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST)
    conditions = rules.safeguarding(timezone.localdate()).conditions
    judged = Judged(
        met={key: form.get(f"met-{key}") for key in conditions},
        decision=form.get("decision"),
        reason=form.text("reason"),
        keep_from_person=bool(form.get("keep")),
    )
    done = worries.decide(shown.gate, concern_id=str(concern_id), judged=judged, today=timezone.localdate())
    if isinstance(done, Refusal):
        at = f"{done.field}-{concern_id}" if done.field else "maincontent"
        form.fail(at, f"{done.reason.removesuffix('.')}.")
        return _show(request, shown, form, str(concern_id))
    flash.done(request, "The decision is written down. Only safeguarding roles see it.")
    return redirect("worries", person_id=shown.record.id)
