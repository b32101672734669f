"""An assessment as a definition: sections and questions, and what counts as an answer; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition

KIND = "assessments"
SHORT = "short-assessment"
NO_ANSWER = {"not-asked": "Not asked", "not-known": "Not known", "declined": "Did not want to say"}


@dataclass(frozen=True)
class Question:
    """One question; `options` are empty for free text, and `is_need` asks whether the help for it is there."""

    id: str
    text: str
    type: str
    options: tuple[str, ...]
    current_for_days: int
    is_need: bool = False


@dataclass(frozen=True)
class Section:
    """Questions that belong together and that one person may answer as a whole."""

    id: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Assessment:
    """One version of an assessment."""

    id: str
    version: str
    title: str
    sections: tuple[Section, ...]

    @property
    def questions(self) -> dict[str, Question]:
        return {question.id: question for section in self.sections for question in section.questions}


@dataclass(frozen=True)
class Answer:
    """What was answered: a value, or one of NO_ANSWER as `none` with why it was not asked.

    `unmet` says that help is needed with this and nobody gives it now.
    """

    value: str = ""
    none: str = ""
    why: str = ""
    unmet: bool = False

    @property
    def words(self) -> str:
        return self.value or NO_ANSWER.get(self.none, "")


@dataclass(frozen=True)
class Fault:
    """A question that is not answered yet, or not rightly, and what to do."""

    question: str
    words: str


def assessment(id: str = SHORT, *, on: date) -> Assessment:
    """The version of an assessment that holds on a day."""
    definition = load_definition(KIND, id, on)
    return Assessment(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        sections=tuple(_section(section) for section in definition.content["section"]),
    )


def _section(section: Mapping[str, Any]) -> Section:
    return Section(
        id=section["id"],
        title=section["title"],
        questions=tuple(
            Question(
                id=question["id"],
                text=question["text"],
                type=question["type"],
                options=tuple(question.get("options", ())),
                current_for_days=int(question["current_for_days"]),
                is_need=bool(question.get("is_need", False)),
            )
            for question in section["question"]
        ),
    )


def faults(form: Assessment, answers: Mapping[str, Answer]) -> tuple[Fault, ...]:
    """Everything that keeps the assessment from being complete, in the order of its questions."""
    found = [
        Fault(id_, "This question is not part of the assessment")
        for id_ in answers
        if id_ not in form.questions
    ]
    for question in form.questions.values():
        words = _fault(question, answers.get(question.id, Answer()))
        if words:
            found.append(Fault(question.id, words))
    return tuple(found)


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
        return f"Answer “{question.text}”, or say why there is no answer"
    if question.options and answer.value not in question.options:
        return f"Choose one of: {', '.join(question.options)}"
    return ""
