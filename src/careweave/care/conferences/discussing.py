"""The discussion: decisions with an owner and a date, dissent in its own words, and the end of each case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from careweave.record import Gate, Refusal, Resource
from careweave.record.relations import party_of

from ..teams.shapes import extension, instant
from ..teams.staff_facts import worker_of
from . import meetings
from .casefile import change_case, read_case
from .costing import staff_time
from .kinds import Need
from .meetings import Meeting, Slot
from .shapes import (
    AGREE,
    DECISION,
    DISSENT,
    REVIEW,
    Case,
    Decision,
    Dissent,
    Present,
    appointment_id,
    decision_body,
    decision_of,
    dissent_of,
    is_about_case,
    is_kind,
    message_body,
    present_extension,
    task_body,
    time_extension,
    with_extensions,
)
from .voices import people_here, voices

NOT_A_TEAM = "Choose a person. ‘Team’ cannot do it."
STAYS = ("completed", "requested", "accepted", "in-progress", "received", "ready", "on-hold")


@dataclass(frozen=True)
class Finished:
    """A case that was just finished, and the one that comes next, if there is one."""

    case: Case
    following: Slot | None


def decisions(resources: Sequence[Resource], case_id: str) -> tuple[Decision, ...]:
    """What was decided, in the order it was written; what was taken back is left out. Pure."""
    found = [one for one in resources if is_kind(one, DECISION) and is_about_case(one.body, case_id)]
    kept = [one for one in found if one.body["status"] in STAYS]
    return tuple(decision_of(one) for one in sorted(kept, key=lambda one: str(one.body.get("authoredOn"))))


def dissents(resources: Sequence[Resource], case_id: str) -> tuple[Dissent, ...]:
    """Who disagreed, in the order they said so; pure."""
    found = [one for one in resources if is_kind(one, DISSENT) and is_about_case(one.body, case_id)]
    return tuple(dissent_of(one) for one in sorted(found, key=lambda one: str(one.body.get("sent"))))


def _open_case(gate: Gate, meeting: Meeting, number: int) -> tuple[Slot, Case] | Refusal:
    slot = meeting.slot(number)
    case = read_case(gate, slot.case_id) if slot else None
    if slot is None or case is None:
        return Refusal("This case is not on the agenda any more")
    if case.is_finished or not slot.is_open:
        return Refusal("Someone has finished this case. Nothing more can be decided in it here")
    return slot, case


def decide(
    gate: Gate,
    meeting: Meeting,
    *,
    number: int,
    what: str,
    owner: tuple[str, str],
    by: date | None,
    today: date,
) -> Resource | Refusal:
    """One decision: what, who (a person by name) and by when. It is in the owner's day at once."""
    found = _open_case(gate, meeting, number)
    if isinstance(found, Refusal):
        return found
    if not what.strip():
        return Refusal("Write what was decided.", "what")
    worker = worker_of(owner[0])
    if worker is None:
        return Refusal(NOT_A_TEAM, "who")
    if worker.has_left:
        return Refusal(f"{worker.name} has left. Choose someone else", "who")
    if by is None:
        return Refusal("Enter by when.", "by")
    if by < today:
        return Refusal("‘By when’ must be today or later.", "by")
    _, case = found
    body = decision_body(
        case.person_id,
        case,
        what=what.strip(),
        owner=owner,
        by=by,
        writer=gate.actor,
        is_provisional=bool(meeting.kind.missing([each.role for each in meeting.here])),
        on=day_of(meeting),
    )
    return create_task(gate, case, body, (f"team:{meeting.team}",))


def create_task(gate: Gate, case: Case, body: dict[str, object], parties: Sequence[str]) -> Resource:
    owner = party_of(body["owner"]) or ""  # type: ignore[arg-type]
    with gate.transaction():
        task = gate.create(
            body, subject=case.person_id, parties=tuple(dict.fromkeys((owner, gate.actor.id, *parties)))
        )
        gate.transition(case.person_id, task.id, was=None, now="requested")
    return task


def take_back(gate: Gate, meeting: Meeting, *, number: int, task_id: str) -> Refusal | None:
    """A decision that was written wrongly leaves the list and its owner's day; its history stays."""
    found = _open_case(gate, meeting, number)
    task = gate.read("Task", task_id)
    if isinstance(found, Refusal):
        return found
    if task is None or not is_kind(task, DECISION) or not is_about_case(task.body, found[1].id):
        return Refusal("This decision is not there any more")
    with gate.transaction():
        gate.transition(task.subject, task.id, was=task.body["status"], now="cancelled", reason="taken back")
        gate.update(
            {**task.body, "status": "cancelled", "statusReason": {"text": "Taken back in the meeting"}},
            version=task.version,
        )
    return None


def disagree(gate: Gate, meeting: Meeting, *, number: int, who: str, words: str) -> Resource | Refusal:
    """Someone disagrees: their name and their own words stay with the case."""
    found = _open_case(gate, meeting, number)
    if isinstance(found, Refusal):
        return found
    if not who.strip():
        return Refusal("Say who disagrees.", "dissent_who")
    if not words.strip():
        return Refusal("Write it in their own words.", "dissent_words")
    return write_dissent(gate, found[1], who, words, (f"team:{meeting.team}", gate.actor.id))


def write_dissent(gate: Gate, case: Case, who: str, words: str, parties: Sequence[str]) -> Resource:
    body = message_body(
        case.person_id,
        case.id,
        kind=DISSENT,
        title="Someone disagrees",
        words=words,
        writer=gate.actor,
        extensions=[extension("who", valueString=who.strip())],
    )
    return gate.create(body, subject=case.person_id, parties=tuple(parties))


def finish(
    gate: Gate,
    meeting: Meeting,
    *,
    number: int,
    name: str,
    none_because: str = "",
    now: datetime | None = None,
) -> Finished | Refusal:
    """End a case: what was decided stands (or waits for who was missing), and the look back is set."""
    moment = now or datetime.now(UTC)
    found = _open_case(gate, meeting, number)
    if isinstance(found, Refusal):
        return found
    slot, case = found
    belonging = gate.about(case.person_id, ["Task", "Communication", "Appointment"])
    decided = decisions(belonging, case.id)
    if not decided and not none_because.strip():
        return Refusal(f"No decisions yet for {name}. If none is needed, say why.", "none_because")
    if not meeting.here:
        return Refusal("Tick who is here first: who decided, and how long it took, is kept from it", "here")
    lacking = meeting.kind.missing([each.role for each in meeting.here]) if decided else ()
    with gate.transaction():
        if not meetings.finish_slot(meeting.id, number, now=moment):
            return Refusal("Someone has finished this case. Nothing more can be decided in it here")
        done = _write_end(gate, meeting, slot, case, belonging, none_because, lacking, moment)
        for need in lacking:
            _ask_to_agree(gate, meeting, done, need)
        _set_look_back(gate, meeting, done)
    after = next((each for each in meeting.slots if each.is_open and each.number != number), None)
    if after:
        meetings.begin_slot(meeting.id, after.number, now=moment)
    return Finished(done, after)


def _write_end(
    gate: Gate,
    meeting: Meeting,
    slot: Slot,
    case: Case,
    belonging: Sequence[Resource],
    none_because: str,
    lacking: Sequence[Need],
    moment: datetime,
) -> Case:
    present = [Present(each.party, each.name, each.role) for each in meeting.here]
    here = set(people_here(case))
    people = [
        Present(party, "", "person" if party == f"person:{case.person_id}" else "carer") for party in here
    ]
    times = staff_time([each.role for each in present], seconds=slot.spent(moment)) if present else ()
    ending = [
        *(present_extension(each) for each in (*present, *people)),
        *(time_extension(each) for each in times),
        *(extension("waits-for", valueString=need.key) for need in lacking),
        extension("finished", valueInstant=instant(moment)),
    ]
    if none_because.strip():
        ending.append(extension("none-needed", valueString=none_because.strip()))

    def change(body: dict[str, object]) -> dict[str, object]:
        put = with_extensions(body, ["present", "staff-time", "waits-for", "finished", "none-needed"], ending)
        return {**put, "status": "preliminary" if lacking else "final", **_sections(belonging, case.id)}

    done = change_case(gate, case.id, change)
    state = "provisional" if lacking else "decided"
    gate.transition(case.person_id, case.id, was="chosen", now=state, reason=none_because)
    _close_appointment(gate, meeting, case, belonging, here)
    return done


def _sections(belonging: Sequence[Resource], case_id: str) -> dict[str, object]:
    made = []
    for title, kind in (("Decisions", DECISION), ("Who disagreed", DISSENT)):
        entries = [one for one in belonging if is_kind(one, kind) and is_about_case(one.body, case_id)]
        if entries:
            references = [{"reference": f"{one.type}/{one.id}"} for one in entries]
            made.append({"title": title, "entry": references})
    return {"section": made} if made else {}


def _close_appointment(
    gate: Gate, meeting: Meeting, case: Case, belonging: Sequence[Resource], here: set[str]
) -> None:
    wanted = appointment_id(meeting.id, case.person_id)
    slot = next((one for one in belonging if one.id == wanted and one.body["status"] == "booked"), None)
    if slot is None:
        return
    said = voices(belonging, case.id)
    came = any(each.part == "comes" for each in said[-1:])
    whom = [
        {**each, "status": "accepted" if _party(each, case) in here or came else "declined"}
        for each in slot.body["participant"]
    ]
    gate.update({**slot.body, "status": "fulfilled", "participant": whom}, version=slot.version)


def _party(participant: dict[str, object], case: Case) -> str:
    return party_of(participant["actor"]) or f"person:{case.person_id}"  # type: ignore[arg-type]


def _ask_to_agree(gate: Gate, meeting: Meeting, case: Case, need: Need) -> None:
    """Whoever was missing is asked by name; where the meeting knows nobody of that kind, its writer finds someone."""
    known = next((each for each in meeting.attendees if each.role in need.roles), None)
    owner = (known.party, known.name) if known else (gate.actor.id, gate.actor.name)
    what = f"Agree or not with what the case conference of {day_of(meeting)} decided"
    if not known:
        what = f"Find someone from {need.words} to agree with what was decided on {day_of(meeting)}"
    body = task_body(
        case.person_id,
        case.id,
        kind=AGREE,
        what=what,
        owner=owner,
        by=meeting.on + timedelta(days=meeting.kind.decision_days),
        writer=gate.actor,
        extensions=[extension("need", valueString=need.key)],
    )
    create_task(gate, case, body, (f"team:{meeting.team}",))


def _set_look_back(gate: Gate, meeting: Meeting, case: Case) -> None:
    """“Look again in 30 days”, for whoever is in charge, or for the writer where nobody is yet."""
    charge = gate.in_charge([case.person_id]).get(case.person_id)
    known = next((each for each in meeting.attendees if charge and each.party == charge.holder), None)
    owner = (known.party, known.name) if known else (gate.actor.id, gate.actor.name)
    gp = next((each for each in meeting.here if each.role == "gp"), None)
    told = [extension("meeting-day", valueDate=meeting.on.isoformat())]
    if gp:
        told += [extension("gp", valueString=gp.party), extension("gp-name", valueString=gp.name)]
    body = task_body(
        case.person_id,
        case.id,
        kind=REVIEW,
        what=f"Look again: what became of the case conference of {day_of(meeting)}",
        owner=owner,
        by=meeting.on + timedelta(days=meeting.kind.review_after_days),
        writer=gate.actor,
        extensions=told,
    )
    create_task(gate, case, body, tuple(filter(None, (f"team:{meeting.team}", gp.party if gp else ""))))


def come_back_later(gate: Gate, meeting: Meeting, *, number: int) -> Slot | Refusal:
    """To the end of the agenda, with all that was written so far; returns the case that comes now."""
    found = _open_case(gate, meeting, number)
    if isinstance(found, Refusal):
        return found
    others = [each for each in meeting.slots if each.is_open and each.number != number]
    if not others:
        return Refusal("This is the last case. Finish it, or leave it for the next conference")
    now = datetime.now(UTC)
    meetings.put_off_slot(meeting.id, number, now=now)
    meetings.begin_slot(meeting.id, others[0].number, now=now)
    return others[0]


def day_of(meeting: Meeting) -> str:
    return f"{meeting.on.day} {meeting.on:%B %Y}"
