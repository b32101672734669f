"""What an assessment's form holds: each answer as typed, what the page had shown, and keeping it while it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from careweave.care.assessments import drafting
from careweave.care.assessments.asking import asked
from careweave.care.assessments.knowing import Known
from careweave.care.assessments.questions import (
    AND,
    NO_ANSWER,
    NONE,
    Answer,
    Assessment,
    Question,
    Section,
    pounds,
    row_key,
    rows_of,
)
from careweave.care.assessments.reading import known_assessment
from careweave.record import Gate, Refused
from careweave.web import wording
from careweave.web.components.forms import Form
from careweave.web.presenters import assessments as shaped

_NONE = "none:"
_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?\Z")


def keys_of(sections: Iterable[Section]) -> Iterator[tuple[str, Question]]:
    """Every answer that a page of these sections can hold, rows of lists included."""
    for section in sections:
        for question in section.questions:
            if question.formula is None:
                yield question.id, question
            for row in range(question.most_rows):
                for child in question.rows:
                    yield row_key(question, row, child), child


def read_answers(form: Form, sections: Iterable[Section], known: Mapping[str, Known]) -> dict[str, Answer]:
    """The answers as posted, one for each question that the page showed."""
    found: dict[str, Answer] = {}
    for key, question in keys_of(sections):
        if form.get(f"was-{key}"):
            found[key] = _cell(form, question, key) if "." in key else _posted(form, question, known.get(key))
        if form.get(f"still-{key}") and key in known and question.is_list:
            found |= known[key].rows
    return found


def shown_marks(form: Form, sections: Iterable[Section]) -> dict[str, str]:
    """The marks of the answers as the page showed them."""
    return {key: form.get(f"was-{key}") for key, _ in keys_of(sections) if form.get(f"was-{key}")}


def left_out(
    assessment: Assessment, section: Section, answers: Mapping[str, Answer], why: str
) -> dict[str, Answer]:
    """“Not asked”, and why, for every question of a section that has no answer."""
    now = asked(assessment, answers)
    return {
        question.id: Answer(none="not-asked", why=why)
        for question in section.questions
        if question.id in now
        and question.formula is None
        and answers.get(question.id, Answer()).is_blank
        and not rows_of(question, answers)
    }


def _posted(form: Form, question: Question, known: Known | None) -> Answer:
    key = question.id
    none = form.choice(f"n-{key}", NO_ANSWER)
    chosen = form.get(f"a-{key}")
    if chosen.startswith(_NONE):
        none = form.choice(f"a-{key}", [_NONE + each for each in NO_ANSWER]).removeprefix(_NONE)
    value = _value(form, question, key)
    if form.get(f"still-{key}") and known and not value and not none:
        value = known.answer.value
    why = form.text(f"why-{key}") if none == "not-asked" else ""
    return Answer(value, none, why, question.is_need and bool(form.get(f"u-{key}")))


def _cell(form: Form, question: Question, key: str) -> Answer:
    return Answer(_value(form, question, key))


def _value(form: Form, question: Question, key: str) -> str:
    if question.is_list:
        return form.choice(f"a-{key}", (NONE,))
    if question.type == "choice":
        return form.choice(f"a-{key}", question.options)
    if question.type == "choices":
        ticked = form.many(f"a-{key}")
        return AND.join(each for each in question.options if each in ticked)
    return kept_as(question, form.text(f"t-{key}"))


def kept_as(question: Question, typed: str) -> str:
    """An amount, a number or a date as it is kept; what cannot be read stays as typed, so that nothing is lost."""
    plain = typed.replace(",", "").replace(" ", "").removeprefix("£")
    if question.type == "money" and (amount := _AMOUNT.match(plain)):
        whole, rest = amount.groups()
        return pounds(int(whole) * 100 + int((rest or "0").ljust(2, "0")))
    if question.type == "integer" and plain.isascii() and plain.isdigit():
        return str(int(plain))
    if question.type == "date":
        return _day(typed)
    return typed


def _day(typed: str) -> str:
    parts = re.split(r"[\s/.-]+", typed.strip())
    try:
        day, month, year = (int(part) for part in parts)
        return (
            date(day, month, year).isoformat() if len(parts[0]) == 4 else date(year, month, day).isoformat()
        )
    except ValueError:
        return typed


def as_typed(question: Question, value: str) -> str:
    """A kept value as its field shows it."""
    if question.type == "date":
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day.day} {day.month} {day.year}"
    return value.removeprefix("£") if question.type == "money" else value


# -- keeping what is typed --------------------------------------------------------------------------------------


def form_named(form_id: str, section_id: str, today: date) -> tuple[Assessment, Section | None]:
    """The form and section of an address; a name that is none is not there."""
    form = known_assessment(form_id, on=today)
    section = form.section(section_id) if form and section_id else None
    if form is None or (section_id and section is None):
        raise Refused("not there, or not allowed")
    return form, section


def save_as_typed(
    gate: Gate, request: HttpRequest, person_id: str, form_id: str, section_id: str = ""
) -> HttpResponse:
    """Keep what was typed so far, and say who else is writing."""
    form_, section = form_named(form_id, section_id, timezone.localdate())
    sections = (section,) if section else form_.sections
    typed = Form(request.POST)
    saved = drafting.save_answers(
        gate,
        person_id=person_id,
        answers=read_answers(typed, sections, {}),
        seen=shown_marks(typed, sections),
        form_id=form_.id,
    )
    if saved.clashes:
        name = saved.clashes[0].name
        return JsonResponse({"text": f"{name} saved first. Select Save to see both."}, status=409)
    at = saved.draft.saved_at if saved.draft else timezone.now()
    others = shaped.writers(drafting.writing_now(form_, saved.draft, gate.actor.id, timezone.now()))
    return JsonResponse({"text": " ".join((f"Saved at {wording.clock(at)}.", *others)).removesuffix(".")})
