"""What keeps an assessment from being complete: each question answered, or why not, in its own kind of value; pure.

The same rules run again on the server for every assessment, whoever filled it in and however it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .asking import as_day, asked, number
from .questions import (
    AND,
    NO_ANSWER,
    NONE,
    NUMBERS,
    Answer,
    Answers,
    Assessment,
    Question,
    row_answers,
    row_key,
)

LONGEST = 10_000


@dataclass(frozen=True)
class Fault:
    """A question that is not answered yet, or not rightly, and what to do; `question` is the answer's key."""

    question: str
    words: str


def faults(form: Assessment, answers: Answers) -> tuple[Fault, ...]:
    """Everything that keeps the assessment from being complete, in the order of its questions."""
    found = [
        Fault(key, "This question is not part of the assessment")
        for key in answers
        if form.question_at(key) is None
    ]
    for question in asked(form, answers).values():
        found += _faults_of(question, answers)
    return tuple(found)


def wrong_values(form: Assessment, answers: Mapping[str, Answer]) -> tuple[Fault, ...]:
    """Only what is answered and cannot be right: told at once, while blanks may wait until the end."""
    return tuple(
        Fault(key, words)
        for key, answer in answers.items()
        if (question := form.question_at(key)) and answer.value and (words := _wrong(question, answer.value))
    )


def _faults_of(question: Question, answers: Answers) -> Iterator[Fault]:
    answer = answers.get(question.id, Answer())
    rows = list(row_answers(question, answers)) if question.is_list else []
    if rows and (answer.value or answer.none):
        yield Fault(question.id, "There are entries below: clear them, or do not say that there is none")
    elif not rows:
        words = _fault(question, answer)
        if words:
            yield Fault(question.id, words)
    for row, cells in rows:
        for child, cell in cells:
            words = _fault(child, cell)
            if words:
                yield Fault(row_key(question, row, child), words)


def _fault(question: Question, answer: Answer) -> str:
    if answer.value and answer.none:
        return "Give an answer, or say why there is none, not both"
    if answer.none == "not-asked" and not answer.why.strip():
        return "Say why this was not asked"
    if answer.unmet and not question.is_need:
        return "This question asks for no help"
    if answer.none:
        return "" if answer.none in NO_ANSWER else "Choose why there is no answer"
    if not answer.value.strip():
        return _blank(question)
    return _wrong(question, answer.value)


def _blank(question: Question) -> str:
    # What is worked out has no answer while its parts have none: they say why, not the sum.
    if not question.is_required or question.formula:
        return ""
    if question.is_list:
        return f"Write an entry for “{question.text}”, or say that there is none"
    return f"Answer “{question.text}”, or say why there is no answer"


def _wrong(question: Question, value: str) -> str:
    if question.is_list:
        return "" if value == NONE else "Choose “None”, or write an entry"
    if question.type in NUMBERS:
        return _wrong_number(question, value)
    if question.type == "date":
        return "" if as_day(value) else f"‘{value}’ is not a date. For example: 27 3 2027"
    chosen = value.split(AND) if question.type == "choices" else [value]
    if question.options and not set(chosen) <= set(question.options):
        return f"Choose one of: {', '.join(question.options)}"
    if len(value) > LONGEST:
        return f"This is {len(value):,} letters long. Keep it under {LONGEST:,}"
    return ""


def _wrong_number(question: Question, value: str) -> str:
    found = number(question, value)
    if found is None:
        if question.type == "money":
            return f"‘{value}’ is not an amount of money. For example: 134.50"
        return f"‘{value}’ is not a whole number. For example: 3"
    if question.formula:
        return ""
    if question.least is not None and found < question.least:
        return f"This must be {question.least} or more"
    if question.most is not None and found > question.most:
        return f"This must be {question.most} or less"
    return ""
