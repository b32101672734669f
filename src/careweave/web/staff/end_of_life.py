"""Decisions about the end of life, each with its conversation; a change in condition; and the death itself (B21, D4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import daily_review, end_of_life, end_of_life_after
from careweave.care.plans.end_of_life import Decision, DecisionKind
from careweave.care.teams import telling
from careweave.record import Conflict, Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened, sheets
from careweave.web.staff.opened import Opened

CHANGED = "Someone wrote this anew while you were writing. Their words are on the list. Read them first."


def _open(request: HttpRequest, person_id: Any) -> Opened:
    shown = opened.open_person(request, str(person_id), about=sheets.ON_THE_CARD)
    if not shown.record.kinds & {"team", "coordinator"}:
        raise Refused("not there, or not allowed")
    return shown


@signed_in(*access.PROFESSIONALS)
def decisions(request: HttpRequest, person_id: Any) -> HttpResponse:
    """What was decided, by whom, after which conversation; what was never asked says so."""
    shown, today = _open(request, person_id), timezone.localdate()
    kinds = end_of_life.decision_kinds(today)
    held = end_of_life.decisions_of(shown.resources, kinds)
    context = {
        "rows": [
            {"kind": kind, "one": held.get(key), "late": key in held and held[key].is_overdue(today)}
            for key, kind in kinds.items()
        ],
        "death": end_of_life_after.death_of(shown.resources),
        "review": _waiting_review(shown, today),
        "can_review": shown.gate.actor.role in daily_review.senior_roles(today),
        **_about(shown),
    }
    return render(request, "staff/end_of_life.jinja", context)


def _waiting_review(shown: Opened, today: date) -> Any:
    tasks = shown.gate.about(shown.record.id, ["Task"], limit=opened.MOST_TASKS)
    return daily_review.open_review(tasks, shown.record.id, today)


@signed_in(*access.PROFESSIONALS)
@require_POST
def reviewed(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Today's senior review in the last days of life."""
    shown, form = _open(request, person_id), Form(request.POST)
    done = daily_review.review(
        shown.gate, person_id=shown.record.id, words=form.text("review"), day=timezone.localdate()
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Today’s review is written down. The next one is asked for tomorrow.")
    return redirect("end-of-life", person_id=person_id)


def _about(shown: Opened) -> dict[str, Any]:
    return {"person": shown.banner, "joe": shown.banner.call_name}


@signed_in(*access.PROFESSIONALS)
def decide(request: HttpRequest, person_id: Any, key: str) -> HttpResponse:
    """Write one decision down; without author, date, conversation and review it is refused."""
    shown, today = _open(request, person_id), timezone.localdate()
    kind = end_of_life.decision_kinds(today).get(key)
    if kind is None:
        raise Refused("not there, or not allowed")
    stored = end_of_life.decisions_of(shown.resources, [key]).get(key)
    form = Form(request.POST if request.method == "POST" else _as_typed(stored))
    if request.method == "POST":
        decision = _decision(form, kind)
        try:
            done = end_of_life.record_decision(
                shown.gate, person_id=shown.record.id, decision=decision, today=today
            )
        except Conflict:
            form.fail("maincontent", CHANGED)
        else:
            if not isinstance(done, tuple):
                flash.done(request, f"{kind.title} is written down.")
                return redirect("end-of-life", person_id=person_id)
            for one in done:
                form.fail(one.field or "maincontent", f"{one.reason}.")
    context = {"kind": kind, "form": form, "stored": stored, **_about(shown)}
    return render(request, "staff/end_of_life_decide.jinja", context, status=200 if form.ok else 422)


def _decision(form: Form, kind: DecisionKind) -> Decision:
    days = {name: form.day(name) for name in ("decided_on", "review_on")}
    return Decision(
        kind=kind.key,
        decision=form.text("decision"),
        decided_by=form.text("decided_by"),
        discussion=form.text("discussion"),
        form_at=form.text("form_at"),
        version=form.whole("version"),
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    )


def _as_typed(stored: Decision | None) -> dict[str, Any]:
    """What stands now; the conversation and its days are new each time."""
    if stored is None:
        return {}
    return {"decision": stored.decision, "form_at": stored.form_at, "version": str(stored.version)}


@signed_in(*access.PROFESSIONALS)
@require_POST
def take_back(request: HttpRequest, person_id: Any, key: str) -> HttpResponse:
    """The decision no longer holds: it leaves the card and stays in the history."""
    shown, form = _open(request, person_id), Form(request.POST)
    done = end_of_life.take_back(
        shown.gate,
        person_id=shown.record.id,
        kind=key,
        version=form.whole("version"),
        reason=form.text("reason"),
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "This decision no longer stands on the card.")
    return redirect("end-of-life", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def changed(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“Ask for rapid response”: somebody by name sees the person within two hours."""
    shown, form = _open(request, person_id), Form(request.POST)
    done = end_of_life_after.ask_rapid_response(
        shown.gate,
        person_id=shown.record.id,
        words=form.text("words"),
        to=telling.in_charge_of(shown.gate, shown.record.id),
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
        return redirect("end-of-life", person_id=person_id)
    who = done.body["owner"].get("display", "")
    flash.done(request, f"{who} is asked to see {shown.banner.call_name} within 2 hours.")
    return redirect("crisis", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
def died(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Write the death down, then one page stops everything that is still planned."""
    shown = _open(request, person_id)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        day = form.day("died_on", "Write the day of death.")
        if form.ok and day:
            done = end_of_life_after.record_death(
                shown.gate,
                person_id=shown.record.id,
                died_on=day,
                place=form.get("place"),
                to=telling.in_charge_of(shown.gate, shown.record.id),
                today=timezone.localdate(),
            )
            if not isinstance(done, Refusal):
                flash.done(request, "The death is written down. What is still planned is below.")
                return redirect("still-planned", person_id=person_id)
            form.fail(done.field or "maincontent", f"{done.reason}.")
    context = {"form": form, "places": [(one, one) for one in end_of_life_after.PLACES], **_about(shown)}
    return render(request, "staff/died.jinja", context, status=200 if form.ok else 422)
