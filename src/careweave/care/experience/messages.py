"""An invitation as it is kept in the record: a Communication that asks, and how it ended; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from careweave.definitions.survey_definition import Survey
from careweave.record.invitations import ANSWERED, ASKED, CLOSED, DECLINED, REMINDED, STOPPED, Invitation
from careweave.record.relations import party_reference

from ..teams.shapes import about, code, extension, has_code, instant

SURVEY = "survey"
STATUS = {
    ASKED: "in-progress",
    REMINDED: "in-progress",
    ANSWERED: "completed",
    DECLINED: "not-done",
    CLOSED: "not-done",
    STOPPED: "stopped",
}


def message(one: Invitation, survey: Survey, *, to: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What is asked, of whom, until when; with no answer in it, ever."""
    return {
        "resourceType": "Communication",
        "id": one.id,
        "status": STATUS[ASKED],
        "category": [code(SURVEY, "Survey")],
        "subject": about(one.person_id),
        "topic": {**code(survey.id), "text": survey.title},
        "sent": instant(now),
        "recipient": [dict(to)],
        "payload": [{"contentString": f"We would like to ask you about {survey.about}."}],
        "extension": [
            extension("survey", valueCanonical=f"{survey.url}|{survey.version}"),
            extension("survey-event", valueCode=one.event),
            extension("survey-closes", valueInstant=instant(one.closes_at)),
        ],
    }


def ended(body: Mapping[str, Any], state: str, why: str = "") -> dict[str, Any]:
    """The same, answered or over; who declined is told apart from who did not answer."""
    over: dict[str, Any] = {**body, "status": STATUS[state]}
    if state != ANSWERED:
        over["statusReason"] = code(state, why)
    return over


def to_person(person_id: str) -> dict[str, Any]:
    """Whom it is for, when that is the person."""
    return party_reference(f"person:{person_id}")


def is_survey(body: Mapping[str, Any]) -> bool:
    """Whether a Communication asks somebody about their care."""
    return any(has_code(each, SURVEY) for each in body.get("category") or ())
