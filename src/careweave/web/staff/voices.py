"""The staff survey: two minutes, once a round; nobody can lead answers back to who gave them (ADR 21)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.definitions.survey_definition import load_survey
from careweave.identity import voices
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form


@signed_in(*access.PROFESSIONALS)
def survey(request: HttpRequest) -> HttpResponse:
    """The questions of the round that is open, and the one answer that everyone who works here can give."""
    gate, form, today = access.gate_of(request), Form(request.POST), timezone.localdate()
    waiting = voices.open_for(gate.actor.id, today)
    if request.method == "POST":
        asked = form.get("round")
        given = {name.removeprefix("q-"): form.get(name) for name in request.POST if name.startswith("q-")}
        refusal = voices.answer(asked, by=gate.actor.id, answers=given, today=today)
        if not isinstance(refusal, Refusal):
            flash.done(request, "Thank you. Your answers are kept without your name.")
            return redirect("day")
        form.fail(f"q-{refusal.field}" if refusal.field else "round", refusal.reason)
    found = load_survey(waiting.survey, waiting.opened_on) if waiting else None
    return render(request, "staff/voices.jinja", {"round": waiting, "survey": found, "form": form})
