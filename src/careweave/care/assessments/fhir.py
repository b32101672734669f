"""Assessments as FHIR R4: the Questionnaire that a definition is, and the QuestionnaireResponse that answers it; pure.

Who answered what, and when, stands at each item: sections are written by different professions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careweave.record.ids import resource_id
from careweave.record.relations import party_of

from ..teams.shapes import EXTENSION, extension, extension_value
from .asking import asked, number
from .questions import (
    AND,
    CHOICES,
    NO_ANSWER,
    NUMBERS,
    Answer,
    Answers,
    Assessment,
    Condition,
    Question,
    pounds,
    row_answers,
)

CANONICAL = "https://careweave.org/fhir/Questionnaire/"
_CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
_UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
_TYPES = {"choices": "choice", "money": "integer", "list": "group"}
_AUTHOR = "answered"


@dataclass(frozen=True)
class Given:
    """One answer of a completed assessment: by whom (a party and a name) and when, and from which source if from one."""

    answer: Answer
    by: str
    name: str
    at: datetime
    source: str = ""


# -- the Questionnaire ------------------------------------------------------------------------------------------


def canonical(form: Assessment) -> str:
    return f"{CANONICAL}{form.id}|{form.version}"


def questionnaire_id(form: Assessment) -> str:
    """The id under which this version is served on the API."""
    return resource_id("careweave", "Questionnaire", f"{form.id}|{form.version}")


def questionnaire(form: Assessment) -> dict[str, Any]:
    """The definition as other systems read it."""
    return {
        "resourceType": "Questionnaire",
        "id": questionnaire_id(form),
        "url": f"{CANONICAL}{form.id}",
        "version": form.version,
        "name": "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", form.id)),
        "title": form.title,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": "; ".join(form.sources),
        "item": [
            {
                "linkId": section.id,
                "text": section.title,
                "type": "group",
                "item": [_asked(form, question) for question in section.questions],
            }
            for section in form.sections
        ],
    }


def _asked(form: Assessment, question: Question, within: str = "") -> dict[str, Any]:
    item: dict[str, Any] = {}
    extensions = []
    if question.formula:
        expression = {"language": "text/fhirpath", "expression": question.formula.fhirpath}
        extensions.append({"url": _CALCULATED, "valueExpression": expression})
    if question.type == "money":
        unit = {"system": "urn:iso:std:iso:4217", "code": "GBP", "display": "pence"}
        extensions.append({"url": _UNIT, "valueCoding": unit})
    if extensions:
        item["extension"] = extensions
    item |= {
        "linkId": f"{within}{question.id}",
        "text": question.text,
        "type": _TYPES.get(question.type, question.type),
    }
    if question.when:
        item["enableWhen"] = [_enabled(form, each) for each in question.when]
        if len(question.when) > 1:
            item["enableBehavior"] = "all" if question.when_all else "any"
    if question.type in ("choices", "list"):
        item["repeats"] = True
    if question.formula:
        item["readOnly"] = True
    if question.options:
        item["answerOption"] = [{"valueCoding": _coding(each)} for each in question.options]
    if question.rows:
        item["item"] = [_asked(form, each, f"{question.id}.") for each in question.rows]
    return item


def _enabled(form: Assessment, condition: Condition) -> dict[str, Any]:
    other = form.questions[condition.question]
    found: dict[str, Any] = {"question": other.id, "operator": condition.operator}
    if condition.operator == "exists":
        return {**found, "answerBoolean": condition.answer == "true"}
    value = _value(other, condition.answer)
    key = next(iter(value))
    return {**found, key.replace("value", "answer"): value[key]}


def _coding(option: str) -> dict[str, str]:
    code = re.sub(r"[^a-z0-9]+", "-", option.lower()).strip("-")
    return {"system": "https://careweave.org/codes/answers", "code": code, "display": option}


def _value(question: Question, value: str) -> dict[str, Any]:
    if question.type in CHOICES:
        return {"valueCoding": _coding(value)}
    if question.type in NUMBERS:
        return {"valueInteger": number(question, value)}
    if question.type == "date":
        return {"valueDate": value}
    return {"valueString": value}


# -- the QuestionnaireResponse ----------------------------------------------------------------------------------


def items(form: Assessment, answers: Answers, authors: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every question that is asked, section by section, with its answer or why it has none."""
    now = asked(form, answers)
    found = []
    for section in form.sections:
        inner: list[dict[str, Any]] = []
        for question in section.questions:
            # A sum whose parts nobody knows has no line: it would read as if it had been asked.
            has_line = question.formula is None or question.id in answers
            if question.id in now and has_line:
                inner += _answered(question, answers, authors)
        if inner:
            found.append({"linkId": section.id, "text": section.title, "item": inner})
    return found


def _answered(
    question: Question, answers: Answers, authors: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    rows = list(row_answers(question, answers)) if question.is_list else []
    for row, cells in rows:
        parts = [
            _item(child, f"{question.id}.{child.id}", cell, authors.get(f"{question.id}.{row}.{child.id}"))
            for child, cell in cells
        ]
        yield {"linkId": question.id, "text": question.text, "item": parts}
    if not rows:
        yield _item(question, question.id, answers.get(question.id, Answer()), authors.get(question.id))


def _item(question: Question, link: str, answer: Answer, author: dict[str, Any] | None) -> dict[str, Any]:
    parts = [extension("unmet-need", valueBoolean=True)] if answer.unmet else []
    if answer.none:
        parts.append(extension("no-answer", valueCode=answer.none))
    if answer.none and answer.why:
        parts.append(extension("no-answer-because", valueString=answer.why))
    if answer.value and question.is_list:
        parts.append(extension("no-entries", valueBoolean=True))
    if author:
        parts.append(author)
    item: dict[str, Any] = {"extension": parts} if parts else {}
    item |= {"linkId": link, "text": question.text}
    if answer.value and not question.is_list:
        chosen = answer.value.split(AND) if question.type == "choices" else [answer.value]
        item["answer"] = [_value(question, each) for each in chosen]
    return item


def answered_by(by: dict[str, Any], at: str, source: str = "") -> dict[str, Any]:
    """Who answered one question, and when; `source` when the record said so and nobody changed it."""
    parts = [{"url": "by", "valueReference": by}, {"url": "at", "valueInstant": at}]
    return extension(
        _AUTHOR, extension=[*parts, *([{"url": "source", "valueString": source}] if source else [])]
    )


def given_in(response: dict[str, Any], form: Assessment | None = None) -> dict[str, Given]:
    """The answers a QuestionnaireResponse holds, by key; `form` tells amounts of money from plain numbers."""
    found: dict[str, Given] = {}
    for section in response.get("item", []):
        rows: dict[str, int] = {}
        for item in section.get("item", []):
            link = item["linkId"]
            if item.get("item"):
                row = rows[link] = rows.get(link, -1) + 1
                for cell in item["item"]:
                    key = f"{link}.{row}.{cell['linkId'].partition('.')[2]}"
                    _keep(found, key, cell, response, form)
            else:
                _keep(found, link, item, response, form)
    return found


def answers_in(response: dict[str, Any], form: Assessment | None = None) -> dict[str, Answer]:
    """The same without who gave them."""
    return {key: given.answer for key, given in given_in(response, form).items()}


def _keep(
    found: dict[str, Given], key: str, item: dict[str, Any], response: dict[str, Any], form: Assessment | None
) -> None:
    question = form.question_at(key) if form else None
    value = AND.join(_words(each, question) for each in item.get("answer", []))
    if extension_value(item, "no-entries"):
        value = "None"
    none = str(extension_value(item, "no-answer") or "")
    why = str(extension_value(item, "no-answer-because") or "")
    if value or none in NO_ANSWER:
        answer = Answer(value, none, why, extension_value(item, "unmet-need") is True)
        found[key] = _given(answer, item, response)


def _words(answer: dict[str, Any], question: Question | None) -> str:
    if "valueCoding" in answer:
        return str(answer["valueCoding"].get("display", ""))
    if "valueInteger" in answer:
        amount = int(answer["valueInteger"])
        return pounds(amount) if question and question.type == "money" else str(amount)
    return str(answer.get("valueDate") or answer.get("valueString") or "")


def _given(answer: Answer, item: dict[str, Any], response: dict[str, Any]) -> Given:
    told = next((e for e in item.get("extension", []) if e.get("url") == EXTENSION + _AUTHOR), None)
    parts = {each["url"]: each for each in told["extension"]} if told else {}
    by = parts["by"]["valueReference"] if "by" in parts else response.get("author", {})
    at = parts["at"]["valueInstant"] if "at" in parts else response["authored"]
    source = parts["source"]["valueString"] if "source" in parts else ""
    return Given(answer, party_of(by) or "", by.get("display", ""), datetime.fromisoformat(at), source)


def definition_named(response: dict[str, Any]) -> tuple[str, str]:
    """The assessment and the version that a response answers; empty for one of another system."""
    name = str(response.get("questionnaire", ""))
    if not name.startswith(CANONICAL):
        return "", ""
    id_, _, version = name.removeprefix(CANONICAL).partition("|")
    return id_, version
