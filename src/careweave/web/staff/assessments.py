"""Assessments: one form at a time, kept as typed and by several at once, and the pages for reading (requirement B08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.assessments import completing, drafting, knowing
from careweave.care.assessments.checking import Fault, wrong_values
from careweave.care.assessments.completing import NotComplete
from careweave.care.assessments.drafting import Clash, Saved
from careweave.care.assessments.knowing import Known
from careweave.care.assessments.questions import SHORT, Assessment, Section
from careweave.record import Draft, Gate, Refused
from careweave.web import access, assessment_forms, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import assessments as shaped
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

MAY_ASSESS = frozenset(("team", "coordinator"))


@dataclass(frozen=True)
class Page:
    """The form, or the one section of a long form, that a page shows; None is the list of its sections."""

    shown: Opened
    form: Assessment
    section: Section | None
    today: date

    @property
    def sections(self) -> tuple[Section, ...]:
        return (self.section,) if self.section else self.form.sections if self.form.is_short else ()

    @property
    def address(self) -> str:
        base = f"/people/{self.shown.record.id}"
        if self.form.id == SHORT:
            return f"{base}/assessment"
        return f"{base}/assess/{self.form.id}"

    def address_of(self, key: str) -> str:
        """Where an error of this answer leads to."""
        question, section = self.form.question_at(key), self.form.section_of(key)
        if question is None or section is None:
            return "#maincontent"
        page = "" if self.form.is_short or section == self.section else f"{self.address}/{section.id}"
        return f"{page}#{shaped.anchor(question, key)}"


@signed_in(*access.PROFESSIONALS)
def form(request: HttpRequest, person_id: Any, form_id: str = SHORT, section_id: str = "") -> HttpResponse:
    """The form: shown from its draft and what is known, kept at each “Save”, checked at “Complete”."""
    today = timezone.localdate()
    shown = opened.open_person(request, str(person_id))
    if not shown.record.kinds & MAY_ASSESS:
        raise Refused("not there, or not allowed")
    page = Page(shown, *assessment_forms.form_named(form_id, section_id, today), today)
    if request.method != "POST":
        return _show(request, page, Form())
    typed = Form(request.POST)
    saved, wrong = _kept(page, typed) if page.sections and typed.ok else (None, ())
    for fault in wrong:
        typed.fail(page.address_of(fault.question).removeprefix("#"), f"{fault.words}.")
    if (saved and saved.clashes) or not typed.ok:
        return _show(request, page, typed, saved.clashes if saved else ())
    if request.POST.get("later"):
        flash.done(request, "Saved. You can go on with it at any time.")
        return redirect("person", person_id=shown.record.id)
    return redirect(_next(page)) if page.section else _complete(request, page, typed)


def _next(page: Page) -> str:
    """The section after this one, or the list of them after the last."""
    assert page.section is not None
    at = page.form.sections.index(page.section) + 1
    later = page.form.sections[at].id if at < len(page.form.sections) else ""
    return f"{page.address}/{later}" if later else page.address


def _kept(page: Page, typed: Form) -> tuple[Saved, tuple[Fault, ...]]:
    """Save what was typed; what cannot be right is kept too, and told."""
    gate, person_id = page.shown.gate, page.shown.record.id
    known = known_to(gate, person_id, page.form, page.today)
    answers = assessment_forms.read_answers(typed, page.sections, known)
    why = typed.text("leave-out")
    if why and page.section:
        draft, _ = drafting.draft_answers(gate, person_id, page.form.id)
        every = {**knowing.every_answer(known, draft), **answers}
        answers |= assessment_forms.left_out(page.form, page.section, every, why)
    saved = drafting.save_answers(
        gate,
        person_id=person_id,
        answers=answers,
        seen=assessment_forms.shown_marks(typed, page.sections),
        form_id=page.form.id,
    )
    return saved, wrong_values(page.form, answers)


def known_to(gate: Gate, person_id: str, form: Assessment, today: date) -> dict[str, Known]:
    """What need not be asked again."""
    return knowing.already_known(gate, person_id, on=today, form=form)


def _complete(request: HttpRequest, page: Page, typed: Form) -> HttpResponse:
    person_id = page.shown.record.id
    done = completing.complete(page.shown.gate, person_id=person_id, today=page.today, form_id=page.form.id)
    if isinstance(done, NotComplete):
        for fault in done.faults:
            typed.fail(page.address_of(fault.question).removeprefix("#"), f"{fault.words.rstrip('.')}.")
        return _show(request, page, typed)
    flash.done(request, "The assessment is complete. The team can read it now.")
    return redirect("assessment-read", person_id=person_id, response_id=done.id)


def _show(request: HttpRequest, page: Page, typed: Form, clashes: Sequence[Clash] = ()) -> HttpResponse:
    gate, person_id = page.shown.gate, page.shown.record.id
    answers, saved = drafting.draft_answers(gate, person_id, page.form.id)
    known = known_to(gate, person_id, page.form, page.today)
    if typed.data and page.sections:
        answers |= assessment_forms.read_answers(Form(request.POST), page.sections, known)
    for clash in clashes:
        words = f"{clash.name} answered this at {wording.clock(clash.at)} while you were writing. Choose the answer to keep."
        typed.fail(page.address_of(clash.question).removeprefix("#"), words)
    names, authors = directory.sources().names, _authors(page, saved)
    every = shaped.asked(page.form, answers, known, clashes, names=names, authors=authors)
    context = {
        "person": page.shown.banner,
        "joe": page.shown.banner.call_name,
        "form_of": page.form,
        "title": page.section.title if page.section else page.form.title,
        "address": page.address,
        "every": every,
        "sections": [one for one in every if one.id in {each.id for each in page.sections}],
        "section": page.section,
        "without": shaped.WITHOUT,
        "as_typed": assessment_forms.as_typed,
        "form": typed,
        "saved": f"Saved at {wording.clock(saved.saved_at)}" if saved else "",
        "writers": shaped.writers(drafting.writing_now(page.form, saved, gate.actor.id, timezone.now())),
    }
    template = "staff/assessment.jinja" if page.sections else "staff/assessment_sections.jinja"
    return render(request, template, context, status=200 if typed.ok else 422)


def _authors(page: Page, saved: Draft | None) -> dict[str, str]:
    """Who wrote in each section last, and when."""
    found = drafting.section_authors(page.form, saved)
    return {id_: f"{name}, {wording.moment(at)}" for id_, (name, at) in found.items()}


@signed_in(*access.PROFESSIONALS)
@require_POST
def autosave(
    request: HttpRequest, person_id: Any, form_id: str = SHORT, section_id: str = ""
) -> HttpResponse:
    """Answers as typed; never over the answer of someone else, who is named."""
    return assessment_forms.save_as_typed(
        access.gate_of(request), request, str(person_id), form_id, section_id
    )
