"""Notes: a call, visit, message or meeting, its next step, and how a mistake is put right without losing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_reference

from .shapes import about, author, code, extension, has_code, instant

NOTE = "note"
NEXT_STEP = "next-step"
TAKE_CHARGE = "take-charge"  # a question to be answered, not a task to be ticked off
KINDS = {"call": "Call", "visit": "Visit", "message": "Message", "meeting": "Meeting"}
KEEP_FROM = {"person": "held-from-person", "carers": "held-from-carers"}


@dataclass(frozen=True)
class NextStep:
    """What happens next: what, who (a party and their name), by when."""

    what: str
    party: str
    name: str
    by: date | None


@dataclass(frozen=True)
class NoteSaved:
    """A saved note and the task of its next step, if it has one."""

    note: Resource
    task: Resource | None


def add_note(
    gate: Gate,
    *,
    person_id: str,
    kind: str,
    with_whom: str,
    what_happened: str,
    next_step: NextStep | None = None,
    keep_from: Sequence[str] = (),
    keep_reason: str = "",
    labels: Sequence[str] = (),
    today: date,
) -> NoteSaved | Refusal:
    """Save what happened. `keep_from` holds it back from the person or from carers, and needs a reason."""
    refusal = _note_refusal(kind, what_happened, next_step, keep_from, keep_reason, today)
    if refusal:
        return refusal
    body = _note(gate, person_id, kind, with_whom, what_happened, keep_reason)
    held = [*labels, *(KEEP_FROM[each] for each in keep_from)]
    with gate.transaction():
        note = gate.create(body, subject=person_id, labels=held, parties=(gate.actor.id,))
        task = (
            add_task(gate, person_id=person_id, step=next_step, why=note.id, labels=held)
            if next_step
            else None
        )
    return NoteSaved(note, task)


def _note_refusal(
    kind: str, text: str, step: NextStep | None, keep_from: Sequence[str], keep_reason: str, today: date
) -> Refusal | None:
    if kind not in KINDS:
        return Refusal("Choose whether this was a call, a visit, a message or a meeting", "kind")
    if len(text.split()) < 2:
        return Refusal("A note needs a few words in ‘What happened’.", "what_happened")
    if set(keep_from) - set(KEEP_FROM):
        return Refusal("Choose whom to keep this from", "keep_from")
    if keep_from and not keep_reason.strip():
        return Refusal("Say why this is kept back", "keep_reason")
    if step and not step.what.strip():
        return Refusal("Say what the next step is", "next_what")
    if step and not step.party:
        return Refusal("Choose who does the next step", "next_who")
    if step and step.by and step.by < today:
        return Refusal("‘By when’ must be today or later.", "next_by")
    return None


def _note(
    gate: Gate, person_id: str, kind: str, with_whom: str, text: str, keep_reason: str
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(NOTE, "Note")],
        "medium": [code(kind, KINDS[kind])],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "payload": [{"contentString": text}],
    }
    extensions = []
    if with_whom:
        extensions.append(extension("with", valueString=with_whom))
    if keep_reason:
        extensions.append(extension("kept-back-because", valueString=keep_reason))
    return {**body, "extension": extensions} if extensions else body


def add_task(
    gate: Gate,
    *,
    person_id: str,
    step: NextStep,
    why: str = "",
    labels: Sequence[str] = (),
    kind: str = NEXT_STEP,
    more: Mapping[str, Any] | None = None,
) -> Resource:
    """A task with an owner and, unless there is truly none, a date; `more` are elements of its own.

    Part of a transaction of the caller's.
    """
    body = task_body(gate, person_id=person_id, step=step, why=why, kind=kind, more=more)
    task = gate.create(body, subject=person_id, labels=labels, parties=(step.party, gate.actor.id))
    gate.transition(person_id, task.id, was=None, now="requested")
    return task


def task_body(
    gate: Gate, *, person_id: str, step: NextStep, why: str, kind: str, more: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A task as it is stored, before it is: with its owner, its day and why it is there."""
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "plan",
        "code": code(kind, step.what),
        "description": step.what,
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(step.party, step.name),
        **(more or {}),
    }
    if why:
        body["reasonReference"] = {"reference": f"Communication/{why}"}
    if step.by:
        body["restriction"] = {"period": {"end": step.by.isoformat()}}
    return body


def finish_task(gate: Gate, *, person_id: str, task_id: str, outcome: str = "") -> Resource | Refusal:
    """Done. Whoever changed it since is told apart by the version."""
    task = gate.read("Task", task_id)
    if task is None:
        return Refusal("This task is not there any more")
    if task.body["status"] in ("completed", "cancelled", "entered-in-error", "rejected"):
        return Refusal("This task is closed already")
    if has_code(task.body.get("code"), TAKE_CHARGE):
        return Refusal("Open this question and say yes or no")
    body = {**task.body, "status": "completed"}
    if outcome:
        body["note"] = [*body.get("note", []), {"time": instant(), "text": outcome}]
    with gate.transaction():
        done = gate.update(body, version=task.version)
        gate.transition(person_id, task.id, was=task.body["status"], now="completed")
    return done


# -- mistakes ---------------------------------------------------------------------------------------------------


def entered_by_mistake(gate: Gate, *, person_id: str, note_id: str, reason: str) -> Resource | Refusal:
    """Strike a note through. It stays readable with the reason; its open next steps are stopped; readers are told."""
    if not reason.strip():
        return Refusal("Say what is wrong with this note", "reason")
    note = _own_note(gate, person_id, note_id)
    if isinstance(note, Refusal):
        return note
    with gate.transaction():
        struck = gate.update(
            {
                **note.body,
                "status": "entered-in-error",
                "statusReason": {"text": reason},
            },
            version=note.version,
        )
        _stop_steps(gate, person_id, note_id, reason)
        _tell_readers(gate, person_id, note, f"A note was entered by mistake: {reason}")
    return struck


def wrong_person(
    gate: Gate, *, person_id: str, note_id: str, right_person_id: str, reason: str
) -> NoteSaved | Refusal:
    """Move a note to the person it is about. The wrong record keeps an empty mark only; readers are told."""
    note = _own_note(gate, person_id, note_id)
    if isinstance(note, Refusal):
        return note
    if right_person_id == person_id:
        return Refusal("Choose another person: the note is on this one already", "right_person")
    if gate.person(right_person_id) is None:
        return Refusal("Choose a person whose record you can open", "right_person")
    moved = {k: v for k, v in note.body.items() if k not in ("id", "meta")} | {
        "id": new_id(),
        "subject": about(right_person_id),
    }
    emptied = {
        **{k: v for k, v in note.body.items() if k not in ("payload", "extension")},
        "status": "entered-in-error",
        "statusReason": {"text": f"Wrong person: {reason}" if reason else "Wrong person"},
    }
    with gate.transaction():
        _tell_readers(gate, person_id, note, "A note about someone else was on this record. It was moved.")
        kept = gate.create(moved, subject=right_person_id, labels=note.labels, parties=note.parties)
        # Even the versions that held someone else's words are closed to everyone but those who must check.
        gate.update(emptied, version=note.version, labels=(*note.labels, "staff-only"))
        _stop_steps(gate, person_id, note_id, "wrong person")
    return NoteSaved(kept, None)


def _own_note(gate: Gate, person_id: str, note_id: str) -> Resource | Refusal:
    note = gate.read("Communication", note_id)
    ours = note is not None and any(has_code(c, NOTE) for c in note.body.get("category", []))
    if note is None or not ours or note.subject != person_id:
        return Refusal("This note is not there any more")
    if note.body["status"] == "entered-in-error":
        return Refusal("This note is struck through already")
    return note


def _stop_steps(gate: Gate, person_id: str, note_id: str, reason: str) -> None:
    for task in gate.about(person_id, ["Task"]):
        because = task.body.get("reasonReference", {}).get("reference")
        if because == f"Communication/{note_id}" and task.body["status"] in (
            "requested",
            "received",
            "in-progress",
        ):
            gate.update(
                {**task.body, "status": "cancelled", "statusReason": {"text": reason}}, version=task.version
            )
            gate.transition(person_id, task.id, was=task.body["status"], now="cancelled", reason=reason)


def _tell_readers(gate: Gate, person_id: str, note: Resource, text: str) -> None:
    """One message to everyone who has opened the notes since this one was written, except its writer."""
    looks = gate.who_looked(person_id, since=note.updated - timedelta(seconds=1))
    readers = {
        look.actor
        for look in looks
        if look.act == "read"
        and "Communication" in _types(look.detail)
        and not look.actor.startswith("system:")
    }
    for reader in sorted(readers - {gate.actor.id}):
        body = {
            "resourceType": "Communication",
            "id": new_id(),
            "status": "completed",
            "category": [code("correction", "Correction")],
            "subject": about(person_id),
            "sent": instant(),
            "sender": author(gate.actor),
            "recipient": [party_reference(reader)],
            "about": [{"reference": f"Communication/{note.id}"}],
            "payload": [{"contentString": text}],
        }
        gate.create(body, subject=person_id, labels=note.labels, parties=(reader, gate.actor.id))


def _types(detail: dict[str, Any] | None) -> list[str]:
    told = detail or {}
    return [*told.get("types", []), *([told["type"]] if "type" in told else [])]
