"""Opening a record in an emergency: who it is, why, and one page for an hour at most (pages.md §6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import emergency_alerts, telling
from careweave.record import Gate, Purpose, Refusal, emergencies
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import health
from careweave.web.staff import opened, sheets


@signed_in(*access.PROFESSIONALS)
def find(request: HttpRequest) -> HttpResponse:
    """Who is it? An exact NHS number, or the full name and birth date; every question is written down."""
    form = Form(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "found": None}
    if request.method == "POST":
        number = "".join(filter(str.isdigit, form.text("number")))
        given, family, born = form.text("given"), form.text("family"), form.day("born")
        if not number and not (given and family and born):
            form.fail("number", "Enter an NHS number, or both names and the date of birth.")
        if form.ok:
            gate, day = access.gate_of(request), born.isoformat() if born else ""
            found = (
                gate.trace(nhs_number=number)
                if number
                else gate.trace(family=family, given=given, birth_date=day)
            )
            context["found"] = found
            request.session["traced"] = [one.person_id for one in found]
    return render(request, "staff/governance/emergency_find.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def why(request: HttpRequest, person_id: Any) -> HttpResponse:
    """A reason from the list and one's own words; then the record opens for an hour."""
    key, form = str(person_id), Form(request.POST if request.method == "POST" else None)
    gate = _emergency_gate(request)
    if request.method == "POST":
        reason = form.choice(
            "reason", [each.key for each in gate.door.sharing.reasons], "Choose why you need this."
        )
        words = form.text("words", "Say in your own words what is happening.")
        if form.ok:
            answer = emergency_alerts.open_and_tell(gate, key, reason=reason, words=words)
            if not isinstance(answer, Refusal):
                return redirect("emergency-record", person_id=answer.person_id)
            form.fail(answer.field, answer.reason)
    context = {
        "form": form,
        "person_id": key,
        "reasons": [(each.key, each.title) for each in gate.door.sharing.reasons],
        "is_known": key in request.session.get("traced", ()),
    }
    return render(request, "staff/governance/emergency_why.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def record(request: HttpRequest, person_id: Any) -> HttpResponse:
    """What keeps the person safe, while the hour lasts; afterwards the reason is asked for again."""
    return _show(request, person_id, "")


def _show(request: HttpRequest, person_id: Any, tell_error: str) -> HttpResponse:
    gate = _emergency_gate(request)
    until = emergencies.open_until(gate, str(person_id))
    if until is None:
        return redirect("emergency-why", person_id=person_id)
    request.gate = gate
    with gate.transaction():
        shown = opened.open_person(request, str(person_id), (opened.CLINICAL, opened.MOST_CLINICAL))
        names = directory.sources().names
        context = {
            **sheets.card_context(shown),
            "tell_error": tell_error,
            "until": wording.clock(until),
            "minutes": max(1, round((until - timezone.now()).total_seconds() / 60)),
            "health": health.health(shown.resources, names, may_miss=shown.banner.may_miss),
        }
    return render(
        request, "staff/governance/emergency_record.jinja", context, status=422 if tell_error else 200
    )


@signed_in(*access.PROFESSIONALS)
@require_POST
def tell(request: HttpRequest, person_id: Any) -> HttpResponse:
    """An ambulance crew or a doctor out of hours tells whoever is in charge, by name, while the hour lasts."""
    gate, form = _emergency_gate(request), Form(request.POST)
    if emergencies.open_until(gate, str(person_id)) is None:
        return redirect("emergency-why", person_id=person_id)
    done = telling.tell(
        gate,
        person_id=str(person_id),
        kind="arrival",
        to=telling.in_charge_of(gate, str(person_id)),
        words=form.text("words"),
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        return _show(request, person_id, f"{done.reason.removesuffix('.')}.")
    flash.done(request, f"{done.name} is told, and will answer.")
    return redirect("emergency-record", person_id=person_id)


def _emergency_gate(request: HttpRequest) -> Gate:
    """The same reader for another purpose: the one that the emergency rule is about."""
    return Gate(access.gate_of(request).actor, Purpose.EMERGENCY)
