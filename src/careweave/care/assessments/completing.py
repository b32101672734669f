"""Completing an assessment: what is already known offered for confirmation, and nothing left without an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from careweave.record import Gate, Resource
from careweave.record.ids import new_id

from ..teams.shapes import about, author, extension, extension_value, instant
from .drafting import DRAFT, draft_answers
from .questions import NO_ANSWER, SHORT, Answer, Assessment, Fault, assessment, faults

CANONICAL = "https://careweave.org/fhir/Questionnaire/"


@dataclass(frozen=True)
class Known:
    """An answer from an earlier assessment: by whom, when, and whether it is still current.

    `differing` are other current answers to the same question: none is dropped.
    """

    answer: Answer
    by: str
    on: date
    is_current: bool
    differing: tuple[Known, ...] = ()


@dataclass(frozen=True)
class NotComplete:
    """What is still missing, question by question."""

    faults: tuple[Fault, ...]


def already_known(gate: Gate, person_id: str, *, on: date) -> dict[str, Known]:
    """The latest answer to each question, so that nobody is asked again what they have told."""
    form = assessment(on=on)
    known: dict[str, Known] = {}
    for response in completed(gate, person_id):
        for id_, answer in answers_in(response.body).items():
            if id_ not in form.questions or answer.none:
                continue
            earlier = known.get(id_)
            found = _known(answer, response.body, on, form.questions[id_].current_for_days)
            if earlier is None:
                known[id_] = found
            elif _disagrees(earlier, found):
                known[id_] = replace(earlier, differing=(*earlier.differing, found))
    return known


def completed(gate: Gate, person_id: str) -> list[Resource]:
    """Every assessment of the person that was completed and stands, newest first."""
    return standing(gate.about(person_id, ["QuestionnaireResponse"]))


def standing(resources: Iterable[Resource]) -> list[Resource]:
    """The short assessments among these that were completed and stand, newest first."""
    found = [
        one
        for one in resources
        if one.type == "QuestionnaireResponse"
        and one.body.get("status") == "completed"
        and one.body.get("authored")
        and str(one.body.get("questionnaire", "")).startswith(f"{CANONICAL}{SHORT}|")
    ]
    return sorted(found, key=lambda one: str(one.body["authored"]), reverse=True)


def _known(answer: Answer, body: dict[str, Any], on: date, current_for_days: int) -> Known:
    given = datetime.fromisoformat(body["authored"]).date()
    by = body.get("author", {}).get("display", "")
    return Known(answer, by, given, (on - given).days <= current_for_days)


def _disagrees(one: Known, other: Known) -> bool:
    """Whether another person's answer, still current, says something else; one's own later word replaces the earlier."""
    voices = (one, *one.differing)
    is_new = all(other.by != voice.by for voice in voices)
    return other.is_current and is_new and other.answer.value != one.answer.value


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
    parts = [extension("unmet-need", valueBoolean=True)] if answer.unmet else []
    if answer.none:
        parts.append(extension("no-answer", valueCode=answer.none))
    if answer.none and answer.why:
        parts.append(extension("no-answer-because", valueString=answer.why))
    if parts:
        item["extension"] = parts
    return {**item, "answer": [{"valueString": answer.value}]} if answer.value else item


def answers_in(response: dict[str, Any]) -> dict[str, Answer]:
    """The answers a QuestionnaireResponse holds; pure."""
    found: dict[str, Answer] = {}
    for section in response.get("item", []):
        for item in section.get("item", []):
            given = next((answer.get("valueString", "") for answer in item.get("answer", [])), "")
            none = str(extension_value(item, "no-answer") or "")
            why = str(extension_value(item, "no-answer-because") or "")
            if given or none in NO_ANSWER:
                found[item["linkId"]] = Answer(given, none, why, extension_value(item, "unmet-need") is True)
    return found
