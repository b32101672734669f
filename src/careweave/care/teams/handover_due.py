"""Handovers that the clock brings about: the day that was agreed has come, someone has left, two records were joined."""

from __future__ import annotations

import logging
import time
from datetime import date

from careweave.identity.models import Staff
from careweave.record import Actor, Conflict, Gate, Purpose, Refused, Resource
from careweave.record import charges as stretches
from careweave.record.relations import party_of

from . import charge as charges
from .clocks import due_day
from .handover import CLOCK, Terms, ask, is_offer, starts_on, waiting_offer
from .notes import TAKE_CHARGE, NextStep, add_task
from .shapes import CODES, extension_value, has_code
from .staff_facts import worker_of

log = logging.getLogger("careweave.work")
TIMER = Actor("system:handovers", "system", name="Handovers")
EVERY_SECONDS = 60
AGREE = "agree-who"
_last = 0.0


def tick() -> int:
    """All that is due, looked at once a minute; returns how much was done."""
    global _last
    if time.monotonic() - _last < EVERY_SECONDS:
        return 0
    _last = time.monotonic()
    return do_due(charges.today())


def do_due(today: date) -> int:
    """Each is a transaction of its own; one that fails is tried again, and keeps no other waiting."""
    return carry_out(today) + offer_cases_of_leavers(today) + tell_joined(today)


def carry_out(today: date) -> int:
    """What was accepted for today or earlier takes effect, in the name of who accepted it."""
    gate = Gate(TIMER, Purpose.SYSTEM)
    wanted = [("code", f"{CODES}|{TAKE_CHARGE}"), ("status", "accepted")]
    found = gate.search("Task", wanted, count=1000).resources
    due = [one for one in found if (starts_on(one.body) or today) <= today]
    return sum(_tried(_carry_out, task, today) for task in due)


def _carry_out(task: Resource, today: date) -> bool:
    by = worker_of(party_of(task.body.get("owner")) or "")
    if by is None or by.has_left:
        return _comes_to_nothing(task, today)
    # In the name of who accepted, for nobody else can take charge for them; the log says that the day had come.
    gate = Gate(Actor(by.party, by.role, by.organisation_code, by.name), Purpose.DIRECT_CARE)
    deputy = worker_of(str(extension_value(task.body, "deputy") or ""))
    with gate.transaction():
        current = gate.read("Task", task.id)
        if current is None or current.body["status"] != "accepted":
            return False
        gate.update({**current.body, "status": "completed"}, version=current.version)
        gate.transition(task.subject, task.id, was="accepted", now="completed", reason="the day had come")
        charges.put_in_charge(gate, task.subject, by=by, deputy=deputy, reason="accepted")
    return True


def _comes_to_nothing(task: Resource, today: date) -> bool:
    """Who accepted has left before the day: whoever is in charge stays so, and is told."""
    gate = Gate(TIMER, Purpose.SYSTEM)
    charge = gate.in_charge([task.subject]).get(task.subject)
    reason = f"{task.body['owner'].get('display', 'Who accepted')} has left"
    with gate.transaction():
        gate.update(
            {**task.body, "status": "cancelled", "statusReason": {"text": reason}}, version=task.version
        )
        gate.transition(task.subject, task.id, was="accepted", now="cancelled", reason=reason)
        if charge:
            answers = charges.answering(charge, today)
            words = f"{reason} before taking over. Ask someone else to be in charge"
            _tell(gate, task.subject, words, answers.party, answers.name, today)
    return True


def offer_cases_of_leavers(today: date) -> int:
    """Whoever was in the charge of someone who left is offered to who stands in; it waits with a clock like any other."""
    gate = Gate(TIMER, Purpose.SYSTEM)
    left = [one.party for one in Staff.objects.filter(left_on__isnull=False, left_on__lte=today)]
    people = stretches.people_of(gate.door, left) if left else []
    return sum(_tried(_offer, person_id, today) for person_id in people)


def _offer(person_id: str, today: date) -> bool:
    gate = Gate(TIMER, Purpose.SYSTEM)
    charge = gate.in_charge([person_id]).get(person_id)
    if charge is None:
        return False
    waiting = waiting_offer(gate, person_id)
    answers = charges.answering(charge, today)
    to = worker_of(answers.party)
    if to is None or (waiting and not _has_left(waiting.to)):
        return False
    terms = Terms(f"{answers.because}. You answer until someone is in charge.", None, answers.because)
    with gate.transaction():
        if waiting:
            _stop_asking(gate, waiting.task_id)
        ask(gate, person_id=person_id, to=to, terms=terms, instead_of=charge, today=today, joins=False)
    return True


def _has_left(party: str) -> bool:
    worker = worker_of(party)
    return worker is None or worker.has_left


def _stop_asking(gate: Gate, task_id: str) -> None:
    task = gate.read("Task", task_id)
    if task is not None and is_offer(task):
        gate.update(
            {**task.body, "status": "cancelled", "statusReason": {"text": "has left"}}, version=task.version
        )
        gate.transition(task.subject, task.id, was=task.body["status"], now="cancelled", reason="has left")


def tell_joined(today: date) -> int:
    """Two records of one person were joined, each with someone in charge: each of them is told once who it is now."""
    gate = Gate(TIMER, Purpose.SYSTEM)
    several = stretches.held_by_several(gate.door)
    return sum(_tried(_tell_joined, person_id, holders, today) for person_id, holders in several.items())


def _tell_joined(person_id: str, holders: tuple[str, ...], today: date) -> bool:
    gate = Gate(TIMER, Purpose.SYSTEM)
    charge = gate.in_charge([person_id]).get(person_id)
    told = [one for one in gate.about(person_id, ["Task"]) if has_code(one.body.get("code"), AGREE)]
    if charge is None or any(set(holders) <= _told_of(one) for one in told):
        return False
    counts = worker_of(charge.holder)
    name = counts.name if counts else "Whoever was first"
    words = f"Two records of this person were joined. {name} is in charge. Agree who goes on, and pass it on if need be"
    with gate.transaction():
        for worker in filter(None, map(worker_of, holders)):
            _tell(gate, person_id, words, worker.party, worker.name, today, also=holders)
    return True


def _told_of(task: Resource) -> set[str]:
    return set(task.parties)


def _tell(
    gate: Gate, person_id: str, words: str, party: str, name: str, today: date, *, also: tuple[str, ...] = ()
) -> None:
    step = NextStep(words, party, name, due_day(CLOCK, today))
    task = add_task(gate, person_id=person_id, step=step, kind=AGREE)
    if also:
        gate.update(task.body, version=task.version, parties=tuple({*task.parties, *also}))


def _tried(act: object, *what: object) -> int:
    assert callable(act)
    try:
        return int(bool(act(*what)))
    except (Conflict, Refused):  # someone else was first, or it is not theirs to open any more
        log.exception("A handover could not be carried out, and is tried again.")
        return 0


__all__ = ["carry_out", "do_due", "offer_cases_of_leavers", "tell_joined", "tick"]
