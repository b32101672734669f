"""B08 through the API: an assessment that an app fills in is checked against its definition, question by question."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from careweave.care.assessments.asking import asked
from careweave.care.assessments.fhir import canonical, items
from careweave.care.assessments.posted import posted_faults
from careweave.care.assessments.questions import SHORT, Answer, Assessment
from careweave.care.assessments.reading import assessment
from tests.fixtures.database import Database
from tests.scenarios.fhir_api.writing_place import Care, app

pytestmark = pytest.mark.database
ON = date(2026, 11, 23)


def form() -> Assessment:
    return assessment(SHORT, on=ON)


def answered(**changes: str) -> dict[str, Any]:
    """The short assessment as an app sends it, every question with an answer."""
    answers = {
        each.id: Answer(changes.get(each.id) or (each.options[0] if each.options else "As she told us"))
        for each in asked(form(), {}).values()
    }
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": canonical(form()),
        "status": "completed",
        "authored": "2026-11-23T10:00:00Z",
        "item": items(form(), answers, {}),
    }


def item_of(body: dict[str, Any], link: str) -> dict[str, Any]:
    return next(one for section in body["item"] for one in section["item"] if one["linkId"] == link)


@pytest.fixture(scope="module")
def care(database: Database) -> Care:
    return Care()


def test_b08_answers_posted_by_an_app_are_checked_against_the_definition(care: Care) -> None:
    priya = app(care)
    subject = {"reference": f"Patient/{care.joe}"}

    def post(body: dict[str, Any]) -> Any:
        return priya("/QuestionnaireResponse", "POST", {**body, "subject": subject})

    assert post(answered()).status_code == 201
    blank = answered()
    item_of(blank, "falls").pop("answer")
    refused = post(blank)
    told = json.loads(refused.content)
    assert (refused.status_code, told["resourceType"]) == (422, "OperationOutcome")
    (issue,) = told["issue"]
    assert issue["diagnostics"].startswith("falls: Answer “")
    assert issue["expression"] == ["QuestionnaireResponse.item.where(linkId='falls')"]

    wrong = answered()
    item_of(wrong, "mood")["answer"] = [{"valueCoding": {"display": "Blue"}}]
    assert "mood: Choose one of" in post(wrong).content.decode()
    before = len(care.team.about(care.joe, ["QuestionnaireResponse"]))
    assert before == 1, "nothing of what was refused is stored"


def test_b08_each_way_in_which_an_answer_can_be_wrong_names_its_question() -> None:
    def faults(body: dict[str, Any]) -> dict[str, str]:
        return {one.link: one.words for one in posted_faults(body)}

    assert faults(answered()) == {}
    stranger = answered()
    stranger["item"][0]["item"].append({"linkId": "shoe-size", "answer": [{"valueInteger": 9}]})
    assert "not part of" in faults(stranger)["shoe-size"]
    text = answered()
    item_of(text, "mood")["answer"] = [{"valueString": "Mostly well"}]
    assert faults(text) == {"mood": "This question is answered with valueCoding"}
    twice = answered()
    item_of(twice, "mood")["answer"] *= 2
    assert "takes one answer" in faults(twice)["mood"]
    assert "is no version of" in faults({**answered(), "questionnaire": canonical(form()) + "9"})[""]
    assert "“authored” is missing" in faults({k: v for k, v in answered().items() if k != "authored"})[""]
    begun = {**answered(), "status": "in-progress", "item": answered()["item"][:1]}
    assert faults(begun) == {}, "blanks may wait while it is being filled in"
    assert faults({"questionnaire": "https://example.org/phq-9", "status": "completed"}) == {}
