"""Choosing whose case is discussed: suggested people, people of the team, and someone whom a colleague adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.finding.answers import suggest
from careweave.care.finding.bringing import register_here
from careweave.record import Gate, Refusal, Resource

from ..teams.membership import carers_of
from ..teams.shapes import extension
from ..teams.worklists import waiting
from . import meetings
from .casefile import agenda, change_case, read_case
from .meetings import Meeting
from .papers import lock_case
from .shapes import (
    ASK,
    INVITATION,
    Case,
    appointment_body,
    appointment_id,
    case_body,
    case_id,
    case_of,
    message_body,
    task_body,
    with_extensions,
)

TEAM_KINDS = frozenset({"team", "coordinator", "finding"})


@dataclass(frozen=True)
class Candidate:
    """Someone who could be discussed, and why; suggested people come first."""

    person_id: str
    reasons: tuple[str, ...]
    not_known: tuple[str, ...] = ()
    is_suggested: bool = False


def not_in_team(name: str = "") -> str:
    """What someone is told whose own work does not lead to this person."""
    whose = f"{name}’s" if name else "this person’s"
    return f"You are not in {whose} team, so this case is not shown to you"


def candidates(gate: Gate, meeting: Meeting) -> list[Candidate]:
    """Whom this actor can bring: those suggested to the team, then those it looks after, without those chosen."""
    chosen = {case.person_id for _, case in agenda(gate, meeting) if case}
    suggested = {
        one.person_id: Candidate(one.person_id, one.reasons, one.not_known, True)
        for one in waiting(gate).suggestions
    }
    ours = {id_: Candidate(id_, ()) for id_ in gate.people_with("team", "coordinator")}
    found = {**suggested, **{id_: one for id_, one in ours.items() if id_ not in suggested}}
    return [one for id_, one in found.items() if id_ not in chosen]


def choose(
    gate: Gate,
    meeting: Meeting,
    *,
    person_id: str,
    name: str,
    why: str,
    question: str = "",
    asker: tuple[str, str],
    today: date,
) -> Case | Refusal:
    """Put someone on the agenda, invite them and their carers, and ask `asker` to find out what they want known."""
    refusal = _may_choose(gate, meeting, person_id, name, why)
    if refusal:
        return refusal
    with gate.transaction():
        brought = _bring_to_team(gate, meeting, person_id, why, today)
        if brought:
            return brought
        parties = (f"team:{meeting.team}", gate.actor.id)
        body = case_body(person_id, meeting.id, why=why, question=question, by=gate.actor)
        before = gate.read("Composition", body["id"])
        case = case_of(_put(gate, before, body, person_id, parties))
        gate.transition(person_id, case.id, was=before.body["status"] if before else None, now="chosen")
        _invite(gate, meeting, case, name, parties)
        ask = task_body(
            person_id,
            case.id,
            kind=ASK,
            what=f"Ask {name} what they want the meeting to know",
            owner=asker,
            by=max(today, meeting.ask_by),
            writer=gate.actor,
        )
        gate.create(ask, subject=person_id, parties=(asker[0], *parties))
        gate.transition(person_id, ask["id"], was=None, now="requested")
        meetings.add_slot(meeting.id, case.id)
        # Who is brought after the papers were locked has papers of their own moment.
        return lock_case(gate, case, datetime.now(UTC)) if meeting.locked_at else case


def _may_choose(gate: Gate, meeting: Meeting, person_id: str, name: str, why: str) -> Refusal | None:
    record = gate.person(person_id)
    is_practice = gate.actor.role in ("gp", "practice-nurse") and record and "practice" in record.kinds
    if record is None or not (record.kinds & TEAM_KINDS or is_practice):
        return Refusal(not_in_team(name if record else ""), "person")
    if meeting.ended_at:
        return Refusal("This conference is over. Choose them for the next one", "person")
    if len(meeting.slots) >= meeting.kind.most_cases:
        return Refusal(f"{len(meeting.slots)} cases are as many as fit. Take one off first", "person")
    if any(slot.case_id == case_id(meeting.id, record.id) for slot in meeting.slots):
        return Refusal(f"{name} is on the agenda already", "person")
    return None if why.strip() else Refusal(f"Say why {name}’s case is brought", "why")


def _bring_to_team(gate: Gate, meeting: Meeting, person_id: str, why: str, today: date) -> Refusal | None:
    """Whom the practice alone knows is suggested to the team first, so that the team may see why."""
    record = gate.person(person_id)
    if record is None or record.kinds & TEAM_KINDS:
        return None
    asked = suggest(
        gate, person=person_id, register=register_here(today), team=meeting.team, reason=why, today=today
    )
    return asked if isinstance(asked, Refusal) else None


def _put(
    gate: Gate, before: Resource | None, body: dict[str, Any], person_id: str, parties: Sequence[str]
) -> Resource:
    if before is None:
        return gate.create(body, subject=person_id, parties=parties)
    return gate.update(body, version=before.version, parties=parties)


def _invite(gate: Gate, meeting: Meeting, case: Case, name: str, parties: Sequence[str]) -> None:
    carers = [
        (f"person:{one.person_id}", one.name) for one in carers_of(gate, case.person_id) if one.has_a_copy
    ]
    slot = appointment_body(
        case.person_id, meeting.id, starts=meeting.starts, minutes=meeting.kind.minutes, carers=carers
    )
    _put(gate, gate.read("Appointment", slot["id"]), slot, case.person_id, parties)
    for to in ((f"person:{case.person_id}", name), *carers):
        letter = message_body(
            case.person_id,
            case.id,
            kind=INVITATION,
            title="Invitation to a meeting",
            words="",
            writer=gate.actor,
            to=to,
            status="in-progress",
            extensions=[extension("starts", valueInstant=slot["start"])],
        )
        gate.create(letter, subject=case.person_id, parties=(to[0], *parties))


def ask_differently(gate: Gate, case: Case, *, question: str) -> Case | Refusal:
    """The one question of the case: what do we want to decide?"""
    if not question.strip():
        return Refusal("Write what you want to decide", "question")
    asked = [extension("question", valueString=question.strip())]
    return change_case(gate, case.id, lambda body: with_extensions(body, ["question"], asked))


def take_off(gate: Gate, meeting: Meeting, *, number: int, reason: str) -> Refusal | None:
    """Off the agenda again: the invitation is taken back and nothing is left to do about it."""
    slot = meeting.slot(number)
    case = read_case(gate, slot.case_id) if slot else None
    if slot is None or case is None or not slot.is_open:
        return Refusal("This case is not on the agenda any more")
    if not reason.strip():
        return Refusal("Say why this case is taken off", "reason")
    with gate.transaction():
        change_case(gate, case.id, lambda body: {**body, "status": "entered-in-error"})
        gate.transition(case.person_id, case.id, was="chosen", now="taken-off", reason=reason)
        for one in gate.about(case.person_id, ["Appointment", "Task", "Communication"]):
            _stop(gate, one, case, meeting, reason)
        meetings.take_off(meeting.id, number)
    return None


def _stop(gate: Gate, one: Resource, case: Case, meeting: Meeting, reason: str) -> None:
    is_slot = one.id == appointment_id(meeting.id, case.person_id)
    points = [one.body.get("focus") or {}, *one.body.get("about", [])]
    is_of_case = any(each.get("reference") == f"Composition/{case.id}" for each in points)
    is_open = one.body["status"] in ("booked", "requested", "received", "accepted", "in-progress")
    if not is_open or not (is_slot or is_of_case):
        return
    if one.type == "Appointment":
        change = {"status": "cancelled", "cancelationReason": {"text": reason}}
    else:
        change = {
            "status": "cancelled" if one.type == "Task" else "not-done",
            "statusReason": {"text": reason},
        }
        if one.type == "Task":
            gate.transition(case.person_id, one.id, was=one.body["status"], now="cancelled", reason=reason)
    gate.update({**one.body, **change}, version=one.version)
