"""“How are you managing?”: the carer's own assessment, answered by the carer, kept on the carer's own record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.assessments import carers, drafting, knowing
from careweave.care.assessments.checking import wrong_values
from careweave.care.assessments.completing import NotComplete
from careweave.care.assessments.drafting import Clash
from careweave.care.assessments.questions import Assessment
from careweave.care.assessments.reading import assessment
from careweave.care.teams import telling
from careweave.care.teams.telling import Recipient
from careweave.record import Gate, Refusal
from careweave.record.acting import CARER
from careweave.web import access, assessment_forms, directory, flash, frame, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import assessments as shaped


def own_gate(request: HttpRequest) -> Gate:
    """The signed-in person's gate to their own record, also while they look after someone else."""
    gate = access.gate_of(request)
    return Gate(replace(gate.actor, role="person"), access.purpose_of("person"))


@signed_in("carer", "person", portal=True)
def managing(request: HttpRequest) -> HttpResponse:
    """The questions, kept as typed; sent when the carer says so, whatever was left empty."""
    gate, today = own_gate(request), timezone.localdate()
    questions = assessment(carers.FORM, on=today)
    typed = Form(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, gate, questions, typed)
    clashes = _keep(gate, questions, typed)
    if clashes or not typed.ok:
        return _show(request, gate, questions, typed, clashes)
    if request.POST.get("later"):
        flash.done(request, "Saved. You can go on with it at any time.")
        return redirect(access.home_of(access.gate_of(request).actor.role))
    return _send(request, gate, questions, typed)


def _keep(gate: Gate, questions: Assessment, typed: Form) -> tuple[Clash, ...]:
    me = gate.actor.id.partition(":")[2]
    known = knowing.already_known(gate, me, on=timezone.localdate(), form=questions)
    answers = assessment_forms.read_answers(typed, questions.sections, known)
    saved = drafting.save_answers(
        gate,
        person_id=me,
        answers=answers,
        seen=assessment_forms.shown_marks(typed, questions.sections),
        form_id=carers.FORM,
    )
    for fault in wrong_values(questions, answers):
        question = questions.question_at(fault.question)
        typed.fail(shaped.anchor(question, fault.question) if question else "maincontent", f"{fault.words}.")
    return saved.clashes


def _send(request: HttpRequest, gate: Gate, questions: Assessment, typed: Form) -> HttpResponse:
    done = carers.send_own(gate, today=timezone.localdate(), looked_after_by=_in_charge_of_joe(request))
    if isinstance(done, NotComplete):
        for fault in done.faults:
            question = questions.question_at(fault.question)
            typed.fail(
                shaped.anchor(question, fault.question) if question else "maincontent", f"{fault.words}."
            )
        return _show(request, gate, questions, typed)
    if isinstance(done, Refusal):
        typed.fail("maincontent", f"{done.reason} {frame.brand().help_telephone}.")
        return _show(request, gate, questions, typed)
    flash.done(request, _who_answers(done))
    return redirect("managing")


def _who_answers(done: carers.Sent) -> str:
    if done.told:
        return f"Sent. {done.told.name} will answer you by {wording.weekday(done.told.by)}."
    if done.asked:
        return f"Sent. {done.asked} is asked to call you about help for you."
    return f"Kept. To talk to someone about help for you, call {frame.brand().help_telephone}."


def _in_charge_of_joe(request: HttpRequest) -> Recipient | None:
    """Who looks after the person this carer cares for: the one to ask, if nobody is in charge of the carer."""
    gate = access.gate_of(request)
    found = (telling.in_charge_of(gate, one) for one in gate.people_with(CARER))
    return next((one for one in found if one), None)


def _show(
    request: HttpRequest, gate: Gate, questions: Assessment, typed: Form, clashes: tuple[Clash, ...] = ()
) -> HttpResponse:
    me = gate.actor.id.partition(":")[2]
    answers, saved = drafting.draft_answers(gate, me, carers.FORM)
    known = knowing.already_known(gate, me, on=timezone.localdate(), form=questions)
    if typed.data:
        answers |= assessment_forms.read_answers(Form(request.POST), questions.sections, known)
    for clash in clashes:
        question = questions.question_at(clash.question)
        words = f"{clash.name} answered this at {wording.clock(clash.at)} while you were writing. Choose the answer to keep."
        typed.fail(shaped.anchor(question, clash.question) if question else "maincontent", words)
    done = knowing.completed(gate, me, carers.FORM)
    context: dict[str, Any] = {
        "sections": shaped.asked(questions, answers, known, clashes, names=directory.sources().names),
        "without": (),
        "as_typed": assessment_forms.as_typed,
        "form": typed,
        "saved": f"Saved at {wording.clock(saved.saved_at)}" if saved else "",
        "sent_on": wording.day(done[0].body["authored"]) if done else "",
        "back": access.home_of(access.gate_of(request).actor.role),
    }
    return render(request, "portal/managing.jinja", context, status=200 if typed.ok else 422)


@signed_in("carer", "person", portal=True)
@require_POST
def autosave(request: HttpRequest) -> HttpResponse:
    """The carer's words as typed."""
    gate = own_gate(request)
    return assessment_forms.save_as_typed(gate, request, gate.actor.id.partition(":")[2], carers.FORM)
