"""Telling: a change in someone I look after, my answer to a goal, a volunteer's worry."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.contacts import routing, worries
from careweave.care.plans import publishing
from careweave.care.teams import telling, visits
from careweave.care.teams.telling import Told
from careweave.record import Gate, Refusal, Refused
from careweave.web import access, flash, frame, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.portal.visits import visit_of_mine


def told_by_me(gate: Gate, person_id: str) -> list[Any]:
    """What I asked or told, newest first."""
    return [one for one in telling.told_about(gate, person_id) if one.sender == gate.actor.id]


def sent(request: HttpRequest, done: Told) -> None:
    """Say who answers, and by when."""
    today = timezone.localdate()
    when = "today" if done.by == today else f"by {wording.weekday(done.by)}"
    flash.done(request, f"Sent. {done.name} will answer {when}.")


def failed(form: Form, done: Refusal) -> None:
    """Who cannot be told by page is told by telephone."""
    words = done.reason if done.reason.endswith(".") else f"{done.reason} {frame.brand().help_telephone}."
    form.fail(done.field or "words", words)


@signed_in("carer", portal=True)
def change(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“Tell us about a change in Joe”; it stays on the page until someone answers."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        ticks = [tick for tick in form.many("ticks") if tick in telling.CHANGES]
        done = telling.tell(
            gate,
            person_id=person.id,
            kind="change",
            to=routing.who_answers(gate, person.id),
            words=form.text("words"),
            ticks=ticks,
            today=timezone.localdate(),
        )
        if isinstance(done, Told):
            sent(request, done)
            return redirect("caring-change", person_id=person.id)
        failed(form, done)
    context = {
        "person": person,
        "joe": person.call_name,
        "form": form,
        "changes": [(each, each) for each in telling.CHANGES],
        "asked": told_by_me(gate, person.id),
    }
    return render(request, "portal/change.jinja", context, status=200 if form.ok else 422)


@signed_in("person", portal=True)
@require_POST
def goal_answer(request: HttpRequest, goal_id: Any) -> HttpResponse:
    """“I agree”, “I want to change this” or “I do not understand this”, beside a goal of my plan."""
    gate = access.gate_of(request)
    person_id = own.own_id(request)
    plan = publishing.published_plan(gate, person_id)
    goal = next((one for one in plan.draft.goals if one.id == str(goal_id)), None) if plan else None
    said = telling.PLAN_ANSWERS.get(request.POST.get("said", ""))
    if goal is None or said is None:
        raise Refused("not there, or not allowed")
    done = telling.tell(
        gate,
        person_id=person_id,
        kind="plan-answer",
        to=telling.in_charge_of(gate, person_id),
        words=f"“{goal.words}”",
        ticks=[said],
        goal=goal.id,
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason} {frame.brand().help_telephone}.")
    elif said == telling.PLAN_ANSWERS["agree"]:
        flash.done(request, f"Written down: you agree. {done.name} can read it.")
    else:
        sent(request, done)
    return redirect("my-plan")


@signed_in("person", portal=True)
def my_worry(request: HttpRequest) -> HttpResponse:
    """“Tell us something is wrong”: to the team's manager, by name, until it is answered."""
    return _worry(request, own.own_id(request), "/my")


@signed_in("carer", portal=True)
def carers_worry(request: HttpRequest, person_id: Any) -> HttpResponse:
    """“I am worried about Mam”: to the team's manager, by name, until it is answered."""
    return _worry(request, str(person_id), "/my/caring")


def _worry(request: HttpRequest, person_id: str, back: str) -> HttpResponse:
    gate = access.gate_of(request)
    person, _ = own.opened(gate, person_id)
    form = Form(request.POST if request.method == "POST" else None)
    to = worries.receiver(gate, person.id)
    if request.method == "POST":
        done = worries.worry(gate, person_id=person.id, words=form.text("words"), today=timezone.localdate())
        if isinstance(done, Told):
            flash.done(request, f"{done.name} will answer you by {wording.weekday(done.by)}.")
            return redirect(request.path)
        failed(form, done)
    context = {
        "person": person,
        "joe": person.call_name,
        "is_mine": back == "/my",
        "back": back,
        "name": to.name if to else "",
        "form": form,
        "asked": [one for one in told_by_me(gate, person.id) if one.kind == worries.WORRY],
    }
    return render(request, "portal/worried.jinja", context, status=200 if form.ok else 422)


@signed_in("volunteer")
def worried(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I am worried”: whom to call now, and a few words to a named person."""
    gate = access.gate_of(request)
    visit = visit_of_mine(request, task_id)
    form = Form(request.POST if request.method == "POST" else None)
    asked_by = visits.asked_by(gate, visit.id)
    if request.method == "POST":
        done = telling.tell(
            gate,
            person_id=asked_by.person_id,
            kind="concern",
            to=worries.receiver_of_volunteer(asked_by.party, asked_by.name),
            words=form.text("words"),
            labels=["visit"],
            today=timezone.localdate(),
        )
        if isinstance(done, Told):
            flash.done(request, f"Sent. {done.name} will call you today.")
            return redirect("visits")
        failed(form, done)
    context = {"visit": visit, "form": form, "name": asked_by.name}
    return render(request, "portal/visit_worried.jinja", context, status=200 if form.ok else 422)
