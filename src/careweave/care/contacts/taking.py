"""Taking a contact down: who called, about whom, what was said, how urgent; then it has a queue, a clock and a reply-by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.teams.clocks import due_at, start_clock
from careweave.care.teams.shapes import about, author, code, extension, instant
from careweave.care.teams.staff_facts import worker_of
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import CONTACT, party_reference

from .callers import Authority, Caller, authority_of, caller_refusal
from .routing import Route, desk_gate, route
from .rules import Urgency, desk

ROUTING = "contact-routing"
_MAY_WRITE = frozenset(("team", "coordinator", "finding"))


@dataclass(frozen=True)
class Said:
    """One contact as it was taken down."""

    channel: str
    caller: Caller
    what: str
    urgency: str
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """Where the contact went, by when it is answered, and what the caller may be told."""

    task: Resource
    route: Route
    reply_by: datetime
    authority: Authority


def take_contact(gate: Gate, *, person_id: str, said: Said, today: date) -> Taken | Refusal:
    """Write it down and put it into the queue of the person's team, with the clock of its urgency running."""
    rules = desk(today)
    refusal = _refusal(said, today)
    if refusal:
        return refusal
    me = worker_of(gate.actor.id, role=gate.actor.role)
    routed = route(person_id, answered_in=me.team if me else None)
    if routed is None:
        return Refusal("No team covers this address, and you work in none. Ask your administrator for a team")
    urgency, now = rules.urgencies[said.urgency], datetime.now(UTC)
    authority = authority_of(gate, person_id, said.caller, today=today)
    writer = _writer(gate, person_id)
    by = due_at(urgency.clock, now)
    parties = tuple(dict.fromkeys((routed.desk.party, routed.desk.manager, gate.actor.id)))
    with writer.transaction():
        words = writer.create(
            _communication(gate, person_id, said, routed, authority), subject=person_id, parties=parties
        )
        task = writer.create(
            _task(gate, person_id, said, routed, urgency, by, words.id), subject=person_id, parties=parties
        )
        writer.transition(person_id, task.id, was=None, now="requested", reason=routed.because)
        start_clock(writer, person_id=person_id, entity=task.id, kind=ROUTING, at=now)
        start_clock(writer, person_id=person_id, entity=task.id, kind=urgency.clock, at=now)
    gate.door.forget()  # what the desk wrote may have opened the record to whoever answered
    return Taken(task, routed, by, authority)


def _refusal(said: Said, today: date) -> Refusal | None:
    rules = desk(today)
    if said.channel not in rules.channels:
        return Refusal("Choose how this came", "channel")
    refusal = caller_refusal(said.caller, today=today)
    if refusal:
        return refusal
    if len(said.what.split()) < 2:
        return Refusal("Write a few words about what they told you", "what")
    if said.urgency not in rules.urgencies:
        return Refusal("Choose how urgent it is", "urgency")
    return None


def _writer(gate: Gate, person_id: str) -> Gate:
    """The one who answered, where the rules let them write about this person; else the desk, which names them."""
    known = gate.person(person_id)
    return gate if known and known.relationships & _MAY_WRITE else desk_gate()


def _communication(
    gate: Gate, person_id: str, said: Said, routed: Route, authority: Authority
) -> dict[str, Any]:
    caller, rules = said.caller, desk(datetime.now(UTC).date())
    asked = {one.id: one.text for one in rules.questions}
    told = [
        f"{asked[id_]} {words.strip()}"
        for id_, words in said.answers.items()
        if id_ in asked and words.strip()
    ]
    facts = _facts(gate, caller, routed, authority)
    return {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(CONTACT, "Came to the team’s desk")],
        "medium": [code(said.channel, rules.channels[said.channel])],
        "subject": about(person_id),
        "sent": instant(),
        "sender": party_reference(caller.party, caller.name) if caller.party else {"display": caller.name},
        "recipient": [party_reference(routed.desk.party, routed.desk.name)],
        "payload": [{"contentString": text} for text in (said.what.strip(), *told)],
        "extension": [extension(name, valueString=value) for name, value in facts.items() if value],
    }


def _facts(gate: Gate, caller: Caller, routed: Route, authority: Authority) -> dict[str, str]:
    """Who called and what they may hear, who took it down, and why it went where it did."""
    return {
        "caller-kind": caller.kind,
        "caller-name": caller.name.strip(),
        "caller-relation": caller.relation.strip(),
        "caller-telephone": caller.telephone.strip(),
        "caller-party": caller.party,
        "caller-check": caller.check,
        "may-hear": authority.may_hear,
        "may-hear-because": authority.because,
        "taken-by": gate.actor.id,
        "taken-by-name": gate.actor.name,
        "routed-because": routed.because,
    }


def _task(
    gate: Gate, person_id: str, said: Said, routed: Route, urgency: Urgency, by: datetime, words: str
) -> dict[str, Any]:
    who = ", ".join(filter(None, (said.caller.name.strip(), said.caller.relation.strip())))
    return {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "order",
        "priority": urgency.priority,
        "code": code(CONTACT, f"Answer {who}"),
        "description": f"Answer {who}: {said.what.strip()[:200]}",
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(routed.desk.party, routed.desk.name),
        "reasonReference": {"reference": f"Communication/{words}"},
        "restriction": {
            "period": {"end": instant(by)},
            # The manager may look: whatever nobody takes comes to them.
            "recipient": [party_reference(routed.desk.manager, routed.desk.manager_name)],
        },
        "extension": [extension("urgency", valueCode=urgency.id)],
    }
