"""What a service answers: yes; no, why and what instead; first contact; the outcome that returns to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from careweave.care.contacts.routing import desk_gate
from careweave.record import Conflict, Gate, Refusal, Resource

from ..teams.clocks import start_clock, stop_clock
from ..teams.news import tell_about
from ..teams.settling import ACTIVE, COMPLETED, REVOKED, settle_request
from ..teams.shapes import author, code, instant
from .community import STATES, CommunityReferral, community_referral, is_referral

CONTACT_CLOCK = "referral-contact"
OUTCOMES = {
    "helped": "It helped",
    "partly": "It helped in part",
    "not": "It did not help",
    "left": "They did not want to go on",
    "not-reached": "They could not be reached",
}
REQUEST_STATES = {"declined": REVOKED, "ended": COMPLETED}
IN_THE_MEANTIME = "Someone has answered this in the meantime. Read what they wrote first"


def accept_person(gate: Gate, *, task_id: str, version: int, words: str) -> Resource | Refusal:
    """Yes: from now on the first contact is waited for."""
    found = _found(gate, task_id, version, ("asked",))
    if isinstance(found, Refusal):
        return found
    return _write(gate, found, "accepted", "accepted", "Said yes", words)


def decline_person(
    gate: Gate, *, task_id: str, version: int, reason: str, instead: str
) -> Resource | Refusal:
    """No, why not, and what instead: nobody is left with a bare no."""
    if len(reason.split()) < 2:
        return Refusal("Say why, in a few words", "reason")
    if not instead.strip():
        return Refusal("Say what they could do or try instead", "instead")
    found = _found(gate, task_id, version, ("asked", "accepted"))
    if isinstance(found, Refusal):
        return found
    words = f"{reason.strip()} Instead: {instead.strip()}"
    return _write(gate, found, "declined", "rejected", "Said no", words, news="service-said-no")


def write_contact(gate: Gate, *, task_id: str, version: int, how: str, words: str) -> Resource | Refusal:
    """The first visit or call has happened."""
    if how not in ("Visited", "Called", "Came to us"):
        return Refusal("Choose how you were in touch", "how")
    if len(words.split()) < 2:
        return Refusal("Write a few words. The person can read this", "words")
    found = _found(gate, task_id, version, ("asked", "accepted"))
    if isinstance(found, Refusal):
        return found
    return _write(gate, found, "met", "in-progress", how, words)


def write_outcome(gate: Gate, *, task_id: str, version: int, outcome: str, words: str) -> Resource | Refusal:
    """What came of it: it stands in the plan beside the goal, and is news to whoever is in charge."""
    if outcome not in OUTCOMES:
        return Refusal("Choose what came of it", "outcome")
    if len(words.split()) < 2:
        return Refusal("Write a few words. The person can read this", "words")
    found = _found(gate, task_id, version, ("accepted", "met"))
    if isinstance(found, Refusal):
        return found
    output = [{"type": code("outcome", "What came of it"), "valueString": OUTCOMES[outcome]}]
    return _write(gate, found, "ended", "completed", OUTCOMES[outcome], words, output, news="service-outcome")


def finish_asked(gate: Gate, *, task_id: str) -> Resource | Refusal:
    """A task that was passed to a worker of the voluntary sector is done; the log is kept by the desk."""
    task = gate.read("Task", task_id)
    if task is None or task.body["status"] not in ("requested", "accepted", "in-progress"):
        return Refusal("This task is not there any more")
    if is_referral(task.body):
        return Refusal("Open this one and say what came of it")
    note = {"authorReference": author(gate.actor), "time": instant(), "text": f"Done by {gate.actor.name}"}
    body = {**task.body, "status": "completed", "note": [*task.body.get("note", []), note]}
    try:
        with gate.transaction():
            done = gate.update(body, version=task.version)
            desk_gate().transition(task.subject, task.id, was=task.body["status"], now="completed")
            return done
    except Conflict:
        return Refusal(IN_THE_MEANTIME)


def _found(gate: Gate, task_id: str, version: int, states: Sequence[str]) -> CommunityReferral | Refusal:
    found = community_referral(gate, task_id)
    if found is None:
        return Refusal("This referral is not there any more")
    if found.version != version or found.state not in states:
        return Refusal(IN_THE_MEANTIME)
    return found


def _write(
    gate: Gate,
    found: CommunityReferral,
    state: str,
    status: str,
    what: str,
    words: str,
    output: Sequence[dict[str, Any]] = (),
    news: str = "",
) -> Resource | Refusal:
    """The answer by who gives it; clocks, log and news by the desk, for a service may know the person by name alone."""
    task = gate.read("Task", found.id)
    if task is None:
        return Refusal(IN_THE_MEANTIME)
    text = f"{what}: {words.strip()}" if words.strip() else what
    body = _answered(gate, task.body, state, status, text, output)
    now, desk = datetime.now(UTC), desk_gate()
    try:
        with gate.transaction():
            answered = gate.update(body, version=found.version)
            desk.transition(found.person_id, found.id, was=task.body["status"], now=status, reason=what)
            _keep_time(desk, found, state, what, now)
            settle_request(task.body, REQUEST_STATES.get(state, ACTIVE), now)
            if news:
                tell_about(desk, person_id=found.person_id, kind=news, entry=answered, now=now)
            return answered
    except Conflict:
        return Refusal(IN_THE_MEANTIME)


def _answered(
    gate: Gate, task: dict[str, Any], state: str, status: str, text: str, output: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    note = {"authorReference": author(gate.actor), "time": instant(), "text": text}
    body = {
        **task,
        "status": status,
        "businessStatus": code(state, STATES[state]),
        "note": [*task.get("note", []), note],
    }
    return {**body, "output": [*task.get("output", []), *output]} if output else body


def _keep_time(desk: Gate, found: CommunityReferral, state: str, what: str, now: datetime) -> None:
    """Unanswered ends with any answer; after a yes the first contact is waited for."""
    is_visit = found.kind == "network-visit"  # there the visit itself is waited for, not a yes
    if state == "accepted" and is_visit:
        return
    stop_clock(desk, person_id=found.person_id, entity=found.id, kind=found.kind, reason=what)
    if state == "accepted":
        start_clock(desk, person_id=found.person_id, entity=found.id, kind=CONTACT_CLOCK, at=now)
    else:
        stop_clock(desk, person_id=found.person_id, entity=found.id, kind=CONTACT_CLOCK, reason=what)
