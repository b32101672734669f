"""The person is told who will be in charge before it happens, in their own pages and by a call, and says they read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from careweave.record import Conflict, Gate, Refusal, Resource, deliveries
from careweave.record.ids import new_id
from careweave.record.relations import party_reference

from .delivering import queue_delivery, receipt_part
from .notes import NextStep, add_task
from .shapes import about, author, code, extension, extension_value, has_code, instant
from .staff_facts import Worker, worker_of

CHANGE = "change-in-charge"
SHOWN_FOR = timedelta(days=28)  # a notice that was never read is not shown for ever


@dataclass(frozen=True)
class Notice:
    """“From 1 December Tom will be in charge of your care instead of Priya. Tom will call you.”"""

    id: str
    words: str
    starts_on: date
    told_at: str
    read_at: str

    @property
    def was_told_before(self) -> bool:
        return self.told_at[:10] < self.starts_on.isoformat()


def tell_the_person(
    gate: Gate, person_id: str, *, by: Worker, instead_of: str, starts_on: date, today: date
) -> Resource:
    """A message to the person, from the moment of acceptance. Part of a transaction of the caller's."""
    before = worker_of(instead_of)
    when = f"From {starts_on.day} {starts_on:%B}" if starts_on > today else "From today"
    instead = f" instead of {before.name}" if before else ""
    first = by.name.split(" ")[0]
    words = f"{when} {by.name} will be in charge of your care{instead}. {first} will call you."
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "in-progress",
        "category": [code(CHANGE, "Who will be in charge of your care")],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(f"person:{person_id}")],
        "payload": [{"contentString": words}],
        "extension": [extension("starts-on", valueDate=starts_on.isoformat())],
    }
    party = f"person:{person_id}"
    told = gate.create(body, subject=person_id, parties=(party, gate.actor.id))
    queue_delivery(gate, person_id=person_id, entity=told.id, party=party)
    return told


def call_the_person(gate: Gate, person_id: str, *, by: Worker, starts_on: date) -> Resource:
    """“Tom will call you” is a task of Tom's. Part of a transaction of the caller's."""
    step = NextStep("Call and say that you are in charge now", by.party, by.name, starts_on)
    return add_task(gate, person_id=person_id, step=step)


def notices(gate: Gate, person_id: str) -> list[Notice]:
    """Every change that the person was told of, newest first."""
    found = [
        one
        for one in gate.about(person_id, ["Communication"])
        if any(has_code(each, CHANGE) for each in one.body.get("category", []))
    ]
    return sorted((_notice(one) for one in found), key=lambda one: one.told_at, reverse=True)


def to_be_read(gate: Gate, person_id: str, today: date) -> list[Notice]:
    """What the person has not said they read, as long as it is new."""
    return [one for one in notices(gate, person_id) if not one.read_at and today <= one.starts_on + SHOWN_FOR]


def have_read(gate: Gate, *, notice_id: str) -> Resource | Refusal:
    """The person's own act: they know who will be in charge."""
    notice = gate.read("Communication", notice_id)
    if notice is None or not any(has_code(each, CHANGE) for each in notice.body.get("category", [])):
        return Refusal("This message is not there any more")
    if gate.actor.id != f"person:{notice.subject}":
        return Refusal("Only the person can say that they have read this")
    if notice.body["status"] != "in-progress":
        return notice
    try:
        receipt = receipt_part(gate, "opened")
        parts = [*notice.body.get("extension", []), receipt]
        body = {**notice.body, "status": "completed", "received": instant(), "extension": parts}
        with gate.transaction():
            deliveries.stop(gate, person_id=notice.subject, entity=notice.id)
            return gate.update(body, version=notice.version)
    except Conflict:
        return Refusal("You have said so already")


def _notice(one: Resource) -> Notice:
    body = one.body
    return Notice(
        id=one.id,
        words=" ".join(each.get("contentString", "") for each in body.get("payload", [])),
        starts_on=date.fromisoformat(str(extension_value(body, "starts-on"))),
        told_at=body.get("sent", ""),
        read_at=body.get("received", ""),
    )
