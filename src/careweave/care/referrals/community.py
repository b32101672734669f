"""Sending someone to a community service or network: what was offered, what they chose, and one loop until the outcome.

FHIR: a ServiceRequest, and a Task based on it whose focus is the HealthcareService; the choice is a Communication in
the person's words. The desk writes the request, which says no more than which service was asked, by whom and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.contacts.routing import desk_gate
from careweave.identity.services import Service
from careweave.record import Gate, Refusal, Resource
from careweave.record.alone import alone
from careweave.record.ids import new_id
from careweave.record.relations import COMMUNITY_REFERRAL, party_of, party_reference

from ..directory.keeping import network_party
from ..directory.matching import NOT_MET, Match
from ..directory.rules import keeping_rules, why_not_offered
from ..teams.clocks import due_at, start_clock
from ..teams.delivering import queue_delivery
from ..teams.shapes import about, author, code, extension, extension_value, has_code, instant
from ..teams.telling import in_charge_of
from .community_requests import write_request

REFERRAL, CHOICE, SENT = COMMUNITY_REFERRAL, "choice-of-support", "referral-sent"
ANSWER_CLOCK = "referral-answer"
OPEN = ("requested", "accepted", "in-progress")
STATES = {
    "asked": "Waits for an answer",
    "accepted": "Said yes",
    "declined": "Said no",
    "met": "In touch",
    "ended": "Ended",
}


@dataclass(frozen=True)
class Ask:
    """What the service is told: nothing else of the record goes with it."""

    need: str
    words: str
    first_name: str
    telephone: str
    goal: str = ""
    agreed: str = ""
    although: str = ""


@dataclass(frozen=True)
class Choice:
    """What was offered and what the person chose, in their words; `chosen` empty when they wanted none of it."""

    offered: tuple[str, ...]
    chosen: str
    said: str
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that came back: what, in which words, from whom, when."""

    what: str
    words: str
    who: str
    when: str


@dataclass(frozen=True)
class CommunityReferral:
    """One referral to a service, as everyone reads it who may."""

    id: str
    version: int
    person_id: str
    service_id: str
    service: str
    need: str
    words: str
    first_name: str
    telephone: str
    goal: str
    state: str
    owner: str
    owner_name: str
    asked: str
    asked_by: str
    due: str
    steps: tuple[Step, ...]
    is_answered_here: bool
    outcome: str = ""
    because: str = ""
    kind: str = ANSWER_CLOCK

    @property
    def state_words(self) -> str:
        return STATES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in ("asked", "accepted", "met")


def refer_to_service(
    gate: Gate, *, person_id: str, match: Match, ask: Ask, choice: Choice, today: date
) -> Resource | Refusal:
    """Ask the service, with the person's agreement; its own worker answers here, or the one who asks finds out."""
    is_own = gate.actor.id.startswith("person:")
    writer = desk_gate() if is_own else gate
    with gate.transaction():
        # Of two who ask at once, or one click that came twice, the second sees what the first has asked.
        alone(gate, f"referral {person_id} {match.service.id}")
        refusal = _refusal(gate, person_id, match, ask, today)
        if refusal:
            return refusal
        write_choice(gate, person_id=person_id, need=ask.need, choice=choice)
        return write_referral(gate, writer, person_id, match.service, ask)


def write_choice(gate: Gate, *, person_id: str, need: str, choice: Choice) -> Resource:
    """Keep what was offered and chosen, also when nothing was. Part of a transaction of the caller's."""
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(CHOICE, "Choice of support")],
        "reasonCode": [code(need)],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "payload": [{"contentString": choice.said.strip() or "Nothing was said"}],
        "extension": [
            *(extension("offered", valueString=one) for one in choice.offered),
            extension("chosen", valueString=choice.chosen or "none of these"),
        ],
    }
    return gate.create(body, subject=person_id, parties=(gate.actor.id,))


def choose_none(
    gate: Gate, *, person_id: str, need: str, offered: Sequence[str], said: str
) -> Resource | Refusal:
    """They wanted none of what was offered: that is an answer too, in their words."""
    if not said.strip():
        return Refusal("Write what they said, in their words", "said")
    return write_choice(gate, person_id=person_id, need=need, choice=Choice(tuple(offered), "", said))


def _refusal(gate: Gate, person_id: str, match: Match, ask: Ask, today: date) -> Refusal | None:
    lacking = why_not_offered(match.service, keeping_rules(today), today)
    if lacking:
        return Refusal(f"This service is not offered now. {lacking[0]}")
    unmet = [check.words for check in match.checks if check.state == NOT_MET]
    if unmet and not ask.although.strip():
        return Refusal(f"{unmet[0]}. Choose another, or say why they make an exception", "although")
    if len(ask.words.split()) < 2:
        return Refusal("Write a few words that the service may read", "words")
    if sum(sign.isdigit() for sign in ask.telephone) < 6:
        return Refusal("Enter a telephone number on which they can be reached", "telephone")
    if not ask.agreed.strip():
        return Refusal("Say how they agreed that the service is told this", "agreed")
    if any(
        one.is_open and one.service_id == match.service.id for one in referrals_to_services(gate, person_id)
    ):
        return Refusal("This service has been asked already, and has not finished")
    return None


def write_referral(
    gate: Gate,
    writer: Gate,
    person_id: str,
    service: Service,
    ask: Ask,
    *,
    clock: str = ANSWER_CLOCK,
    because: str = "",
    id: str = "",
) -> Resource:
    """The task, its clock, and word to the service where nobody of it works here. In a transaction of the caller's."""
    now, party = datetime.now(UTC), network_party(service)
    charge = in_charge_of(writer, person_id)
    own = gate.actor.id if gate.actor.id.startswith("staff:") else (charge.party if charge else "")
    owner = (
        party_reference(party, service.organisation) if party else party_reference(own, _name(gate, charge))
    )
    body = _task(gate, person_id, service, ask, clock, because) | ({"owner": owner} if party or own else {})
    body["id"] = id or body["id"]
    body["restriction"] = {"period": {"end": instant(due_at(clock, now))}}
    parties = tuple(dict.fromkeys(filter(None, (party, own, charge.party if charge else "", gate.actor.id))))
    request = write_request(gate, person_id, service, to=party, task_id=body["id"], now=now)
    body["basedOn"] = [{"reference": f"ServiceRequest/{request.id}"}]
    task = writer.create(body, subject=person_id, parties=parties)
    writer.transition(person_id, task.id, was=None, now="requested", reason=f"asked: {service.name}")
    start_clock(writer, person_id=person_id, entity=task.id, kind=clock, at=now)
    if not party and service.email:
        _send_word(gate, writer, person_id, service, task)
    return task


def _name(gate: Gate, charge: Any) -> str:
    return gate.actor.name if gate.actor.id.startswith("staff:") else (charge.name if charge else "")


def _task(gate: Gate, person_id: str, service: Service, ask: Ask, clock: str, because: str) -> dict[str, Any]:
    texts = {
        "service-name": service.name,
        "need": ask.need,
        "first-name": ask.first_name,
        "telephone": ask.telephone,
        "goal": ask.goal,
        "agreed": ask.agreed.strip(),
        "although": ask.although.strip(),
        "answer-clock": clock,
    }
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": new_id(),
        "extension": [extension(name, valueString=text) for name, text in texts.items() if text],
        "status": "requested",
        "intent": "order",
        "code": code(REFERRAL, service.name),
        "businessStatus": code("asked", STATES["asked"]),
        "description": f"Answer: {service.name} for {ask.first_name}",
        "focus": {"reference": f"HealthcareService/{service.id}"},
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "input": [{"type": code("words", "What they need"), "valueString": ask.words.strip()}],
    }
    return body | ({"reasonCode": {"text": because}} if because else {})


def _send_word(gate: Gate, writer: Gate, person_id: str, service: Service, task: Resource) -> None:
    """An e-mail that says only that somebody would like to send someone, and asks the service to call."""
    body = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(SENT, f"Word to {service.name}")],
        "subject": about(person_id),
        "about": [{"reference": f"Task/{task.id}"}],
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(f"service:{service.id}", service.name)],
        "payload": [{"contentString": f"{service.name} was asked to call"}],
    }
    sent = writer.create(body, subject=person_id, parties=task.parties)
    queue_delivery(writer, person_id=person_id, entity=sent.id, party=f"service:{service.id}")


# -- reading ----------------------------------------------------------------------------------------------------


def referrals_to_services(gate: Gate, person_id: str) -> list[CommunityReferral]:
    """Every referral of a person to a service that this reader may see, the latest first."""
    found = [one for one in gate.about(person_id, ["Task"]) if is_referral(one.body)]
    return sorted((referral_of(one) for one in found), key=lambda one: one.asked, reverse=True)


def came_back(gate: Gate, person_id: str) -> dict[str, list[CommunityReferral]]:
    """What services have answered, by the goal of the plan for which they were asked."""
    found: dict[str, list[CommunityReferral]] = {}
    for one in referrals_to_services(gate, person_id):
        if one.goal:
            found.setdefault(one.goal, []).append(one)
    return found


def community_referral(gate: Gate, task_id: str) -> CommunityReferral | None:
    """One of them, for whoever was asked and for the team."""
    task = gate.read("Task", task_id)
    return referral_of(task) if task and is_referral(task.body) else None


def choices_of(gate: Gate, person_id: str) -> list[Choice]:
    """What was offered and chosen, the latest first."""
    found = [
        one
        for one in gate.about(person_id, ["Communication"])
        if any(has_code(each, CHOICE) for each in one.body.get("category", []))
    ]
    return sorted((_choice(one.body) for one in found), key=lambda one: one.at, reverse=True)


def is_referral(body: dict[str, Any]) -> bool:
    return has_code(body.get("code"), REFERRAL)


def _choice(body: dict[str, Any]) -> Choice:
    offered = [e["valueString"] for e in body.get("extension", []) if e["url"].endswith("/offered")]
    chosen = str(extension_value(body, "chosen") or "")
    said = "\n".join(one.get("contentString", "") for one in body.get("payload", []))
    return Choice(
        tuple(offered), chosen, said, body.get("sender", {}).get("display", ""), body.get("sent", "")
    )


def referral_of(task: Any) -> CommunityReferral:
    """A referral's task (a Resource or what names me) as its pages show it; pure."""
    body = task.body

    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    owner = party_of(body.get("owner")) or ""
    output = {each["type"]["coding"][0]["code"]: each for each in body.get("output", [])}
    return CommunityReferral(
        id=task.id,
        version=task.version,
        person_id=task.subject,
        service_id=body.get("focus", {}).get("reference", "").partition("/")[2],
        service=text("service-name"),
        need=text("need"),
        words="\n".join(one.get("valueString", "") for one in body.get("input", [])),
        first_name=text("first-name"),
        telephone=text("telephone"),
        goal=text("goal"),
        state=next((key for key in STATES if has_code(body.get("businessStatus"), key)), "asked"),
        owner=owner,
        owner_name=body.get("owner", {}).get("display", ""),
        asked=body.get("authoredOn", ""),
        asked_by=body.get("requester", {}).get("display", ""),
        due=body.get("restriction", {}).get("period", {}).get("end", ""),
        steps=tuple(_step(one) for one in body.get("note", [])),
        is_answered_here=owner.startswith("org:"),
        outcome=str(output.get("outcome", {}).get("valueString", "")),
        because=body.get("reasonCode", {}).get("text", ""),
        kind=text("answer-clock") or ANSWER_CLOCK,
    )


def _step(note: dict[str, Any]) -> Step:
    what, _, words = str(note.get("text", "")).partition(": ")
    return Step(
        what, words, str(note.get("authorReference", {}).get("display", "")), str(note.get("time", ""))
    )
