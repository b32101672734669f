"""Whether the person can make a decision (Mental Capacity Act), what is in their best interests, a child's competence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.identity import representatives
from careweave.identity import representatives_decisions as decisions
from careweave.identity.representatives_fhir import facts_of
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def capacity(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every judgement, one decision each; and a new one."""
    shown = opened.open_person(request, str(person_id))
    if request.method != "POST":
        return _show(request, shown, Form())
    form = Form(request.POST)
    day = form.day("assessed_on", "Enter the day of the assessment.")
    if day and form.ok:
        asked = decisions.Assessed(
            decision=form.text("decision"),
            matter=form.get("matter"),
            help_given=form.text("help_given"),
            impairment=form.text("impairment"),
            unable=tuple(form.many("unable")),
            because=form.text("because"),
            outcome=form.get("outcome"),
            assessed_on=day,
        )
        made = representatives.judge_capacity(shown.gate, person_id=shown.record.id, assessed=asked)
        return _answer(request, shown, form, made, "decision")
    return _show(request, shown, form)


@signed_in(*access.PROFESSIONALS)
@require_POST
def best_interests(request: HttpRequest, person_id: Any) -> HttpResponse:
    """What was decided for someone who cannot decide it."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    words = {name: form.text(name) for name in ("wishes", "consulted", "decided")}
    words |= {"person_id": shown.record.id, "judgement": form.get("judgement")}
    made: Any
    if form.get("proxy"):
        made = representatives.decide_for(shown.gate, proxy_id=form.get("proxy"), **words)
    else:
        made = decisions.record_best_interests(shown.gate, by=form.text("by"), **words)
    return _answer(request, shown, form, made, "judgement")


@signed_in(*access.PROFESSIONALS)
@require_POST
def competence(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Whether a child under 16 decides who sees the record."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    answer = form.choice("competent", ("yes", "no"), "Choose what you found.")
    if not form.ok:
        return _show(request, shown, form)
    made = decisions.record_competence(
        shown.gate,
        person_id=shown.record.id,
        competent=answer == "yes",
        because=form.text("child_because"),
        assessed_on=timezone.localdate(),
    )
    return _answer(request, shown, form, made, "child_because")


def _answer(request: HttpRequest, shown: Opened, form: Form, made: Any, field: str) -> HttpResponse:
    if isinstance(made, Refusal):
        form.fail("child_because" if field == "child_because" else made.field or field, f"{made.reason}.")
        return _show(request, shown, form)
    flash.done(request, "Written down.")
    return redirect("capacity", person_id=shown.record.id)


def _show(request: HttpRequest, shown: Opened, form: Form) -> HttpResponse:
    judged = decisions.judgements(shown.gate, shown.record.id)
    lacking = [one for one in judged if one.outcome == "lacks" and not one.is_superseded_in(judged)]
    golden = shown.gate.about(shown.record.id, ["Patient"], sources=["careweave"])
    now: datetime = timezone.now()
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "judged": [(one, decisions.OUTCOMES[one.outcome], one.is_superseded_in(judged)) for one in judged],
        "lacking": [(one.id, f"{one.decision}, {wording.day(one.assessed_on)}") for one in lacking],
        "interests": decisions.best_interests(shown.gate, shown.record.id),
        "proxies": _proxies(shown),
        "is_child": bool(golden) and facts_of(golden[0].body).is_under(16, now),
        "is_competent": decisions.is_competent(shown.gate, shown.record.id),
        "matters": list(decisions.MATTERS.items()),
        "unable": list(decisions.UNABLE.items()),
        "outcomes": list(decisions.OUTCOMES.items()),
        "can_write": bool(shown.record.kinds & {"team", "coordinator"}),
        "form": form,
    }
    return render(request, "staff/capacity.jinja", context, status=200 if form.ok else 422)


def _proxies(shown: Opened) -> list[tuple[str, str]]:
    """Everyone who acts for the person now; whether they may decide this is checked when it is saved."""
    held = representatives.authorities_at(shown.gate, shown.record.id, timezone.now())
    return [("", "The team")] + [(one.proxy_id, f"{one.name}, {one.title}") for one in held]
