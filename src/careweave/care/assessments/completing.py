"""Filling in an assessment: drafts as typed, what is already known offered for confirmation, completed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from careweave.record import Draft, Gate, Resource
from careweave.record.ids import new_id

from ..teams.shapes import about, author, extension, extension_value, instant
from .questions import NO_ANSWER, SHORT, Answer, Assessment, Fault, assessment, faults

DRAFT = "assessment"
CANONICAL = "https://careweave.org/fhir/Questionnaire/"


@dataclass(frozen=True)
class Known:
    """An answer from an earlier assessment: by whom, when, and whether it is still current."""

    answer: Answer
    by: str
    on: date
    is_current: bool


@dataclass(frozen=True)
class NotComplete:
    """What is still missing, question by question."""

    faults: tuple[Fault, ...]


def save_answers(
    gate: Gate, *, person_id: str, answers: Mapping[str, Answer], version: int | None = None
) -> Draft:
    """Keep what was typed; other answers of the draft stay. Raises StaleDraft for a stale `version`."""
    saved = gate.draft(person_id, DRAFT, key=SHORT)
    content = {**(saved.content if saved else {}), **{id_: asdict(answer) for id_, answer in answers.items()}}
    return gate.save_draft(person_id, DRAFT, content, key=SHORT, version=version)


def draft_answers(gate: Gate, person_id: str) -> tuple[dict[str, Answer], Draft | None]:
    """What is typed so far."""
    saved = gate.draft(person_id, DRAFT, key=SHORT)
    return {id_: Answer(**answer) for id_, answer in (saved.content if saved else {}).items()}, saved


def already_known(gate: Gate, person_id: str, *, on: date) -> dict[str, Known]:
    """The latest answer to each question, so that nobody is asked again what they have told."""
    form = assessment(on=on)
    known: dict[str, Known] = {}
    for response in gate.about(person_id, ["QuestionnaireResponse"]):
        for id_, answer in answers_in(response.body).items():
            if id_ in form.questions and id_ not in known and not answer.none:
                given = datetime.fromisoformat(response.body["authored"]).date()
                days = (on - given).days
                by = response.body.get("author", {}).get("display", "")
                known[id_] = Known(answer, by, given, days <= form.questions[id_].current_for_days)
    return known


def complete(gate: Gate, *, person_id: str, today: date) -> Resource | NotComplete:
    """Make the draft an assessment. A question without an answer must say why it has none."""
    form = assessment(on=today)
    answers, _ = draft_answers(gate, person_id)
    lacking = faults(form, answers)
    if lacking:
        return NotComplete(lacking)
    with gate.transaction():
        saved = gate.create(_response(gate, person_id, form, answers), subject=person_id)
        gate.discard_draft(person_id, DRAFT, key=SHORT)
    return saved


def _response(gate: Gate, person_id: str, form: Assessment, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": new_id(),
        "questionnaire": f"{CANONICAL}{form.id}|{form.version}",
        "status": "completed",
        "subject": about(person_id),
        "authored": instant(),
        "author": author(gate.actor),
        "item": [
            {
                "linkId": section.id,
                "text": section.title,
                "item": [
                    _item(question.id, question.text, answers[question.id]) for question in section.questions
                ],
            }
            for section in form.sections
        ],
    }


def _item(id_: str, text: str, answer: Answer) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": id_, "text": text}
    if answer.value:
        return {**item, "answer": [{"valueString": answer.value}]}
    parts = [extension("no-answer", valueCode=answer.none)]
    if answer.why:
        parts.append(extension("no-answer-because", valueString=answer.why))
    return {**item, "extension": parts}


def answers_in(response: dict[str, Any]) -> dict[str, Answer]:
    """The answers a QuestionnaireResponse holds; pure."""
    found: dict[str, Answer] = {}
    for section in response.get("item", []):
        for item in section.get("item", []):
            given = next((answer.get("valueString", "") for answer in item.get("answer", [])), "")
            none = str(extension_value(item, "no-answer") or "")
            why = str(extension_value(item, "no-answer-because") or "")
            if given or none in NO_ANSWER:
                found[item["linkId"]] = Answer(given, none, why)
    return found
