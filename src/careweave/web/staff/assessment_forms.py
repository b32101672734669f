"""What the assessment's form holds: each answer as typed, and what the page had shown when it was typed."""

from __future__ import annotations

from collections.abc import Mapping

from careweave.care.assessments.completing import Known
from careweave.care.assessments.questions import NO_ANSWER, Answer, Assessment, Question
from careweave.web.components.forms import Form

_NONE = "none:"


def read_answers(form: Form, assessment: Assessment, known: Mapping[str, Known]) -> dict[str, Answer]:
    """The answers as posted, one for each question that the page showed."""
    return {
        id_: _posted(form, question, known.get(id_))
        for id_, question in assessment.questions.items()
        if form.get(f"was-{id_}")
    }


def _posted(form: Form, question: Question, known: Known | None) -> Answer:
    chosen = form.get(f"a-{question.id}")
    none = form.choice(f"n-{question.id}", NO_ANSWER)
    if chosen.startswith(_NONE):
        none = form.choice(f"a-{question.id}", [_NONE + each for each in NO_ANSWER]).removeprefix(_NONE)
    value = (
        form.text(f"t-{question.id}")
        if not question.options
        else form.choice(f"a-{question.id}", question.options)
    )
    if form.get(f"still-{question.id}") and known and not value and not none:
        value = known.answer.value
    why = form.text(f"why-{question.id}") if none == "not-asked" else ""
    return Answer(value, none, why, question.is_need and bool(form.get(f"u-{question.id}")))


def shown_marks(form: Form, assessment: Assessment) -> dict[str, str]:
    """The marks of the answers as the page showed them."""
    return {id_: form.get(f"was-{id_}") for id_ in assessment.questions if form.get(f"was-{id_}")}
