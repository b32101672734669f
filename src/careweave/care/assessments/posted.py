"""An assessment that another program filled in: checked against its definition like one that was typed here; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from careweave.definitions import all_definitions

from .asking import worked_out
from .checking import faults, wrong_values
from .fhir import answers_in, definition_named
from .questions import CHOICES, NUMBERS, Answers, Assessment, Question
from .reading import KINDS, read_assessment

# While it is being filled in, blanks may wait; what is there must be right already.
FINISHED = ("completed", "amended")


@dataclass(frozen=True)
class PostedFault:
    """What is wrong with which item; an empty `link` is about the response as a whole."""

    link: str
    words: str


def posted_faults(response: Mapping[str, Any]) -> tuple[PostedFault, ...]:
    """Everything wrong with a response to one of our assessments; nothing for one that answers something else."""
    id_, version = definition_named(dict(response))
    every = [each for kind in KINDS for each in all_definitions(kind) if each.id == id_]
    if not every or response.get("status") == "entered-in-error":
        return ()
    named = next((each for each in every if each.version == version), None)
    if named is None:
        known = ", ".join(sorted({each.version for each in every}))
        return (PostedFault("", f"“{version}” is no version of {id_}; these are: {known}"),)
    form = read_assessment(named)
    found = [*_of_shape(form, response)]
    if not found:
        found = [*_of_answers(form, response)]
    return tuple(found)


def _of_shape(form: Assessment, response: Mapping[str, Any]) -> Iterator[PostedFault]:
    """Items that are not where the Questionnaire has them, and values of another type."""
    if not response.get("authored"):
        yield PostedFault("", "“authored” is missing: say when it was answered")
    for section in response.get("item", []):
        link = str(section.get("linkId", ""))
        held = form.section(link)
        if held is None:
            yield PostedFault(link, "This section is not part of the assessment")
            continue
        for item in section.get("item", []):
            question = next((each for each in held.questions if each.id == item.get("linkId")), None)
            if question is None:
                yield PostedFault(str(item.get("linkId", "")), f"This question is not part of “{held.title}”")
            else:
                yield from _of_item(question, item)


def _of_item(question: Question, item: Mapping[str, Any]) -> Iterator[PostedFault]:
    if item.get("item") and not question.is_list:
        yield PostedFault(question.id, "This question has no entries below it")
        return
    for cell in item.get("item", []):
        link = str(cell.get("linkId", ""))
        child = next((each for each in question.rows if f"{question.id}.{each.id}" == link), None)
        if child is None:
            yield PostedFault(link, f"This question is not part of “{question.text}”")
        else:
            yield from _of_values(child, link, cell)
    if not question.is_list:
        yield from _of_values(question, question.id, item)


def _of_values(question: Question, link: str, item: Mapping[str, Any]) -> Iterator[PostedFault]:
    answers = item.get("answer", [])
    if len(answers) > 1 and question.type != "choices":
        yield PostedFault(link, "This question takes one answer")
    wanted = _value_of(question)
    for each in answers:
        coded = each.get("valueCoding")
        if wanted not in each:
            yield PostedFault(link, f"This question is answered with {wanted}")
        elif coded is not None and coded.get("display") not in question.options:
            yield PostedFault(link, f"Choose one of, by its display: {', '.join(question.options)}")


def _value_of(question: Question) -> str:
    if question.type in CHOICES:
        return "valueCoding"
    if question.type in NUMBERS:
        return "valueInteger"
    return "valueDate" if question.type == "date" else "valueString"


def _of_answers(form: Assessment, response: Mapping[str, Any]) -> Iterator[PostedFault]:
    answers = answers_in(dict(response), form)
    is_finished = response.get("status") in FINISHED
    for fault in faults(form, answers) if is_finished else wrong_values(form, answers):
        yield PostedFault(_link(fault.question), fault.words)
    yield from _of_sums(form, answers)


def _of_sums(form: Assessment, answers: Answers) -> Iterator[PostedFault]:
    """What is worked out must be what it comes to, or be left out."""
    right = worked_out(form, answers)
    for question in form.questions.values():
        sent = answers.get(question.id)
        if question.formula and sent and sent.value:
            comes_to = right[question.id].value if question.id in right else "nothing yet"
            if sent.value != comes_to:
                yield PostedFault(question.id, f"This is worked out and comes to {comes_to}; leave it out")


def _link(key: str) -> str:
    """The linkId of an answer's key: the row's number is not part of it."""
    parts = key.split(".")
    return f"{parts[0]}.{parts[2]}" if len(parts) == 3 else key
