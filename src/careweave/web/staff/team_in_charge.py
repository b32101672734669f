"""Who is in charge: now, whoever stands in, and at any moment before; the deputy, and coordinating by choice."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import charge, enrolment, handover, handover_told, membership, what_next
from careweave.care.teams.staff_facts import worker_of
from careweave.care.teams.what_next import WhatNext
from careweave.record import Refusal
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import colleagues, opened
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def in_charge(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The page."""
    return show(request, opened.open_person(request, str(person_id)), Form())


def show(request: HttpRequest, shown: Opened, form: Form) -> HttpResponse:
    """The page, with a form as it was typed when something was wrong."""
    gate, id_ = shown.gate, shown.record.id
    held = gate.in_charge([id_]).get(id_)
    line = charge.history(gate, id_)
    asked = Form(request.GET)
    on = asked.day("on")
    mates = [one for one in colleagues.colleagues(gate.actor) if not held or one.party != held.holder]
    moment = datetime.combine(on, time(12), wording.LONDON) if on else None
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "held": held,
        "answers": charge.answering(held, timezone.localdate()) if held else None,
        "deputy": line[-1].deputy if held and line else "",
        "coordinates": coordinator_by_choice(shown, held.post.coordinates) if held else "",
        "offer": handover.waiting_offer(gate, id_),
        "may_change": bool(held and charge.may_pass_on(gate, held)),
        "line": [(one, _how(one.charge.reason)) for one in reversed(line)],
        "told": handover_told.notices(gate, id_),
        "left_with": what_next.left_with(gate, id_)[:1],
        "asked": asked,
        "on": on,
        "then": charge.at(line, moment) if moment else None,
        "deputies": [("", "Choose"), *((one.party, one.name) for one in mates)],
        "choices": _who_may_coordinate(shown),
        "form": form,
    }  # fmt: skip
    return render(request, "staff/in_charge.jinja", context, status=200 if form.ok and asked.ok else 422)


_HOW = {"taken on": "Taken on", "accepted": "Asked, and accepted", "deputy": "A deputy was chosen"}


def _how(reason: str) -> str:
    return _HOW.get(reason, reason[:1].upper() + reason[1:])


def coordinator_by_choice(shown: Opened, party: str) -> str:
    """Who coordinates by choice, by name."""
    if party == f"person:{shown.record.id}":
        return shown.banner.call_name
    carers = membership.carers_of(shown.gate, shown.record.id) if party else []
    return next(
        (one.name for one in carers if f"person:{one.person_id}" == party),
        "Someone in the family" if party else "",
    )


def _who_may_coordinate(shown: Opened) -> list[tuple[str, str]]:
    own = (f"person:{shown.record.id}", shown.banner.call_name)
    carers = membership.carers_of(shown.gate, shown.record.id)
    family = [(f"person:{one.person_id}", f"{one.name}, {one.relationship}") for one in carers]
    return [own, *family, ("team", "The team coordinates again")]


@signed_in(*access.PROFESSIONALS)
@require_POST
def deputy(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Choose who answers when the one in charge is away."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    chosen = worker_of(form.get("deputy")) if form.get("deputy") else None
    if chosen is None:
        form.fail("deputy", "Choose a colleague.")
        return show(request, shown, form)
    done = charge.name_deputy(shown.gate, person_id=shown.record.id, deputy=chosen)
    if isinstance(done, Refusal):
        form.fail("deputy", f"{done.reason}.")
        return show(request, shown, form)
    directory.forget()
    flash.done(request, f"{chosen.name} answers when whoever is in charge is away.")
    return redirect("in-charge", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def by_choice(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The person, or someone in the family, coordinates; whoever is in charge is the contact for change."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    options = dict(_who_may_coordinate(shown))
    who = form.choice("who", options, "Choose who coordinates.")
    if form.ok:
        party = "" if who == "team" else who
        done = charge.coordinate_by_choice(
            shown.gate, person_id=shown.record.id, who=party, name=options[who].split(",")[0],
            evidence=form.text("evidence"),
        )  # fmt: skip
        if not isinstance(done, Refusal):
            flash.done(request, "Written down. It is on the person’s own page too.")
            return redirect("in-charge", person_id=person_id)
        form.fail(done.field or "who", f"{done.reason}.")
    return show(request, shown, form)


@signed_in(*access.PROFESSIONALS)
def end_care(request: HttpRequest, person_id: Any) -> HttpResponse:
    """End coordinated care: why, and what happens next; without a plan for that it does not end."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _has_ended(shown, form):
        flash.done(
            request,
            f"Coordinated care of {shown.banner.call_name} has ended. They were told what happens next.",
        )
        return redirect("day")
    team = colleagues.colleagues(shown.gate.actor)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "colleagues": [("", "Someone who does not work here"), *((one.party, one.name) for one in team)],
        "soon": (timezone.localdate() + timedelta(days=14)).isoformat(),
    }
    return render(request, "staff/end_care.jinja", context, status=200 if form.ok else 422)


def _has_ended(shown: Opened, form: Form) -> bool:
    by = form.day("by")
    party = form.get("colleague")
    worker = worker_of(party) if party else None
    plan = WhatNext(
        form.text("what"),
        worker.name if worker else form.text("who"),
        by,
        form.text("if_wrong"),
        party if worker else "",
    )
    if not form.ok:
        return False
    done = enrolment.end_care(
        shown.gate, person_id=shown.record.id, reason=form.text("reason"), what_next=plan
    )
    if isinstance(done, Refusal):
        form.fail(done.field or "reason", f"{done.reason}.")
        return False
    return True
