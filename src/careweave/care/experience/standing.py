"""What a person was asked, and what came of it: for themself with their answers, for their team without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from careweave.definitions import DefinitionError
from careweave.definitions.survey_definition import Survey, SurveyNotLoaded, load_asked, surveys_in_use
from careweave.record import Gate, Resource, invitations
from careweave.record.invitations import PLANNED, STOPPED, Invitation

from .answers import LABEL, Given, given_in, response_id

NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Standing:
    """One survey of one person; `given` is there for whoever may see it, and None for everybody else."""

    survey: Survey
    state: str
    invitation: Invitation | None
    given: Given | None
    answered_at: str


def of_person(gate: Gate, person_id: str, today: date) -> list[Standing]:
    """Every survey that was asked, the latest first, and those that never were; as this reader may see them."""
    found = gate.about(person_id, ["Communication", "QuestionnaireResponse"])
    held = {one.id: one for one in found if one.type == "QuestionnaireResponse" and LABEL in one.labels}
    told = {
        one.id for one in found if one.type == "Communication"
    }  # whom the person keeps things from sees none
    asked = [_standing(one, held, today) for one in invitations.of_person(gate, person_id) if one.id in told]
    shown = [one for one in asked if one is not None]
    ids = {one.survey.id for one in shown}
    missing = (one for one in surveys_in_use(today, asks="person") if one.asked and one.id not in ids)
    return [*shown, *(Standing(one, NOT_ASKED, None, None, "") for one in missing)]


def waiting(found: Iterable[Standing]) -> list[Standing]:
    """Those that can be answered now, on the person's own page."""
    return [one for one in _theirs(found) if one.state in invitations.OPEN]


def past(found: Iterable[Standing]) -> list[Standing]:
    """Those that were the person's to answer, with what came of each."""
    return [one for one in _theirs(found) if one.state not in invitations.OPEN]


def _theirs(found: Iterable[Standing]) -> list[Standing]:
    """Asked of the person: what the family is asked after a death is the family's."""
    return [one for one in found if one.invitation and one.invitation.event != "death"]


def _standing(one: Invitation, held: dict[str, Resource], today: date) -> Standing | None:
    if one.state == PLANNED or (one.state == STOPPED and one.why != "died"):
        return None  # never asked
    try:
        survey = load_asked(one.survey, one.version, today)
    except (SurveyNotLoaded, DefinitionError):
        return None
    stored = held.get(response_id(one.id))
    is_whole = stored is not None and stored.body.get("status") == "completed"
    return Standing(
        survey=survey,
        state=one.state,
        invitation=one,
        given=given_in(stored) if stored and is_whole else None,
        answered_at=str(stored.body.get("authored", "")) if stored and is_whole else "",
    )
