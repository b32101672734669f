"""A colleague's word over the list, both ways: suggest whom it does not name, and leave out whom it names wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from careweave.care.finding.answers import ANSWERED, Suggested, answer, suggest
from careweave.care.finding.bringing import register_here
from careweave.care.finding.moments import practice_of
from careweave.care.finding.shapes import OVERRIDDEN_OUT
from careweave.care.finding.standing import WAITING_STATUSES
from careweave.care.teams.enrolment import has_suggested
from careweave.care.teams.shapes import code
from careweave.identity.directory import team_for_practice
from careweave.record import Gate, Refusal


@dataclass(frozen=True)
class LeftOut:
    """The finder does not suggest this person again, until a colleague does."""

    person_id: str
    task_id: str
    reason: str


def leave_out(gate: Gate, *, task: str, reason: str) -> LeftOut | Refusal:
    """Answers a suggestion that waits: no list names the person again until a colleague does."""
    if not reason.strip():
        return Refusal("Say why they should not be suggested", "reason")
    found = gate.read("Task", task)
    if found is None or not has_suggested(found) or found.body["status"] not in WAITING_STATUSES:
        return Refusal(ANSWERED)
    body = {
        **found.body,
        "status": "cancelled",
        "statusReason": {"text": reason.strip()},
        "businessStatus": code(OVERRIDDEN_OUT),
    }
    refusal = answer(gate, found, body, reason)
    return refusal or LeftOut(found.subject, found.id, reason.strip())


def suggest_to_their_team(gate: Gate, *, person: str, reason: str, today: date) -> Suggested | Refusal:
    """To the team that the person's practice is aligned to, whatever any score says."""
    practice = practice_of(gate.about(person, ["Patient"]), today)
    team = team_for_practice(practice) if practice else None
    if team is None:
        return Refusal("No team here looks after people of this practice. Call the one you would ask")
    return suggest(gate, person=person, register=register_here(today), team=team, reason=reason, today=today)
