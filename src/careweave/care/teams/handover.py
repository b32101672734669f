"""Passing someone on: a named colleague is asked, and is in charge when they have accepted; until then nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.charges import InCharge
from careweave.record.ids import new_id
from careweave.record.relations import party_of, party_reference

from . import charge as charges
from .caseload import may_hold
from .clocks import due_day, start_clock, stop_clock
from .handover_told import call_the_person, tell_the_person
from .membership import is_member, leave_team, write_member
from .notes import TAKE_CHARGE, NextStep, add_task
from .shapes import about, author, code, extension, extension_value, has_code, instant
from .staff_facts import Worker, worker_of

CLOCK = "hand-over"
JOINED = "joined-for-this"
GONE = "This question is not waiting for your answer any more"


@dataclass(frozen=True)
class Offer:
    """A question to a named colleague that has no answer yet, or one accepted for a day to come."""

    task_id: str
    person_id: str
    to: str
    to_name: str
    asked_by: str
    note: str
    starts_on: date | None
    is_accepted: bool
    asked_at: str


@dataclass(frozen=True)
class HandedOver:
    """It was accepted; `charge` is None while the day on which it takes effect is still to come."""

    person_id: str
    starts_on: date
    charge: InCharge | None


@dataclass(frozen=True)
class Terms:
    """From when, what the colleague needs to know, and the reasons that some handovers need."""

    note: str
    starts_on: date | None = None
    not_told_because: str = ""
    over_cap_reason: str = ""


# -- asking -----------------------------------------------------------------------------------------------------


def offer_charge(
    gate: Gate, *, person_id: str, to: Worker | None, terms: Terms, today: date | None = None
) -> Resource | Refusal:
    """Ask a named colleague to be in charge. Nothing changes until they accept."""
    on = today or charges.today()
    charge = gate.in_charge([person_id]).get(person_id)
    if charge is None:
        return Refusal("Nobody is in charge of this person yet. Take them on instead")
    if not charges.may_pass_on(gate, charge):
        holder = worker_of(charge.holder)
        return Refusal(
            f"Only {holder.name if holder else 'whoever is in charge'} or their manager can pass this on"
        )
    refusal = _terms_refusal(gate, charge, to, terms, on)
    if refusal:
        return refusal
    if waiting_offer(gate, person_id):
        return Refusal("Someone has already been asked. Wait for their answer, or take the question back")
    assert to is not None
    with gate.transaction():
        return ask(gate, person_id=person_id, to=to, terms=terms, instead_of=charge, today=on)


def _terms_refusal(
    gate: Gate, charge: InCharge, to: Worker | None, terms: Terms, today: date
) -> Refusal | None:
    if to is None:
        return Refusal("Choose who to pass this person to", "to")
    if to.party == charge.holder:
        return Refusal(f"{to.name} is in charge already. Choose someone else", "to")
    refusal = may_hold(gate, to, reason=terms.over_cap_reason, today=today)
    if refusal:
        return Refusal(refusal.reason, "to" if refusal.field == "coordinator" else refusal.field)
    if not terms.note.strip():
        return Refusal("Say what they need to know to take over", "note")
    if terms.starts_on and terms.starts_on < today:
        return Refusal("The first day must be today or later", "starts_on")
    if (terms.starts_on is None or terms.starts_on == today) and not terms.not_told_because.strip():
        return Refusal(
            "Say why the person cannot be told before it happens, or choose a later day", "not_told_because"
        )
    return None


def ask(
    gate: Gate,
    *,
    person_id: str,
    to: Worker,
    terms: Terms,
    instead_of: InCharge,
    today: date,
    joins: bool = True,
) -> Resource:
    """Write the question, and let the colleague see the person. Part of a transaction of the caller's."""
    is_new = joins and not is_member(gate, person_id, to.party)
    if is_new:
        write_member(gate, person_id, to, since=instant())
    holder = worker_of(instead_of.holder)
    what = f"Will you be in charge instead of {holder.name if holder else 'whoever was'}?"
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "order",
        "code": code(TAKE_CHARGE, what),
        "description": what,
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(to.party, to.name),
        "note": [{"text": terms.note.strip()}],
        "restriction": {"period": {"end": due_day(CLOCK, today).isoformat()}},
        "extension": _extensions(terms, is_new=is_new),
    }
    parties = tuple(dict.fromkeys((to.party, gate.actor.id, instead_of.holder)))
    task = gate.create(body, subject=person_id, parties=parties)
    gate.transition(person_id, task.id, was=None, now="requested")
    start_clock(gate, person_id=person_id, entity=task.id, kind=CLOCK)
    return task


def _extensions(terms: Terms, *, is_new: bool) -> list[dict[str, Any]]:
    found = [extension(JOINED, valueBoolean=True)] if is_new else []
    if terms.starts_on:
        found.append(extension("starts-on", valueDate=terms.starts_on.isoformat()))
    if terms.over_cap_reason.strip():
        found.append(extension("over-cap-reason", valueString=terms.over_cap_reason.strip()))
    if terms.not_told_because.strip():
        found.append(extension("not-told-because", valueString=terms.not_told_because.strip()))
    return found or [extension("asked-on", valueDateTime=instant())]


def withdraw_offer(gate: Gate, *, person_id: str, task_id: str) -> Resource | Refusal:
    """The question is taken back, also one accepted for a day to come; whoever is in charge stays in charge."""
    task = gate.read("Task", task_id)
    charge = gate.in_charge([person_id]).get(person_id)
    if task is None or charge is None or not _is_offer(task, "requested", "accepted"):
        return Refusal("There is nothing to take back any more")
    if gate.actor.id != party_of(task.body.get("requester")) and not charges.may_pass_on(gate, charge):
        return Refusal("Only who asked, whoever is in charge or their manager can take this back")
    with gate.transaction():
        closed = _close(gate, task, "cancelled", "taken back")
        _leave_again(gate, task)
    return closed


# -- answering --------------------------------------------------------------------------------------------------


def accept_charge(
    gate: Gate,
    *,
    person_id: str,
    task_id: str,
    by: Worker,
    deputy: Worker | None = None,
    over_cap_reason: str = "",
    today: date | None = None,
) -> HandedOver | Refusal:
    """The colleague who was asked accepts: from now, or from the day that was asked for, they are in charge."""
    on = today or charges.today()
    task = gate.read("Task", task_id)
    if task is None or not _is_offer(task, "requested") or task.subject not in _records(gate, person_id):
        return Refusal(GONE)
    if party_of(task.body.get("owner")) != by.party or by.party != gate.actor.id:
        return Refusal(f"Only {task.body['owner'].get('display', 'who was asked')} can accept this")
    reason = over_cap_reason or str(extension_value(task.body, "over-cap-reason") or "")
    refusal = may_hold(gate, by, reason=reason, today=on)
    if refusal:
        return refusal
    before = gate.in_charge([person_id]).get(person_id)
    if before is None or not charges.active_episodes(gate, person_id):
        return Refusal("This person's care has ended in the meantime")
    starts = starts_on(task.body) or on
    with gate.transaction():
        tell_the_person(gate, person_id, by=by, instead_of=before.holder, starts_on=max(starts, on), today=on)
        call_the_person(gate, person_id, by=by, starts_on=max(starts, on))
        if starts > on:
            with_deputy = [extension("deputy", valueString=deputy.party)] if deputy else []
            body = {**task.body, "extension": [*task.body["extension"], *with_deputy]}
            _close(gate, task, "accepted", "accepted", body)
            return HandedOver(person_id, starts, None)
        _close(gate, task, "completed", "accepted")
        charge = charges.put_in_charge(gate, person_id, by=by, deputy=deputy, reason="accepted")
    return HandedOver(person_id, on, charge)


def decline_charge(
    gate: Gate,
    *,
    person_id: str,
    task_id: str,
    reason: str,
    next_owner: Worker | None,
    today: date | None = None,
) -> Resource | Refusal:
    """The colleague says no, why, and who should be asked next; whoever is in charge stays in charge.

    Named as the next one, whoever is in charge is told with a task; any other colleague is asked in the same moment.
    """
    on = today or charges.today()
    task = gate.read("Task", task_id)
    if task is None or not _is_offer(task, "requested") or task.subject not in _records(gate, person_id):
        return Refusal(GONE)
    if party_of(task.body.get("owner")) != gate.actor.id:
        return Refusal(f"Only {task.body['owner'].get('display', 'who was asked')} can refuse this")
    if not reason.strip():
        return Refusal("Say why, so that the next choice is a better one", "reason")
    charge = gate.in_charge([person_id]).get(person_id)
    refusal = _next_refusal(gate, charge, next_owner, on)
    if refusal or charge is None or next_owner is None:
        return refusal or Refusal("This person's care has ended in the meantime")
    with gate.transaction():
        closed = _close(gate, task, "rejected", reason.strip())
        if next_owner.party == charge.holder:
            _give_back(gate, person_id, next_owner, reason.strip(), on)
        else:
            note = f"{_note(task.body)} {gate.actor.name} could not: {reason.strip()}"
            why = str(extension_value(task.body, "not-told-because") or "")
            terms = Terms(note.strip(), starts_on(task.body), why)
            ask(gate, person_id=person_id, to=next_owner, terms=terms, instead_of=charge, today=on)
        _leave_again(gate, task)
    return closed


def _next_refusal(gate: Gate, charge: InCharge | None, to: Worker | None, today: date) -> Refusal | None:
    if to is None:
        return Refusal("Say who should be asked next, or give it back to whoever is in charge", "next_owner")
    if to.party == gate.actor.id:
        return Refusal("Choose someone other than yourself", "next_owner")
    if charge and to.party == charge.holder:
        return None
    refusal = may_hold(gate, to, reason="", today=today)
    return Refusal(refusal.reason, "next_owner") if refusal else None


def _give_back(gate: Gate, person_id: str, to: Worker, reason: str, today: date) -> None:
    what = f"{gate.actor.name} cannot take over: {reason}. You stay in charge; ask someone else"
    step = NextStep(what, to.party, to.name, due_day(CLOCK, today))
    add_task(gate, person_id=person_id, step=step)


# -- what waits -------------------------------------------------------------------------------------------------


def waiting_offer(gate: Gate, person_id: str) -> Offer | None:
    """The question that waits for its answer, or was accepted for a day to come."""
    tasks = gate.about(person_id, ["Task"])
    return next((offer_of(one) for one in tasks if _is_offer(one, "requested", "accepted")), None)


def offer_of(task: Resource) -> Offer:
    """A Task as pages show it; pure."""
    body = task.body
    return Offer(
        task_id=task.id,
        person_id=task.subject,
        to=party_of(body.get("owner")) or "",
        to_name=body.get("owner", {}).get("display", ""),
        asked_by=body.get("requester", {}).get("display", ""),
        note=_note(body),
        starts_on=starts_on(body),
        is_accepted=body["status"] == "accepted",
        asked_at=body.get("authoredOn", ""),
    )


def is_offer(task: Resource) -> bool:
    return has_code(task.body.get("code"), TAKE_CHARGE)


def starts_on(body: dict[str, Any]) -> date | None:
    text = extension_value(body, "starts-on")
    return date.fromisoformat(str(text)) if text else None


def cancel_offers(gate: Gate, person_id: str, reason: str) -> None:
    """Care ends, so nobody is asked any more. Part of a transaction of the caller's."""
    for task in gate.about(person_id, ["Task"]):
        if _is_offer(task, "requested", "accepted"):
            _close(gate, task, "cancelled", reason)


def _is_offer(task: Resource, *statuses: str) -> bool:
    return is_offer(task) and task.body["status"] in statuses


def _note(body: dict[str, Any]) -> str:
    return next((str(each.get("text", "")) for each in body.get("note", [])), "")


def _close(
    gate: Gate, task: Resource, status: str, reason: str, body: dict[str, Any] | None = None
) -> Resource:
    changed = {**(body or task.body), "status": status}
    if status in ("rejected", "cancelled"):
        changed["statusReason"] = {"text": reason}
    closed = gate.update(changed, version=task.version)
    gate.transition(task.subject, task.id, was=task.body["status"], now=status, reason=reason)
    if task.body["status"] == "requested":
        stop_clock(gate, person_id=task.subject, entity=task.id, kind=CLOCK, reason=reason)
    return closed


def _leave_again(gate: Gate, task: Resource) -> None:
    """Whoever joined the team only to answer leaves it with their no. The last act: it may close the door behind them."""
    if extension_value(task.body, JOINED):
        leave_team(gate, task.subject, party_of(task.body.get("owner")) or "")


def _records(gate: Gate, person_id: str) -> list[str]:
    grant = gate.person(person_id)
    return [grant.id, *grant.subject_ids] if grant else []
