"""Asking for help oneself: what cannot wait is said at once; all else is with a team, which calls by a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.care.contacts.routing import Route, desk_gate, route, who_answers
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import CONTACT, party_reference

from ..teams.clocks import due_at, start_clock
from ..teams.shapes import CODES, about, author, code, extension, extension_value, has_code, instant
from ..teams.telling import tell
from .forms import RedFlag, SelfReferralKind

SELF_REFERRAL = "self-referral"
OPEN = ("requested", "received", "accepted", "in-progress")
STATES = {
    "to-call": "Waits for a call",
    "to-see": "To be seen",
    "self-care": "Looks after it themself",
    "listed": "Chose a hospital",
    "urgent": "Sent on the same day",
}


@dataclass(frozen=True)
class Stopped:
    """Nothing was sent as a referral, because this cannot wait; `told` names who was told of it, if anyone."""

    flags: tuple[RedFlag, ...]
    told: str


@dataclass(frozen=True)
class Sent:
    """With which team it is, and by when someone calls."""

    task_id: str
    team: str
    telephone: str
    call_by: datetime


@dataclass(frozen=True)
class Referral:
    """One self-referral, for whoever asked and for the team."""

    id: str
    version: int
    person_id: str
    kind: str
    title: str
    state: str
    is_open: bool
    owner_name: str
    asked: str
    words: tuple[str, ...]
    telephone: str
    best_time: str
    due: str
    seen_at: str
    steps: tuple[tuple[str, str, str, str], ...]  # what, words, who, when
    hospital: str
    offered: tuple[str, ...]


def refer_myself(
    gate: Gate,
    kind: SelfReferralKind,
    *,
    person_id: str,
    flags: Collection[str],
    none_of_these: bool,
    answers: Mapping[str, str],
    telephone: str,
    best_time: str = "",
    today: date,
) -> Sent | Stopped | Refusal:
    """Send it to the team of the person's practice or area; with a sign that cannot wait, say what to do now."""
    urgent = kind.acts(flags)
    if urgent:
        return Stopped(urgent, _tell_of_it(gate, kind, person_id, urgent, today))
    if not none_of_these:
        return Refusal("Tick what fits, or “None of these”.", "flags")
    lacking = next((key for key, _ in kind.questions if not answers.get(key, "").strip()), None)
    if lacking:
        return Refusal("Write a few words.", lacking)
    if sum(sign.isdigit() for sign in telephone) < 6:
        return Refusal("Enter a telephone number that we can call.", "telephone")
    if any(one.is_open and one.kind == kind.id for one in referrals_of(gate, person_id)):
        return Refusal("You have asked already, and someone will call you.", "flags")
    routed = route(person_id)
    if routed is None:
        return Refusal("No team covers your address yet. Call your GP surgery.", "flags")
    return _send(gate, kind, person_id, routed, answers, telephone, best_time)


def _tell_of_it(
    gate: Gate, kind: SelfReferralKind, person_id: str, urgent: tuple[RedFlag, ...], today: date
) -> str:
    """Someone by name learns of it the same day, in case the person does not call."""
    words = f"Wanted help with “{kind.title}” and ticked: {'; '.join(one.text for one in urgent)}"
    told = tell(
        gate, person_id=person_id, kind="concern", to=who_answers(gate, person_id), words=words, today=today
    )
    return "" if isinstance(told, Refusal) else told.name


def _send(
    gate: Gate,
    kind: SelfReferralKind,
    person_id: str,
    routed: Route,
    answers: Mapping[str, str],
    telephone: str,
    best_time: str,
) -> Sent:
    now = datetime.now(UTC)
    by, desk, writer = due_at(kind.call_clock, now), routed.desk, desk_gate()
    parties = (desk.party, desk.manager, gate.actor.id)
    words = [f"{text} {answers[key].strip()}" for key, text in kind.questions]
    with gate.transaction():
        said = gate.create(
            _words(gate, kind, person_id, words, desk.party), subject=person_id, parties=parties
        )
        body = _task(gate, kind, person_id, routed, said.id, by)
        body["extension"] += [
            extension(name, valueString=text.strip())
            for name, text in (("telephone", telephone), ("best-time", best_time))
            if text.strip()
        ]
        task = writer.create(body, subject=person_id, parties=parties)
        writer.transition(person_id, task.id, was=None, now="requested", reason="asked by the person")
        start_clock(writer, person_id=person_id, entity=task.id, kind=kind.call_clock, at=now)
    return Sent(task.id, desk.name, desk.telephone, by)


def _words(gate: Gate, kind: SelfReferralKind, person_id: str, words: list[str], desk: str) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(SELF_REFERRAL, f"Asked for help: {kind.title}")],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(desk)],
        "payload": [{"contentString": one} for one in words],
    }


def _task(
    gate: Gate, kind: SelfReferralKind, person_id: str, routed: Route, said: str, by: datetime
) -> dict[str, Any]:
    concept = code(SELF_REFERRAL, f"Call about: {kind.title}")
    # Also something that came to the desk: that is what opens the record to its team until it is answered.
    concept["coding"].append({"system": CODES, "code": CONTACT})
    desk = routed.desk
    return {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "order",
        "code": concept,
        "businessStatus": code("to-call", STATES["to-call"]),
        "description": f"Call about: {kind.title}",
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(desk.party, desk.name),
        "reasonReference": {"reference": f"Communication/{said}"},
        "restriction": {
            "period": {"end": instant(by)},
            "recipient": [party_reference(desk.manager, desk.manager_name)],
        },
        "extension": [extension("referral-kind", valueCode=kind.id)],
    }


def referrals_of(gate: Gate, person_id: str) -> list[Referral]:
    """Everything someone asked for themself that this reader may see, the latest first."""
    found = gate.about(person_id, ["Task", "Communication"])
    said = {f"Communication/{one.id}": one for one in found if one.type == "Communication"}
    mine = [one for one in found if one.type == "Task" and has_code(one.body.get("code"), SELF_REFERRAL)]
    made = [
        _referral(one, said.get(one.body.get("reasonReference", {}).get("reference", ""))) for one in mine
    ]
    return sorted(made, key=lambda one: one.asked, reverse=True)


def referral(gate: Gate, task_id: str) -> Referral | None:
    """One of them, by its task."""
    task = gate.read("Task", task_id)
    if task is None or not has_code(task.body.get("code"), SELF_REFERRAL):
        return None
    words = task.body.get("reasonReference", {}).get("reference", "").removeprefix("Communication/")
    return _referral(task, gate.read("Communication", words) if words else None)


def _referral(task: Resource, said: Resource | None) -> Referral:
    body = task.body

    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    outputs = body.get("output", [])
    state = next((key for key in STATES if has_code(body.get("businessStatus"), key)), "to-call")
    return Referral(
        id=task.id,
        version=task.version,
        person_id=task.subject,
        kind=text("referral-kind"),
        title=str(body.get("description", "")).removeprefix("Call about: "),
        state=state,
        is_open=body["status"] in OPEN,
        owner_name=body.get("owner", {}).get("display", ""),
        asked=body.get("authoredOn", ""),
        words=tuple(one.get("contentString", "") for one in (said.body if said else {}).get("payload", [])),
        telephone=text("telephone"),
        best_time=text("best-time"),
        due=body.get("restriction", {}).get("period", {}).get("end", ""),
        seen_at=text("seen-at"),
        steps=tuple(_step(one) for one in body.get("note", [])),
        hospital=next((str(one["valueString"]) for one in outputs if has_code(one["type"], "hospital")), ""),
        offered=tuple(str(one["valueString"]) for one in outputs if has_code(one["type"], "offered")),
    )


def _step(note: dict[str, Any]) -> tuple[str, str, str, str]:
    what, _, words = str(note.get("text", "")).partition(": ")
    return what, words, str(note.get("authorReference", {}).get("display", "")), str(note.get("time", ""))
