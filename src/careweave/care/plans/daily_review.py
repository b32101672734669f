"""In the last days of life somebody senior looks every day: one task a day, with a clock that is passed on once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import resource_id

from ..teams.clocks import start_clock, stop_clock
from ..teams.notes import NextStep, add_task
from ..teams.shapes import has_code, instant
from ..teams.telling import Recipient
from ..teams.working_time import LONDON

REVIEW = "senior-review"
WORDS = "Senior review today: is the person comfortable, and is the plan still right?"
_OPEN = ("requested", "received", "accepted", "in-progress")


def task_id(person_id: str, day: date) -> str:
    """One a day, whoever asks for it."""
    return resource_id("careweave", "Task", f"{REVIEW} {person_id} {day.isoformat()}")


def ask_for_review(gate: Gate, *, person_id: str, to: Recipient, day: date) -> bool:
    """Today's task and its clock, once. Part of a transaction of the caller's; False when it was there."""
    id_ = task_id(person_id, day)
    if gate.read("Task", id_) is not None:
        return False
    step = NextStep(WORDS, to.party, to.name, day)
    try:
        with gate.transaction():
            add_task(gate, person_id=person_id, step=step, kind=REVIEW, more={"id": id_})
            began = datetime.combine(day, time(), LONDON)
            start_clock(gate, person_id=person_id, entity=id_, kind=REVIEW, at=began)
    except Conflict:
        return False
    return True


def open_review(resources: Iterable[Any], person_id: str, day: date) -> Any | None:
    """Today's review among what was read about a person, while it waits; pure."""
    wanted = task_id(person_id, day)
    found = (one for one in resources if one.type == "Task" and one.id == wanted)
    return next((one for one in found if one.body.get("status") in _OPEN), None)


def senior_roles(on: date) -> frozenset[str]:
    """Who may write it."""
    return frozenset(load_definition("end-of-life", "decisions", on).content["senior_roles"])


def review(gate: Gate, *, person_id: str, words: str, day: date) -> Resource | Refusal:
    """Someone senior has looked: what they found stands on the task, and the clock stops."""
    if gate.actor.role not in senior_roles(day):
        return Refusal("A GP, a matron or a hospital clinician writes this review", "review")
    if not words.strip():
        return Refusal("Say what you found", "review")
    task = gate.read("Task", task_id(person_id, day))
    if task is None or not has_code(task.body.get("code"), REVIEW) or task.body["status"] not in _OPEN:
        return Refusal("Today's review is written down already")
    noted = [*task.body.get("note", []), {"time": instant(), "text": f"{gate.actor.name}: {words.strip()}"}]
    with gate.transaction():
        gate.transition(person_id, task.id, was=task.body["status"], now="completed", reason="reviewed")
        stop_clock(gate, person_id=person_id, entity=task.id, kind=REVIEW, reason="reviewed")
        return gate.update({**task.body, "status": "completed", "note": noted}, version=task.version)
