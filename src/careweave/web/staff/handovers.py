"""“Pass Joe to…”: asking a colleague by name to be in charge, and the answer, which is theirs alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import caseload, handover
from careweave.care.teams.handover import HandedOver, Terms
from careweave.care.teams.staff_facts import Worker, worker_of
from careweave.record import Refusal, Refused, Resource
from careweave.record.relations import party_of
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.caseload import load_words
from careweave.web.staff import colleagues, opened
from careweave.web.staff.opened import Opened

_BEFORE = timedelta(days=7)  # so that the person can be told first


@signed_in(*access.PROFESSIONALS)
def pass_on(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Ask a named colleague. Nothing changes until they accept."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _ask(shown, form) if form.ok else None
        if isinstance(done, Resource):
            asked = done.body["owner"].get("display", "They")
            name = shown.banner.in_charge.name if shown.banner.in_charge else "Whoever is in charge"
            flash.done(request, f"{asked} is asked. {name} stays in charge until {asked} accepts.")
            return redirect("in-charge", person_id=person_id)
        if isinstance(done, Refusal):
            form.fail(done.field or "to", f"{done.reason.removesuffix('.')}.")
    return render(request, "staff/pass_on.jinja", _pass_context(shown, form), status=200 if form.ok else 422)


def _pass_context(shown: Opened, form: Form) -> dict[str, Any]:
    today = timezone.localdate()
    charge = shown.gate.in_charge([shown.record.id]).get(shown.record.id)
    holder = charge.holder if charge else ""
    mates = [one for one in _who_can(shown) if one.party != holder]
    loads = caseload.loads(shown.gate, mates, today)
    return {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "to": [("", "Choose"), *((one.worker.party, load_words(one)) for one in reversed(loads))],
        "first_day": _working_day(today + _BEFORE).isoformat(),
    }


def _working_day(day: date) -> date:
    """This day, or the Monday after it."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _who_can(shown: Opened) -> list[Worker]:
    """Colleagues of one's own team, oneself when somebody else is in charge, and the person's own team."""
    found = {one.party: one for one in colleagues.colleagues(shown.gate.actor)}
    me = colleagues.me(shown.gate.actor)
    if me:
        found[me.party] = me
    for one in shown.of("CareTeam"):
        for each in one.body.get("participant", []):
            party = party_of(each.get("member")) or ""
            worker = None if "end" in each.get("period", {}) else worker_of(party)
            if worker:
                found.setdefault(party, worker)
    return [one for one in found.values() if not one.has_left and one.role not in caseload.NOT_CASEHOLDERS]


def _ask(shown: Opened, form: Form) -> Resource | Refusal | None:
    starts = form.day("starts_on")
    if not form.ok:
        return None
    terms = Terms(
        note=form.text("note"),
        starts_on=starts,
        not_told_because=form.text("not_told_because"),
        over_cap_reason=form.text("over_cap_reason"),
    )
    to = worker_of(form.get("to")) if form.get("to") else None
    return handover.offer_charge(shown.gate, person_id=shown.record.id, to=to, terms=terms)


# -- answering --------------------------------------------------------------------------------------------------


@signed_in(*access.PROFESSIONALS)
def answer(request: HttpRequest, task_id: Any) -> HttpResponse:
    """What is asked of me, what I need to know, and yes or no."""
    return _show(request, *_asked(request, str(task_id)), Form())


def _asked(request: HttpRequest, task_id: str) -> tuple[Opened, Resource]:
    """The question, for those who may see it; answered or not."""
    task = access.gate_of(request).read("Task", task_id)
    if task is None or not handover.is_offer(task):
        raise Refused("not there, or not allowed")
    return opened.open_person(request, task.subject), task


def _show(request: HttpRequest, shown: Opened, task: Resource, form: Form) -> HttpResponse:
    offer, gate = handover.offer_of(task), shown.gate
    charge = gate.in_charge([shown.record.id]).get(shown.record.id)
    holder = worker_of(charge.holder) if charge else None
    others = [one for one in _who_can(shown) if one.party != gate.actor.id]
    free = [one for one in others if not holder or one.party != holder.party]
    me = colleagues.me(gate.actor)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "offer": offer,
        "is_mine": offer.to == gate.actor.id and task.body["status"] == "requested",
        "holder": holder.name if holder else "",
        "from_day": wording.long_day(offer.starts_on) if offer.starts_on else "",
        "load": caseload.loads(gate, [me], timezone.localdate())[0] if me else None,
        "deputies": [("", "Choose later"), *((one.party, one.name) for one in others)],
        "next": [("", "Choose"), *([(holder.party, f"Back to {holder.name}")] if holder else []),
                 *((one.party, one.name) for one in free)],
        "form": form,
    }  # fmt: skip
    return render(request, "staff/handover_answer.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
@require_POST
def accept(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I take over”."""
    shown, task = _asked(request, str(task_id))
    form, me = Form(request.POST), colleagues.me(shown.gate.actor)
    if me is None:
        raise Refused("not there, or not allowed")
    deputy = worker_of(form.get("deputy")) if form.get("deputy") else None
    done = handover.accept_charge(
        shown.gate,
        person_id=shown.record.id,
        task_id=task.id,
        by=me,
        deputy=deputy,
        over_cap_reason=form.text("over_cap_reason"),
    )
    if isinstance(done, Refusal):
        return _refused(request, shown, task, form, done)
    flash.done(
        request,
        _accepted_words(shown, done),
        detail=f"{shown.banner.call_name} is told on their own page. Call them too: it is a task of yours.",
    )
    return redirect("in-charge", person_id=shown.record.id)


def _accepted_words(shown: Opened, done: HandedOver) -> str:
    joe = shown.banner.call_name
    if done.charge is None:
        return f"From {wording.long_day(done.starts_on)} you are in charge of {joe}’s care."
    return f"You are now in charge of {joe}’s care."


@signed_in(*access.PROFESSIONALS)
@require_POST
def decline(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I cannot”: why, and who should be asked next."""
    shown, task = _asked(request, str(task_id))
    form = Form(request.POST)
    done = handover.decline_charge(
        shown.gate,
        person_id=shown.record.id,
        task_id=task.id,
        reason=form.text("reason"),
        next_owner=worker_of(form.get("next_owner")) if form.get("next_owner") else None,
    )
    if isinstance(done, Refusal):
        return _refused(request, shown, task, form, done)
    flash.done(
        request, "Your answer is written down. Whoever you named is asked, or has a task that says why."
    )
    return redirect("day")


def _refused(request: HttpRequest, shown: Opened, task: Resource, form: Form, done: Refusal) -> HttpResponse:
    form.fail(done.field or "accept", f"{done.reason.removesuffix('.')}.")
    return _show(request, shown, task, form)


@signed_in(*access.PROFESSIONALS)
@require_POST
def withdraw(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Take the question back."""
    shown, task = _asked(request, str(task_id))
    done = handover.withdraw_offer(shown.gate, person_id=shown.record.id, task_id=task.id)
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "The question is taken back. Nothing has changed.")
    return redirect("in-charge", person_id=shown.record.id)
