"""What people say to a suggestion: not now, and someone the list did not name; who leaves out is overriding.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.finding.shapes import (
    NOT_NOW,
    OWN_WISH,
    day_in,
    task_body,
)
from careweave.care.finding.standing import WAITING_STATUSES, Case, Standing, case_of
from careweave.care.teams.enrolment import has_suggested
from careweave.care.teams.shapes import code, extension
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.warehouse.registers import Register

ANSWERED = "This suggestion has been answered already"


@dataclass(frozen=True)
class Declined:
    """Not now: the finder does not suggest this person again before `until`."""

    person_id: str
    task_id: str
    reason: str
    until: date


@dataclass(frozen=True)
class Suggested:
    """A colleague's own suggestion, which waits for the team's answer."""

    person_id: str
    task_id: str
    team: str


def decline(
    gate: Gate, *, task: str, reason: str, until: date, is_own_wish: bool = False, today: date | None = None
) -> Declined | Refusal:
    """“Not now”: by the team, or because the person themself does not want it."""
    if not reason.strip():
        return Refusal("Say why not now", "reason")
    if until <= (today or datetime.now(UTC).date()):
        return Refusal("‘Until when’ must be after today.", "until")
    found = gate.read("Task", task)
    if found is None or not has_suggested(found) or found.body["status"] not in WAITING_STATUSES:
        return Refusal(ANSWERED)
    body = {
        **found.body,
        "status": "rejected",
        "statusReason": {"text": reason.strip()},
        "businessStatus": code(OWN_WISH if is_own_wish else NOT_NOW),
        "extension": [
            *_without(found.body, "not-before"),
            extension("not-before", valueDate=until.isoformat()),
        ],
    }
    refusal = answer(gate, found, body, reason)
    return refusal or Declined(found.subject, found.id, reason.strip(), until)


def suggest(
    gate: Gate, *, person: str, register: Register, team: str, reason: str, today: date | None = None
) -> Suggested | Refusal:
    """A colleague knows someone whom the list does not name, or named too low: they are suggested all the same."""
    if not reason.strip():
        return Refusal("Say why you suggest them", "reason")
    case = _case(gate, person, register, today)
    if isinstance(case, Refusal):
        return case
    if case.standing is Standing.ENROLLED:
        return Refusal("This person is already taken on. Open their page to see who is in charge")
    if case.standing is Standing.WAITING:
        return Refusal("This person is already suggested and waits for an answer")
    words = f"{gate.actor.name or gate.actor.role}: {reason.strip()}"
    body = task_body(person, register, team=f"team:{team}", by=gate.actor, because=words, extensions=[])
    saved = _put(gate, person, body, case, parties=(f"team:{team}", gate.actor.id))
    return saved if isinstance(saved, Refusal) else Suggested(person, saved.id, team)


def is_stale(task: Resource, register: Register, today: date) -> bool:
    """Whether what the suggestion rests on is too old to be trusted without a new look."""
    scored = day_in(task.body, "scored-on")
    return scored is not None and (today - scored).days > register.stale_after_days


def _case(gate: Gate, person: str, register: Register, today: date | None) -> Case | Refusal:
    known = gate.person(person)
    if known is None:
        return Refusal("We could not find that person, or you cannot open their record")
    return case_of(gate.about(person, ["Task", "EpisodeOfCare"]), register, today or datetime.now(UTC).date())


def _put(
    gate: Gate, person: str, body: dict[str, Any], case: Case, *, parties: tuple[str, ...], reason: str = ""
) -> Resource | Refusal:
    was = case.task.body["status"] if case.task else None
    try:
        with gate.transaction():
            # First the log: an answer may end what lets this colleague write.
            gate.transition(person, body["id"], was=was, now=body["status"], reason=reason)
            if case.task is None:
                return gate.create(body, subject=person, parties=parties)
            return gate.update({**body, "id": case.task.id}, version=case.task.version, parties=parties)
    except Conflict:
        return Refusal(ANSWERED)


def answer(gate: Gate, task: Resource, body: dict[str, Any], reason: str) -> Refusal | None:
    """Write what was said to a suggestion that waits, in the log and in the Task; whoever was first stays."""
    case = Case(Standing.WAITING, task)
    saved = _put(gate, task.subject, body, case, parties=task.parties, reason=reason)
    return saved if isinstance(saved, Refusal) else None


def _without(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in body.get("extension", []) if not each["url"].endswith(f"/{name}")]
