"""Answers to a survey as a QuestionnaireResponse, and back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careweave.definitions.survey_definition import DECLINED, Item, Survey
from careweave.record import Refusal, Resource, invitations
from careweave.record.invitations import Invitation

from ..teams.shapes import EXTENSION, about, extension, extension_value, instant

LABEL, IN_CONFIDENCE, OF_SOMEBODY_ELSE = "survey", "in-confidence", "third-party"
NOT_ANSWERED = "not-answered"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
SELF, PROXY = "self", "proxy"
LONGEST_WHO = 60


@dataclass(frozen=True)
class Given:
    """What somebody answered: a code by the id of each question, who answered, and whether they may be seen."""

    answers: Mapping[str, str]
    who: str = ""
    relation: str = ""
    is_shown: bool = False

    @property
    def is_proxy(self) -> bool:
        return self.who == PROXY


def refusal_of(survey: Survey, given: Given, *, is_whole: bool) -> Refusal | None:
    """What cannot be an answer, said at its question; part of an answer may be kept without saying who answers."""
    for id, code in given.answers.items():
        item = survey.item(id)
        if item is None:
            return Refusal(f"There is no question ‘{id}’ in this survey")
        if code != DECLINED and item.option(code) is None:
            return Refusal("Choose one of the answers under this question", f"q-{id}")
    if len(given.relation) > LONGEST_WHO:
        return Refusal(f"Keep it under {LONGEST_WHO} letters", "relation")
    if not is_whole:
        return None
    if given.who not in (SELF, PROXY):
        return Refusal("Say who is answering", "who")
    if given.is_proxy and not given.relation.strip():
        return Refusal("Write who you are to them, for example daughter", "relation")
    if not given.answers:
        return Refusal(
            "Answer one question at least, or choose ‘I do not want to answer’", f"q-{survey.items[0].id}"
        )
    return None


def response_id(invitation_id: str) -> str:
    """The id that the answers to an invitation have, when they come."""
    return invitations.response_id(invitation_id)


def labels_of(survey: Survey, *, is_shown: bool) -> tuple[str, ...]:
    """What the family said is nobody's to read, also not of whoever has the way in of the person who died."""
    if survey.asks == "family":
        return LABEL, IN_CONFIDENCE, OF_SOMEBODY_ELSE
    return (LABEL,) if is_shown else (LABEL, IN_CONFIDENCE)


def response(one: Invitation, survey: Survey, given: Given, *, status: str, now: datetime) -> dict[str, Any]:
    """The answers as they are kept; a question without one says why."""
    source: dict[str, Any] = about(one.person_id)
    if given.is_proxy or survey.asks == "family":
        source = {"type": "RelatedPerson", "display": given.relation.strip()}
    return {
        "resourceType": "QuestionnaireResponse",
        "id": response_id(one.id),
        "questionnaire": f"{survey.url}|{survey.version}",
        "status": status,
        "subject": about(one.person_id),
        "authored": instant(now),
        "source": source,
        "extension": [extension("survey-event", valueCode=one.event)],
        "item": [_item(each, given.answers.get(each.id, "")) for each in survey.items],
    }


def _item(item: Item, code: str) -> dict[str, Any]:
    told: dict[str, Any] = {"linkId": item.id, "text": item.text}
    option = item.option(code)
    if option is None:
        return {**told, "extension": [extension("no-answer", valueCode=code or NOT_ANSWERED)]}
    coding: dict[str, Any] = {
        "system": f"{EXTENSION}survey-answers",
        "code": option.code,
        "display": option.label,
    }
    if option.value is not None:
        coding["extension"] = [{"url": ORDINAL, "valueDecimal": option.value}]
    return {**told, "answer": [{"valueCoding": coding}]}


def given_in(stored: Resource) -> Given:
    """What was answered, as it was kept."""
    answers = {}
    for item in stored.body.get("item", ()):
        for answer in item.get("answer", ())[:1]:
            answers[item["linkId"]] = str(answer["valueCoding"]["code"])
        if extension_value(item, "no-answer") == DECLINED:
            answers[item["linkId"]] = DECLINED
    source = stored.body.get("source", {})
    is_proxy = source.get("type") == "RelatedPerson"
    return Given(
        answers=answers,
        who=PROXY if is_proxy else SELF,
        relation=str(source.get("display", "")) if is_proxy else "",
        is_shown=IN_CONFIDENCE not in stored.labels,
    )
