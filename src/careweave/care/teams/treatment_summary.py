"""After a stay in hospital the GP has a summary within a day: the hospital owes it by name, and late ones are passed on."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.identity.golden_records import linker_gate
from careweave.identity.models import Organisation
from careweave.record import Conflict, Gate, Purpose, Refusal, Resource
from careweave.record.clocks import WORKER
from careweave.record.ids import new_id, resource_id
from careweave.record.joining import members_now
from careweave.record.outbox import Event, done, next_batch
from careweave.record.registrations import practices_on
from careweave.record.relations import party_reference

from .clocks import due_at, start_clock, stop_clock
from .delivering import queue_delivery
from .notes import NextStep, add_task, task_body
from .shapes import about, author, code, extension, extension_value, has_code, instant
from .staff_facts import workers
from .working_time import LONDON

log = logging.getLogger("careweave.work")
READER = "treatment summaries"
SUMMARY = "treatment-summary"
READ_IT = "treatment-summary-read"
GONE = "This is not there any more, or the summary was sent already"
_FRESH = timedelta(days=7)
_OPEN = ("requested", "received", "accepted", "in-progress")
_MOST_GPS = 20


@dataclass(frozen=True)
class Owed:
    """A summary that waits to be written: of which person, for which practice, left hospital when."""

    task_id: str
    person_id: str
    practice: str
    left_at: str


# -- asked for by the background work ---------------------------------------------------------------------------


def ask_for_summaries(now: datetime | None = None) -> int:
    """Everyone who left hospital and is looked after here: the hospital that sent them home owes the summary, once."""
    batch = next_batch(READER, ["Encounter"])
    count = _ask([each for each in batch.events if each.news], now or datetime.now(UTC))
    done(READER, batch)
    return count


def _ask(events: Collection[Event], now: datetime) -> int:
    if not events:
        return 0
    gate = Gate(WORKER, Purpose.SYSTEM)
    owner = members_now(linker_gate(), sorted({each.subject for each in events}))
    changed, count = {each.resource_id for each in events}, 0
    for person_id in gate.in_charge(sorted(set(owner.values()))):
        entries = gate.about(person_id, ["Encounter", "Patient"])
        for stay in (one for one in entries if one.id in changed and _left(one, now)):
            try:
                count += _owe(gate, person_id, stay, _practice(entries, now.astimezone(LONDON).date()))
            except Exception:  # one stay that cannot be asked about must not hold up the others
                log.exception("A treatment summary could not be asked for.")
    return count


def _left(stay: Resource, now: datetime) -> bool:
    """A stay that ended lately; one of long ago is no news."""
    is_stay = stay.type == "Encounter" and stay.body.get("class", {}).get("code") == "IMP"
    has_ended = bool(stay.body.get("period", {}).get("end")) and stay.ends is not None
    return is_stay and has_ended and stay.ends is not None and now - _FRESH <= stay.ends <= now


def _practice(entries: Collection[Resource], day: date) -> str:
    """The practice whose own register the person is on."""
    patients = (one for one in entries if one.type == "Patient")
    return next((one.source for one in patients if one.source in practices_on(one.body, day)), "")


def _owe(gate: Gate, person_id: str, stay: Resource, practice: str) -> int:
    id_, hospital = resource_id("careweave", "Task", f"{SUMMARY} {stay.id}"), f"org:{stay.source}"
    if not practice or stay.ends is None or gate.read("Task", id_) is not None:
        return 0
    by = due_at(SUMMARY, stay.ends).astimezone(LONDON).date()
    step = NextStep("Send the GP a summary of the treatment", hospital, _name(stay.source), by)
    facts = [extension("practice", valueCode=practice), extension("left-at", valueInstant=instant(stay.ends))]
    more = {"id": id_, "focus": {"reference": f"Encounter/{stay.id}"}, "extension": facts}
    try:
        with gate.transaction():
            add_task(gate, person_id=person_id, step=step, kind=SUMMARY, more=more)
            start_clock(gate, person_id=person_id, entity=id_, kind=SUMMARY, at=stay.ends)
    except Conflict:
        return 0
    return 1


def _name(code_: str) -> str:
    found = Organisation.objects.filter(code=code_).values_list("name", flat=True).first()
    return str(found or code_)


# -- sent by the hospital ---------------------------------------------------------------------------------------


def owed(gate: Gate, task_id: str) -> Owed | None:
    """What waits, for those whom it names."""
    task = gate.read("Task", task_id)
    if task is None or not has_code(task.body.get("code"), SUMMARY) or task.body["status"] not in _OPEN:
        return None
    return Owed(
        task.id,
        task.subject,
        _name(str(extension_value(task.body, "practice") or "")),
        str(extension_value(task.body, "left-at") or ""),
    )


def send(gate: Gate, *, task_id: str, words: str, today: date) -> Resource | Refusal:
    """To the practice, whose GPs are told and which has a task to read it; the clock stops. The person may read it too."""
    if len(words.split()) < 5:
        return Refusal(
            "Write what was found, what was done, what changed in the medicines, and what is next", "words"
        )
    task = gate.read("Task", task_id)
    if task is None or owed(gate, task_id) is None:
        return Refusal(GONE, "words")
    practice = str(extension_value(task.body, "practice") or "")
    surgery, person = f"org:{practice}", f"person:{task.subject}"
    readers = (surgery, person, *_gps(practice))
    with gate.transaction():
        sent = gate.create(
            _summary(gate, task, words, surgery, person),
            subject=task.subject,
            parties=(*readers, gate.actor.id),
        )
        for party in _gps(practice):
            queue_delivery(gate, person_id=task.subject, entity=sent.id, party=party)
        step = NextStep("Read the treatment summary of the stay", surgery, _name(practice), today)
        # A hospital that sent someone home keeps no log of their states here: the versions say who sent it and when.
        read = task_body(gate, person_id=task.subject, step=step, why=sent.id, kind=READ_IT, more=None)
        gate.create(read, subject=task.subject, parties=(surgery, gate.actor.id))
        stop_clock(gate, person_id=task.subject, entity=task.id, kind=SUMMARY, reason="sent")
        gate.update({**task.body, "status": "completed"}, version=task.version)
    return sent


def _gps(practice: str) -> list[str]:
    found = [one.party for one in workers(roles=("gp",)) if one.organisation_code == practice]
    return found[:_MOST_GPS]


def _summary(gate: Gate, task: Resource, words: str, surgery: str, person: str) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(SUMMARY, "Treatment summary")],
        "subject": about(task.subject),
        "about": [task.body["focus"]],
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(surgery, _name(surgery.partition(":")[2])), party_reference(person)],
        "payload": [{"contentString": words.strip()}],
    }


def summaries(gate: Gate, person_id: str) -> list[Resource]:
    """Every treatment summary of a person that this reader may see, the latest first."""
    return summaries_in(gate.about(person_id, ["Communication"]))


def summaries_in(resources: Collection[Resource]) -> list[Resource]:
    """The same among what was read about a person; pure."""
    found = [
        one
        for one in resources
        if one.type == "Communication"
        and any(has_code(each, SUMMARY) for each in one.body.get("category") or ())
    ]
    return sorted(found, key=lambda one: str(one.body.get("sent", "")), reverse=True)
