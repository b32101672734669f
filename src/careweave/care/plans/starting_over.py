"""Takes back all that a team did for one person, so that the demonstration's story can be told again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from careweave.care.finding.bringing import FINDER
from careweave.care.teams.enrolment import has_suggested
from careweave.care.teams.notes import NOTE
from careweave.care.teams.settling import REVOKED, settle_request
from careweave.care.teams.shapes import has_code
from careweave.care.teams.undoing import active_episode, reopen_suggestions, unenrol
from careweave.record import Gate, Purpose, Resource

from ..assessments import drafting as assessments
from ..assessments.reading import all_assessments
from .fhir import plan_of
from .offered import LEFT_OUT
from .publishing import DRAFT
from .reviewing import stop_awaiting
from .standing import is_plan

_TYPES = ("CarePlan", "Goal", "Task", "Communication", "Consent", "RelatedPerson", "QuestionnaireResponse")
_OF_THE_PERSON = "survey"  # what they answered about their care is theirs, and nobody takes it back
_CLOSED = ("completed", "cancelled", "rejected", "failed", "entered-in-error")


def start_over(gate: Gate, *, person_id: str, reason: str) -> None:
    """Everything is closed and marked as a mistake, never deleted; the suggestion that began it waits again."""
    if gate.person(person_id) is None or active_episode(gate, person_id) is None:
        _reopen(person_id)
        return
    with gate.transaction():
        for one in gate.about(person_id, _TYPES):
            is_ours = one.source == "careweave" and _OF_THE_PERSON not in one.labels
            change = _taken_back(one) if is_ours else {}
            if change:
                gate.update({**one.body, **change}, version=one.version)
                settle_request(one.body, REVOKED, datetime.now(UTC))
            if change and one.type == "CarePlan" and is_plan(one, person_id):
                number = plan_of(one.body, []).version
                stop_awaiting(gate, plan=one.id, person_id=person_id, number=number, reason=reason)
        gate.discard_draft(person_id, DRAFT)
        gate.discard_draft(person_id, LEFT_OUT)
        forms = all_assessments(on=datetime.now(UTC).date())
        assessments.discard(gate, person_id, tuple(form.id for form in forms))
        episode = active_episode(gate, person_id)
        assert episode is not None
        unenrol(gate, person_id, episode, reason=reason)


def _reopen(person_id: str) -> None:
    finder = Gate(FINDER, Purpose.CASE_FINDING)
    with finder.transaction():
        reopen_suggestions(finder, person_id)


def _taken_back(one: Resource) -> dict[str, Any]:
    """What changes in one entry; empty for what stays."""
    status = one.body.get("status")
    if one.type in ("CarePlan", "QuestionnaireResponse"):
        return {"status": "entered-in-error"}
    if one.type == "Goal":
        return {"lifecycleStatus": "entered-in-error"}
    if one.type == "RelatedPerson":
        return {"active": False}
    if one.type == "Consent":
        return {"status": "inactive"} if status == "active" else {}
    if one.type == "Communication":
        is_note = any(has_code(category, NOTE) for category in one.body.get("category", []))
        return {"status": "entered-in-error"} if is_note else {}
    if has_suggested(one) or status in _CLOSED:
        return {}
    return {"status": "cancelled"}
