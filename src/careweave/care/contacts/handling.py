"""What a desk does with a contact: someone takes it, makes the onward contact themself, and says how it ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from careweave.care.teams.clocks import stop_clock
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.shapes import CODES, code, instant
from careweave.care.teams.staff_facts import Worker
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.relations import party_of, party_reference

from .queue import Contact, contact
from .rules import Outcome, desk
from .taking import ROUTING

ONWARD = "onward"
CARE = "urgent-care"
TAKEN = "Someone was quicker: look again"
GONE = "This is not there any more"


def give_to(gate: Gate, *, task_id: str, version: int, to: Worker) -> Contact | Refusal:
    """A named person has it from now on; until then it is the team's, and after a quarter of an hour the manager's."""
    task = gate.read("Task", task_id)
    held = contact(gate, task_id)
    if task is None or held is None:
        return Refusal(GONE)
    if not held.is_open:
        return Refusal("This is answered already")
    if to.has_left:
        return Refusal(f"{to.name} has left. Choose someone else", "to")
    body = {**task.body, "owner": party_reference(to.party, to.name), "status": "in-progress"}
    parties = tuple(dict.fromkeys((*task.parties, to.party)))
    try:
        with gate.transaction():
            gate.update(body, version=version, parties=parties)
            gate.transition(
                task.subject, task_id, was=task.body["status"], now="in-progress", reason=to.party
            )
            stop_clock(gate, person_id=task.subject, entity=task_id, kind=ROUTING, reason="someone has it")
    except Conflict:
        return Refusal(TAKEN)
    return contact(gate, task_id) or Refusal(GONE)


def make_onward_contact(gate: Gate, *, task_id: str, step: NextStep, today: date) -> Resource | Refusal:
    """The desk asks on: what, who of us does it, and by when. The caller is never sent elsewhere."""
    held = contact(gate, task_id)
    if held is None:
        return Refusal(GONE)
    if not step.what.strip():
        return Refusal("Say what they are asked to do", "what")
    if not step.party:
        return Refusal("Choose who does it. The caller is not told to ring someone else", "who")
    if step.by is None or step.by < today:
        return Refusal("‘By when’ must be today or later.", "by")
    with gate.transaction():
        task = gate.read("Task", task_id)
        reference = (task.body.get("reasonReference") or {}).get("reference", "") if task else ""
        return add_task(
            gate, person_id=held.person_id, step=step, why=reference.partition("/")[2], kind=ONWARD
        )


def answer(
    gate: Gate, *, task_id: str, version: int, outcome: str, words: str, today: date
) -> Contact | Refusal:
    """How it ended. “Someone is asked” needs that someone; “care is arranged” needs the care."""
    task, held, rules = gate.read("Task", task_id), contact(gate, task_id), desk(today)
    if task is None or held is None:
        return Refusal(GONE)
    chosen = rules.outcomes.get(outcome)
    refusal = _end_refusal(gate, task, chosen, words)
    if refusal or chosen is None:
        return refusal or Refusal(GONE)
    body = _ended(gate, task, chosen, words)
    person_id, was = task.subject, task.body["status"]
    try:
        with gate.transaction():
            # The log and the clocks first: an answered contact opens nothing to whoever had no other part in the care.
            gate.transition(person_id, task_id, was=was, now="completed", reason=outcome)
            for clock in (ROUTING, *(one.clock for one in rules.urgencies.values())):
                stop_clock(gate, person_id=person_id, entity=task_id, kind=clock)
            gate.update(body, version=version)
    except Conflict:
        return Refusal(TAKEN)
    return contact(gate, task_id) or held


def _end_refusal(gate: Gate, task: Resource, chosen: Outcome | None, words: str) -> Refusal | None:
    if task.body["status"] == "completed":
        return Refusal("This is answered already")
    if chosen is None:
        return Refusal("Choose how it ended", "outcome")
    if not words.strip():
        return Refusal("Write what the caller was told, or what you did", "words")
    return _lacking(gate, task, chosen.needs)


def _ended(gate: Gate, task: Resource, chosen: Outcome, words: str) -> dict[str, Any]:
    body = {
        **task.body,
        "status": "completed",
        "note": [*task.body.get("note", []), {"time": instant(), "text": words.strip()}],
        "output": [{"type": code("outcome", chosen.title), "valueCode": chosen.id}],
    }
    if not (party_of(body.get("owner")) or "").startswith("staff:"):
        body["owner"] = party_reference(gate.actor.id, gate.actor.name)
    return body


def _lacking(gate: Gate, task: Resource, needs: str) -> Refusal | None:
    kinds = {"task": ONWARD, "care": CARE}
    if not needs:
        return None
    reason = task.body.get("reasonReference")
    made = [
        one
        for one in gate.about(task.subject, ["Task"])
        if one.body.get("reasonReference") == reason
        and any(
            each.get("system") == CODES and each.get("code") == kinds[needs]
            for each in one.body["code"]["coding"]
        )
    ]
    if made:
        return None
    if needs == "care":
        return Refusal("No urgent care is arranged yet: arrange it first", "outcome")
    return Refusal(
        "Make the contact yourself first: say who is asked, what, and by when. "
        "Nobody is told to ring someone else",
        "outcome",
    )


def onward_tasks(gate: Gate, held: Contact) -> list[Resource]:
    """What was asked on, and what care was arranged, for this contact."""
    task = gate.read("Task", held.id)
    reason = task.body.get("reasonReference") if task else None
    found = [one for one in gate.about(held.person_id, ["Task"]) if one.id != held.id]
    return [one for one in found if reason and one.body.get("reasonReference") == reason]
