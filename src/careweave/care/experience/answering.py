"""Answering a survey: in the portal, or by a link that works once; part can be kept, and nothing is taken twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from careweave.definitions import DefinitionError
from careweave.definitions.survey_definition import Survey, SurveyNotLoaded, load_asked
from careweave.record import Conflict, Gate, Refusal, Resource, invitations
from careweave.record.invitations import ANSWERED, CLOSED, DECLINED, STOPPED, Invitation, worker_gate

from ..teams.clocks import in_words
from ..teams.delivering_links import digest_of
from ..teams.working_time import LONDON
from .answers import Given, given_in, labels_of, refusal_of, response, response_id
from .closing import close

FOR_SOMEBODY_ELSE = "This survey is for somebody else, or is not there"
ALREADY = "This survey has been answered. Each survey is answered once"


@dataclass(frozen=True)
class Opened:
    """A survey that somebody may answer now, with what was kept of it before, and as which version (0: nothing)."""

    invitation: Invitation
    survey: Survey
    kept: Given
    version: int


def open_own(gate: Gate, invitation_id: str, *, now: datetime | None = None) -> Opened | Refusal:
    """The person's own, on their own pages."""
    person_id = gate.actor.id.partition(":")[2] if gate.actor.role == "person" else ""
    found = invitations.of_person(gate, person_id) if person_id else []
    one = next((each for each in found if each.id == invitation_id and each.event != "death"), None)
    return _opened(one, now or datetime.now(UTC))


def open_link(token: str, *, now: datetime | None = None) -> Opened | Refusal:
    """Whoever has the link, without an account; it opens the questions and nothing of the record."""
    return _opened(invitations.by_token(digest_of(token)), now or datetime.now(UTC))


def _opened(one: Invitation | None, now: datetime) -> Opened | Refusal:
    over = over_because(one, now)
    if over is not None or one is None:
        return over or Refusal(FOR_SOMEBODY_ELSE)
    try:
        survey = load_asked(one.survey, one.version, now.astimezone(LONDON).date())
    except (SurveyNotLoaded, DefinitionError):  # a place took it away while it was open
        return Refusal("This survey was stopped. You do not have to do anything")
    kept = _stored(worker_gate(), one)
    return Opened(one, survey, given_in(kept) if kept else Given({}), kept.version if kept else 0)


def over_because(one: Invitation | None, now: datetime) -> Refusal | None:
    """Why no answer is taken, in words for whoever came to answer; None when one is."""
    if one is None or one.state == invitations.PLANNED:
        return Refusal(FOR_SOMEBODY_ELSE)
    if one.state == ANSWERED:
        return Refusal(ALREADY)
    if one.state == DECLINED:
        return Refusal("You said that you do not want to answer this survey. You do not have to do anything")
    if one.state == STOPPED:
        return Refusal("This survey was stopped. You do not have to do anything")
    if one.state == CLOSED or now >= one.closes_at:
        return Refusal(f"This survey closed on {in_words(one.closes_at)}. Thank you for wanting to answer")
    return None


def keep_part(opened: Opened, given: Given, *, now: datetime | None = None) -> int | Refusal:
    """Keep what is answered so far, seen by nobody else and not counted. Returns the version it is kept as."""
    return _write(opened, given, is_whole=False, now=now or datetime.now(UTC))


def send(opened: Opened, given: Given, *, now: datetime | None = None) -> Refusal | None:
    """The answers, once and for all."""
    done = _write(opened, given, is_whole=True, now=now or datetime.now(UTC))
    return done if isinstance(done, Refusal) else None


def decline(opened: Opened, *, now: datetime | None = None) -> Refusal | None:
    """“I do not want to answer”: kept as that, which is not the same as silence."""
    one, at = opened.invitation, now or datetime.now(UTC)
    over = over_because(one, at)
    if over:
        return over
    gate = worker_gate()
    with gate.transaction():
        refused = _end(gate, one, DECLINED, at, why="they do not want to answer")
        if refused is None:
            _forget_part(gate, one)
    return refused


def _end(gate: Gate, one: Invitation, state: str, now: datetime, why: str = "") -> Refusal | None:
    """Once; a reminder that goes out between the page and the answer is nobody's answer, and takes none away."""
    if close(gate, one, state=state, why=why):
        return None
    (latest,) = (each for each in invitations.of_people(gate, [one.person_id]) if each.id == one.id)
    over = over_because(latest, now)
    if over is not None:
        return over
    return None if close(gate, latest, state=state, why=why) else Refusal(ALREADY)


def _write(opened: Opened, given: Given, *, is_whole: bool, now: datetime) -> int | Refusal:
    one, survey = opened.invitation, opened.survey
    refused = over_because(one, now) or refusal_of(survey, given, is_whole=is_whole)
    if refused:
        return refused
    gate, status = worker_gate(), "completed" if is_whole else "in-progress"
    labels = labels_of(survey, is_shown=is_whole and given.is_shown)
    body = response(one, survey, given, status=status, now=now)
    try:
        with gate.transaction():
            refused = _end(gate, one, ANSWERED, now) if is_whole else None
            if refused:
                return refused
            before = _stored(gate, one)
            if before is not None and before.body["status"] != "in-progress":
                return Refusal(ALREADY)
            if before is None:
                return gate.create(body, subject=one.person_id, labels=labels).version
            return gate.update(body, version=before.version, labels=labels).version
    except Conflict:
        return Refusal(
            ALREADY if is_whole else "This was kept from another page in the meantime. Open it again"
        )


def _stored(gate: Gate, one: Invitation) -> Resource | None:
    return gate.read("QuestionnaireResponse", response_id(one.id))


def _forget_part(gate: Gate, one: Invitation) -> None:
    """What was kept of a survey that is then declined is not an answer."""
    kept = _stored(gate, one)
    if kept is not None:
        body = {key: value for key, value in kept.body.items() if key != "item"}
        gate.update({**body, "status": "stopped"}, version=kept.version)


def as_given(posted: Mapping[str, str]) -> Given:
    """What a page sends: `q-` and the id of each question, and who answers."""
    answers = {key[2:]: value for key, value in posted.items() if key.startswith("q-") and value}
    return Given(
        answers=answers,
        who=posted.get("who", ""),
        relation=posted.get("relation", ""),
        is_shown=posted.get("shown") == "yes",
    )
