"""When someone has died: everything still planned for them, stopped together, each thing kept that should go on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from careweave.record import Conflict, Gate, Resource
from careweave.record.relations import party_of

from .enrolment import has_suggested
from .settling import REVOKED, settle_request
from .shapes import has_code
from .visits import VISIT

_OPEN_TASKS = ("draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold")
_OPEN_APPOINTMENTS = ("proposed", "pending", "booked", "waitlist")
DIED = "Died"
AFTER_DEATH = "after-death"  # for the family and the team: a death starts these, and ends none of them


@dataclass(frozen=True)
class Planned:
    """One thing that would still happen: a visit, an appointment, a task."""

    id: str
    kind: str
    what: str
    who: str
    when: str


@dataclass(frozen=True)
class Stopped:
    """How many were stopped, and what someone else changed in the same moment."""

    count: int
    not_stopped: tuple[str, ...] = ()


def planned(gate: Gate, person_id: str) -> list[Planned]:
    """Everything still planned, soonest first; what has no day comes last."""
    found = [
        _planned(one)
        for one in gate.about(person_id, ["Task", "Appointment"])
        if one.source == "careweave" and _is_open(one)
    ]
    return sorted(found, key=lambda one: (not one.when, one.when, one.what))


def stop(gate: Gate, *, person_id: str, ids: Collection[str]) -> Stopped:
    """Stop these; each is its own act, so that one that was changed meanwhile stops no other."""
    count, left = 0, []
    for one in gate.about(person_id, ["Task", "Appointment"]):
        if one.id not in ids or one.source != "careweave" or not _is_open(one):
            continue
        try:
            with gate.transaction():
                if one.type == "Task":
                    change = {"status": "cancelled", "statusReason": {"text": DIED}}
                    gate.transition(person_id, one.id, was=one.body["status"], now="cancelled", reason="died")
                else:
                    change = {"status": "cancelled", "cancelationReason": {"text": DIED}}
                gate.update({**one.body, **change}, version=one.version)
                settle_request(one.body, REVOKED, datetime.now(UTC))
            count += 1
        except Conflict:
            left.append(_planned(one).what)
    return Stopped(count, tuple(left))


def _is_open(one: Resource) -> bool:
    if one.type == "Task":
        is_for_later = has_suggested(one) or has_code(one.body.get("code"), AFTER_DEATH)
        return one.body.get("status") in _OPEN_TASKS and not is_for_later
    return one.body.get("status") in _OPEN_APPOINTMENTS


def _planned(one: Resource) -> Planned:
    body = one.body
    if one.type == "Appointment":
        what = str(body.get("description") or "Appointment")
        return Planned(one.id, "Appointment", what, "", str(body.get("start") or ""))
    is_visit = has_code(body.get("code"), VISIT)
    owner = body.get("owner") or {}
    due = str(body.get("restriction", {}).get("period", {}).get("end", ""))
    when = str(body.get("executionPeriod", {}).get("start", "")) if is_visit else due
    what = str(body.get("description") or body.get("code", {}).get("text") or "Task")
    return Planned(
        one.id,
        "Visit" if is_visit else "Task",
        what,
        str(owner.get("display") or party_of(owner) or ""),
        when,
    )
