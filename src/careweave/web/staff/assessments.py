"""The short assessment: one form, kept as typed and by several at once, and its page for reading (requirement B08)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.assessments import completing, drafting
from careweave.care.assessments.completing import NotComplete
from careweave.care.assessments.drafting import Clash
from careweave.care.assessments.questions import assessment
from careweave.record import Draft, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import assessments as shaped
from careweave.web.staff import assessment_forms, opened
from careweave.web.staff.opened import Opened

MAY_ASSESS = frozenset(("team", "coordinator"))


@signed_in(*access.PROFESSIONALS)
def form(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The form: shown from its draft and what is known, kept at each “Save”, checked at “Complete”."""
    shown = opened.open_person(request, str(person_id))
    if not shown.record.kinds & MAY_ASSESS:
        raise Refused("not there, or not allowed")
    if request.method != "POST":
        return _show(request, shown, Form())
    typed = Form(request.POST)
    clashes = _kept(shown, typed)[1] if typed.ok else ()
    if clashes or not typed.ok:
        return _show(request, shown, typed, clashes)
    if request.POST.get("later"):
        flash.done(request, "Saved. You can go on with it at any time.")
        return redirect("person", person_id=shown.record.id)
    return _complete(request, shown, typed)


def _kept(shown: Opened, typed: Form) -> tuple[Draft, Sequence[Clash]]:
    today = timezone.localdate()
    questions = assessment(on=today)
    known = completing.already_known(shown.gate, shown.record.id, on=today)
    saved = drafting.save_answers(
        shown.gate,
        person_id=shown.record.id,
        answers=assessment_forms.read_answers(typed, questions, known),
        seen=assessment_forms.shown_marks(typed, questions),
    )
    return saved.draft, saved.clashes


def _complete(request: HttpRequest, shown: Opened, typed: Form) -> HttpResponse:
    today = timezone.localdate()
    done = completing.complete(shown.gate, person_id=shown.record.id, today=today)
    if isinstance(done, NotComplete):
        questions = assessment(on=today).questions
        for fault in done.faults:
            question = questions.get(fault.question)
            typed.fail(shaped.anchor(question) if question else "maincontent", f"{fault.words.rstrip('.')}.")
        return _show(request, shown, typed)
    flash.done(request, "The assessment is complete. The team can read it now.")
    return redirect("assessment-read", person_id=shown.record.id, response_id=done.id)


def _show(request: HttpRequest, shown: Opened, typed: Form, clashes: Sequence[Clash] = ()) -> HttpResponse:
    today = timezone.localdate()
    questions = assessment(on=today)
    answers, saved = drafting.draft_answers(shown.gate, shown.record.id)
    known = completing.already_known(shown.gate, shown.record.id, on=today)
    if typed.data:
        answers |= assessment_forms.read_answers(Form(request.POST), questions, known)
    for clash in clashes:
        question = questions.questions[clash.question]
        words = f"{clash.name} answered this at {wording.clock(clash.at)} while you were writing. Choose the answer to keep."
        typed.fail(shaped.anchor(question), words)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "title": questions.title,
        "sections": shaped.asked(questions, answers, known, clashes),
        "without": shaped.WITHOUT,
        "form": typed,
        "saved": f"Saved at {wording.clock(saved.saved_at)}" if saved else "",
    }
    return render(request, "staff/assessment.jinja", context, status=200 if typed.ok else 422)


@signed_in(*access.PROFESSIONALS)
@require_POST
def autosave(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Answers as typed; never over the answer of someone else, who is named."""
    gate, today = access.gate_of(request), timezone.localdate()
    typed, questions = Form(request.POST), assessment(on=today)
    saved = drafting.save_answers(
        gate,
        person_id=str(person_id),
        answers=assessment_forms.read_answers(typed, questions, {}),
        seen=assessment_forms.shown_marks(typed, questions),
    )
    if saved.clashes:
        name = saved.clashes[0].name
        return JsonResponse({"text": f"{name} saved first. Select Save to see both."}, status=409)
    return JsonResponse({"text": f"Saved at {wording.clock(saved.draft.saved_at)}"})


@signed_in(*access.PROFESSIONALS)
def read(request: HttpRequest, person_id: Any, response_id: Any) -> HttpResponse:
    """A completed assessment, with the ones before it."""
    shown = opened.open_person(request, str(person_id))
    found = completing.completed(shown.gate, shown.record.id)
    one = next((each for each in found if each.id == str(response_id)), None)
    if one is None:
        raise Refused("not there, or not allowed")
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "one": shaped.read(one),
        "others": [shaped.read(each) for each in found if each.id != one.id],
        "can_write": bool(shown.record.kinds & MAY_ASSESS),
    }
    return render(request, "staff/assessment_read.jinja", context)
