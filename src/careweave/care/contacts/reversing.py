"""Urgent care that is not needed after all: a new fact names the first, the limit has its room, the provider is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.teams.clocks import start_clock, stop_clock
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.shapes import about, author, code, extension, extension_value, has_code, instant
from careweave.care.teams.staff_facts import worker_of
from careweave.care.teams.working_time import LONDON
from careweave.identity.delegating import Limit, Used, desk_of, give_back, used_for
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id

from .alternatives import alternatives
from .handling import CARE, GONE
from .rules import services, start_clock_kind

REVERSED = "committed-care-reversed"
TOLD = "provider-told"
_OPEN = ("requested", "received", "accepted", "in-progress")


@dataclass(frozen=True)
class Reversed:
    """The new fact, what came back into the limit, and who tells the provider with which task."""

    request_id: str
    task_id: str
    pence: int
    left: int


def may_reverse(task: Resource, me: str, now: datetime) -> bool:
    """Whether a page offers it: care that waits to begin, to the one who committed it or their team's manager."""
    if not has_code(task.body.get("code"), CARE) or task.body["status"] not in _OPEN or _begun(task, now):
        return False
    used = used_for(_ordered(task))
    return used is not None and not used.is_given_back and me in _who_may(used)


def reverse(gate: Gate, *, task_id: str, reason: str, now: datetime) -> Reversed | Refusal:
    """Both facts stay; the room is back, and the provider is told with a clock, all of it or nothing."""
    task = gate.read("Task", task_id)
    used = used_for(_ordered(task)) if task and has_code(task.body.get("code"), CARE) else None
    if task is None or used is None:
        return Refusal(GONE)
    refusal = _refusal(gate, task, used, reason, now)
    if refusal:
        return refusal
    today, request = now.astimezone(LONDON).date(), new_id()
    with gate.transaction():
        limit = give_back(used.use_id, request=request, by=gate.actor.id)
        if limit is None:
            return Refusal("This was reversed already")
        gate.create(_fact(gate, task, request, reason), subject=task.subject, parties=(gate.actor.id,))
        _stop(gate, task, reason, today)
        told = add_task(gate, person_id=task.subject, step=_tell(gate, task, reason, today), kind=TOLD)
        start_clock(gate, person_id=task.subject, entity=told.id, kind=TOLD, at=now)
    return _done(request, told, used, limit)


def _refusal(gate: Gate, task: Resource, used: Used, reason: str, now: datetime) -> Refusal | None:
    if not reason.strip():
        return Refusal("Say why it is not needed", "reason")
    if gate.actor.id not in _who_may(used):
        names = " or ".join(filter(None, (_name(party) for party in _who_may(used))))
        return Refusal(f"Only {names} can reverse this. Give them a task to decide", "reason")
    if used.is_given_back or task.body["status"] not in _OPEN:
        return Refusal("This was reversed or is over already", "reason")
    if _begun(task, now):
        return Refusal("It has begun, and what was given is paid. Tell the provider to end it", "reason")
    grant = gate.person(task.subject)
    if grant is None:
        return Refusal("You cannot open this record any more. Take the call down again first", "reason")
    return None


def _who_may(used: Used) -> tuple[str, ...]:
    """The one who committed it, and their team's manager."""
    desk = desk_of(used.team)
    return tuple(dict.fromkeys((used.by, *((desk.manager,) if desk else ()))))


def _name(party: str) -> str:
    worker = worker_of(party)
    return worker.name if worker else ""


def _ordered(task: Resource) -> str:
    reference = str((task.body.get("focus") or {}).get("reference", ""))
    return reference.removeprefix("ServiceRequest/") or "00000000-0000-0000-0000-000000000000"


def _begun(task: Resource, now: datetime) -> bool:
    begins = extension_value(task.body, "begins")
    return bool(begins) and datetime.fromisoformat(str(begins)) <= now


def _stop(gate: Gate, task: Resource, reason: str, today: date) -> None:
    stopped = {**task.body, "status": "cancelled", "statusReason": {"text": reason.strip()}}
    gate.update(stopped, version=task.version)
    gate.transition(task.subject, task.id, was=task.body["status"], now="cancelled", reason="reversed")
    stop_clock(
        gate, person_id=task.subject, entity=task.id, kind=start_clock_kind(today), reason="it was reversed"
    )


def _tell(gate: Gate, task: Resource, reason: str, today: date) -> NextStep:
    """Whoever reverses it tells the provider: with the number to call where it is known."""
    service = str(extension_value(task.body, "service") or "")
    title = services(today)[service].title.lower() if service in services(today) else "the care"
    known = next((one for one in alternatives(today)[0] if one.arranged_by == service), None)
    whom = f"the provider of {title}, {known.telephone}," if known else f"the provider of {title}"
    words = f"Tell {whom} that it is not needed: {reason.strip()}"
    return NextStep(words, gate.actor.id, gate.actor.name, today)


def _fact(gate: Gate, task: Resource, id_: str, reason: str) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "revoked",
        "intent": "order",
        "category": [code(REVERSED, "Urgent care that was reversed")],
        "code": code(str(extension_value(task.body, "service") or "care")),
        "replaces": [{"reference": f"ServiceRequest/{_ordered(task)}"}],
        "subject": about(task.subject),
        "authoredOn": instant(datetime.now(UTC)),
        "requester": author(gate.actor),
        "reasonCode": [{"text": reason.strip()}],
        "extension": [extension("arranged-by-task", valueString=task.id)],
    }


def _done(request: str, told: Resource, used: Used, limit: Limit) -> Reversed:
    return Reversed(request, told.id, used.pence, limit.left)
