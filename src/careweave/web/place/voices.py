"""Rounds of the staff survey: opened and closed by an analyst or the manager of a team, each with its dates."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.definitions.survey_definition import load_survey
from careweave.identity import voices
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.place.scorecards import READERS


@signed_in(*READERS)
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round, and the form that opens one for those who may."""
    gate, form, today = access.gate_of(request), Form(request.POST), timezone.localdate()
    if request.method == "POST":
        made = voices.open_round(
            role=gate.actor.role, by=gate.actor.id, closes_on=form.day("closes"), today=today
        )
        if not isinstance(made, Refusal):
            flash.done(
                request,
                f"Opened: {wording.people(made.asked)} are asked on My day until {wording.day(made.closes_on)}",
            )
            return redirect("staff-rounds")
        form.fail(made.field or "closes", made.reason)
    return _shown(request, form)


@signed_in(*READERS)
def close(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Nobody answers any more."""
    gate = access.gate_of(request)
    if request.method != "POST":
        return redirect("staff-rounds")
    form = Form()
    done = voices.close_round(
        str(round_id), role=gate.actor.role, by=gate.actor.id, today=timezone.localdate()
    )
    if isinstance(done, Refusal):
        form.fail("rounds", done.reason)
        return _shown(request, form)
    flash.done(request, "Closed. The results are counted tonight.")
    return redirect("staff-rounds")


def _shown(request: HttpRequest, form: Form) -> HttpResponse:
    gate, today = access.gate_of(request), timezone.localdate()
    found = voices.rounds()
    context = {
        "rounds": [(one, one.is_open(today)) for one in found],
        "is_open": any(one.is_open(today) for one in found),
        "may_open": voices.may_open(gate.actor.role, gate.actor.id),
        "survey": load_survey(voices.SURVEY, today),
        "form": form,
    }
    return render(request, "place/voices.jinja", context)
