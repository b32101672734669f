"""What is said about the plan on the staff side: read with it, answered below, or taken in word for word."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import voices
from careweave.care.teams import telling
from careweave.record import Gate, Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form


def said_context(gate: Gate, person_id: str) -> dict[str, Any]:
    """What every page of the plan shows of what was said: `said_of(part, goal)` finds it."""
    found = voices.voices(gate, person_id)
    return {
        "said": found,
        "said_of": lambda part, goal="": voices.of_part(found, part, goal),
        "own_answer": lambda version: voices.own_answer(found, person_id, version),
    }


@signed_in(*access.PROFESSIONALS)
@require_POST
def add(request: HttpRequest, person_id: Any) -> HttpResponse:
    """A professional's own words below a part, which nobody else changes."""
    form = Form(request.POST)
    done = voices.say(
        access.gate_of(request),
        person_id=str(person_id),
        said="comment",
        words=form.text("words"),
        part=form.get("part"),
        goal=form.get("goal"),
        today=timezone.localdate(),
    )
    _tell(request, done, "Written below, in your name.")
    return redirect("plan", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def answer(request: HttpRequest, person_id: Any, message_id: Any) -> HttpResponse:
    """“Put in the plan” in the words of whoever said it, or an answer below."""
    gate, form = access.gate_of(request), Form(request.POST)
    if form.get("take"):
        _tell(
            request,
            voices.take_into_plan(gate, person_id=str(person_id), message_id=str(message_id)),
            "It is in the draft, word for word. Say who does what, then publish.",
        )
        return redirect("plan-edit", person_id=person_id)
    done = telling.answer(
        gate,
        message_id=str(message_id),
        version=form.whole("version"),
        words=form.text("words"),
    )
    _tell(request, done, "Answered.")
    return redirect("plan", person_id=person_id)


def _tell(request: HttpRequest, done: object, words: str) -> None:
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, words)
