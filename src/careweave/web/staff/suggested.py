"""Suggested people: “Take on” and “Not now”; nothing happens until someone chooses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.finding import answers, overriding
from careweave.care.finding.proposing import Proposal, proposals
from careweave.care.teams import enrolment, worklists
from careweave.care.teams.staff_facts import worker_of
from careweave.record import Gate, Refusal, Refused, Resource
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import day
from careweave.web.staff import colleagues, opened
from careweave.web.staff.opened import Opened


def suggestion(gate: Gate, task_id: str) -> Resource:
    """The suggestion, when this actor may read it; it may have been answered in the meantime."""
    task = gate.read("Task", task_id)
    if task is None or not enrolment.has_suggested(task):
        raise Refused("not there, or not allowed")
    return task


def _waits(task: Resource) -> bool:
    return task.body["status"] in ("requested", "received")


def _answered_already(request: HttpRequest, task: Resource) -> HttpResponse:
    """A colleague was quicker: what they answered stands on the person's page."""
    shown = opened.open_person(request, task.subject)
    flash.note(request, f"Someone has already answered for {shown.banner.call_name}.")
    return redirect("person", person_id=shown.record.id)


@signed_in(*access.PROFESSIONALS)
def take_on(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Start coordinated care with me in charge; over the limit it needs a reason."""
    gate = access.gate_of(request)
    task = suggestion(gate, str(task_id))
    if not _waits(task):
        return _answered_already(request, task)
    shown = opened.open_person(request, task.subject)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_taken_on(gate, shown, form):
        words = f"You are now in charge of {shown.banner.call_name}’s care."
        undo = f"/people/{shown.record.id}/take-on/undo"
        flash.done(request, words, undo=undo, detail="Next: bring the team together, and write the plan.")
        return redirect("person", person_id=shown.record.id)
    found = worklists.suggestion_of(task)
    placed = _proposals(gate, task)
    mates = [(one.party, one.name) for one in colleagues.colleagues(gate.actor)]
    context = {
        "person": shown.banner,
        "form": form,
        "because": day.because(found),
        "task_id": task.id,
        "not_known": ", ".join(found.not_known),
        "deputies": [("", "Choose later"), *mates],
        "could_help": "; ".join(found.could_help),
        "others": [one for one in placed if one.worker.party != gate.actor.id],
        "mine": next((one.because for one in placed if one.worker.party == gate.actor.id), ""),
    }
    return render(request, "staff/take_on.jinja", context, status=200 if form.ok else 422)


def _proposals(gate: Gate, task: Resource) -> tuple[Proposal, ...]:
    """Who is best placed, whoever is asking."""
    return proposals(
        gate, task=task, entries=gate.about(task.subject, ["Patient"]), today=timezone.localdate()
    )


@signed_in(*access.PROFESSIONALS)
def ask_colleague(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Ask a colleague who is better placed: the suggestion waits on their My day, and they answer it."""
    gate = access.gate_of(request)
    task = suggestion(gate, str(task_id))
    if not _waits(task):
        return _answered_already(request, task)
    form = Form(request.POST if request.method == "POST" else None)
    to = next((one.worker for one in _proposals(gate, task) if one.worker.party == form.get("to")), None)
    if request.method != "POST" or to is None:
        return redirect("take-on", task_id=task.id)
    done = worklists.pass_to(gate, task_id=task.id, version=task.version, to=to)
    if isinstance(done, Refusal):
        flash.done(request, f"{done.reason.removesuffix('.')}.")
        return redirect("take-on", task_id=task.id)
    flash.done(request, f"{to.name} is asked. It waits for an answer on {to.name}’s My day.")
    return redirect("/day?show=suggested")


def _is_taken_on(gate: Gate, shown: Opened, form: Form) -> bool:
    """Whether it was done; else the reason is in the form."""
    me = colleagues.me(gate.actor)
    if me is None:
        raise Refused("not there, or not allowed")
    done = enrolment.take_on(
        gate,
        person_id=shown.record.id,
        coordinator=me,
        deputy=worker_of(form.get("deputy")),
        over_cap_reason=form.text("over_cap_reason"),
    )
    if isinstance(done, Refusal):
        form.fail(done.field or "over_cap_reason", f"{done.reason.removesuffix('.')}.")
        return False
    return True


@signed_in(*access.PROFESSIONALS)
def not_now(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Not now: why, and until when; the finder does not suggest the person again before that day."""
    gate = access.gate_of(request)
    task = suggestion(gate, str(task_id))
    if not _waits(task):
        return _answered_already(request, task)
    shown = opened.open_person(request, task.subject)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form.get("again") == "never":
            return _left_out(request, gate, task, shown, form)
        until = form.day("until", "Enter until when.")
        own = form.choice("whose", ("team", "person"), "Choose whose answer this is.") == "person"
        done = answers.decline(gate, task=task.id, reason=form.text("reason"), until=until, is_own_wish=own,
                               today=timezone.localdate()) if form.ok and until else None  # fmt: skip
        if done is not None and not isinstance(done, Refusal):
            flash.done(
                request, f"{shown.banner.call_name} is not suggested again before {wording.day(done.until)}."
            )
            return redirect("/day?show=suggested")
        if isinstance(done, Refusal):
            form.fail(done.field or "reason", done.reason if done.reason.endswith(".") else f"{done.reason}.")
    return _asked_why(request, task, shown, form)


def _left_out(request: HttpRequest, gate: Gate, task: Resource, shown: Opened, form: Form) -> HttpResponse:
    """The list is wrong about them: it does not name them again until a colleague does."""
    done = overriding.leave_out(gate, task=task.id, reason=form.text("reason"))
    if isinstance(done, Refusal):
        form.fail(done.field or "reason", f"{done.reason.removesuffix('.')}.")
        return _asked_why(request, task, shown, form)
    flash.done(request, f"{shown.banner.call_name} is not suggested again until a colleague does.")
    return redirect("/day?show=suggested")


def _asked_why(request: HttpRequest, task: Resource, shown: Opened, form: Form) -> HttpResponse:
    found = worklists.suggestion_of(task)
    context = {"person": shown.banner, "form": form, "because": day.because(found)}
    return render(request, "staff/not_now.jinja", context, status=200 if form.ok else 422)
