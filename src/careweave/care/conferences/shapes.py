"""How a conference is held as FHIR R4: a Composition a case, an Appointment for the person, Tasks, Communications; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from careweave.record import Actor, Resource
from careweave.record.ids import new_id, resource_id
from careweave.record.relations import party_of, party_reference

from ..teams.shapes import EXTENSION, about, author, code, extension, extension_value, has_code, instant
from .costing import RoleTime

CASE = "conference-case"
DECISION, DISSENT = "conference-decision", "conference-dissent"
ASK, AGREE, REVIEW = "conference-ask", "conference-agree", "conference-review"
INVITATION, ANSWER, SUMMARY = "conference-invitation", "conference-answer", "conference-summary"
MEETINGS = "https://careweave.org/id/meeting"
PROVISIONAL = "provisional"
PROVISIONAL_BECAUSE = "Provisional: waits for someone to agree"


@dataclass(frozen=True)
class Present:
    """Someone who was in the room when a case was finished."""

    party: str
    name: str
    role: str


@dataclass(frozen=True)
class Case:
    """One person's case at one meeting, as the record holds it. `papers` are references with their version."""

    id: str
    version: int
    person_id: str
    meeting_id: str
    status: str
    why: str
    question: str
    chosen_by: str
    papers: tuple[str, ...]
    locked_at: str
    none_because: str
    waits_for: tuple[str, ...]
    present: tuple[Present, ...]
    times: tuple[RoleTime, ...]
    agreed_by: tuple[tuple[str, str], ...]
    finished_at: str
    body: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return bool(self.finished_at)

    @property
    def is_provisional(self) -> bool:
        return self.is_finished and bool(self.waits_for)


@dataclass(frozen=True)
class Decision:
    """One decision with its owner and date; a Task in the owner's day."""

    id: str
    what: str
    owner: str
    owner_name: str
    by: date | None
    status: str
    is_provisional: bool
    written_by: str

    @property
    def is_done(self) -> bool:
        return self.status == "completed"


@dataclass(frozen=True)
class Dissent:
    """Who disagreed, in their own words."""

    who: str
    words: str
    written_by: str
    at: str


def appointment_id(meeting_id: str, person_id: str) -> str:
    return resource_id("careweave", "Appointment", f"conference {meeting_id} {person_id}")


def case_id(meeting_id: str, person_id: str) -> str:
    """One case a person and meeting for ever: chosen twice is chosen once."""
    return resource_id("careweave", "Composition", f"conference {meeting_id} {person_id}")


def case_body(person_id: str, meeting_id: str, *, why: str, question: str, by: Actor) -> dict[str, Any]:
    """A case that has just been chosen."""
    texts = {"why": why, "question": question}
    return {
        "resourceType": "Composition",
        "id": case_id(meeting_id, person_id),
        "identifier": {"system": MEETINGS, "value": meeting_id},
        "extension": [extension(name, valueString=text) for name, text in texts.items() if text.strip()],
        "status": "preliminary",
        "type": code(CASE, "Case conference"),
        "subject": about(person_id),
        "date": instant(),
        "author": [author(by)],
        "title": "Case conference",
    }


def appointment_body(
    person_id: str, meeting_id: str, *, starts: datetime, minutes: int, carers: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """What the person and carers see coming."""
    who = [
        {"reference": f"Patient/{person_id}"},
        *(party_reference(party, name) for party, name in carers),
    ]
    return {
        "resourceType": "Appointment",
        "id": appointment_id(meeting_id, person_id),
        "identifier": [{"system": MEETINGS, "value": meeting_id}],
        "status": "booked",
        "description": "Meeting about your care",
        "start": instant(starts),
        "end": instant(starts + timedelta(minutes=minutes)),
        "minutesDuration": minutes,
        "participant": [{"actor": actor, "status": "needs-action"} for actor in who],
    }


def decision_body(
    person_id: str,
    case: Case,
    *,
    what: str,
    owner: tuple[str, str],
    by: date,
    writer: Actor,
    is_provisional: bool,
    on: str,
) -> dict[str, Any]:
    body = task_body(person_id, case.id, kind=DECISION, what=what, owner=owner, by=by, writer=writer)
    body["reasonCode"] = {"text": f"Decided at the case conference of {on}"}
    if is_provisional:
        body["businessStatus"] = code(PROVISIONAL, PROVISIONAL_BECAUSE)
        body["reasonCode"] = {"text": f"{PROVISIONAL_BECAUSE}. Case conference of {on}"}
    return body


def task_body(
    person_id: str,
    case: str,
    *,
    kind: str,
    what: str,
    owner: tuple[str, str],
    by: date,
    writer: Actor,
    extensions: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Something to do about a case: always a named owner and a date."""
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "order",
        "code": code(kind, what),
        "description": what,
        "focus": {"reference": f"Composition/{case}"},
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(writer),
        "owner": party_reference(*owner),
        "restriction": {"period": {"end": by.isoformat()}},
    }
    return {**body, "extension": list(extensions)} if extensions else body


def message_body(
    person_id: str,
    case: str,
    *,
    kind: str,
    title: str,
    words: str,
    writer: Actor,
    to: tuple[str, str] | None = None,
    extensions: Sequence[dict[str, Any]] = (),
    status: str = "completed",
) -> dict[str, Any]:
    """Something said about a case: an invitation, an answer, a dissent, the summary."""
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": status,
        "category": [code(kind, title)],
        "subject": about(person_id),
        "about": [{"reference": f"Composition/{case}"}],
        "sent": instant(),
        "sender": author(writer),
    }
    if words.strip():
        body["payload"] = [{"contentString": words.strip()}]
    if to:
        body["recipient"] = [party_reference(*to)]
    return {**body, "extension": list(extensions)} if extensions else body


def is_about_case(body: dict[str, Any], case: str) -> bool:
    """Whether a Task or Communication belongs to a case."""
    pointing = [body.get("focus") or {}, *body.get("about", [])]
    return any(each.get("reference") == f"Composition/{case}" for each in pointing)


def is_kind(one: Resource, kind: str) -> bool:
    """Whether a Task, Communication or Composition is of one of the kinds above."""
    concepts = one.body.get("category") or [one.body.get("code") or one.body.get("type")]
    return any(has_code(each, kind) for each in concepts if isinstance(each, dict))


def case_of(resource: Resource) -> Case:
    """A Composition as the pages need it."""
    body = resource.body

    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    return Case(
        id=resource.id,
        version=resource.version,
        person_id=resource.subject,
        meeting_id=body.get("identifier", {}).get("value", ""),
        status=body["status"],
        why=text("why"),
        question=text("question"),
        chosen_by=(body.get("author") or [{}])[0].get("display", ""),
        papers=tuple(_all(body, "paper")),
        locked_at=text("papers-locked"),
        none_because=text("none-needed"),
        waits_for=tuple(_all(body, "waits-for")),
        present=tuple(Present(*_parts(each, "party", "name", "role")) for each in _nested(body, "present")),
        times=tuple(_time(each) for each in _nested(body, "staff-time")),
        agreed_by=tuple(
            (each.get("party", {}).get("display", ""), each.get("time", ""))
            for each in body.get("attester", [])
        ),
        finished_at=text("finished"),
        body=body,
    )


def with_extensions(
    body: dict[str, Any], drop: Sequence[str], add: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The body with some of its extensions put anew."""
    urls = {EXTENSION + name for name in drop}
    kept = [each for each in body.get("extension", []) if each.get("url") not in urls]
    return {**body, "extension": [*kept, *add]}


def present_extension(one: Present) -> dict[str, Any]:
    parts = {"party": one.party, "name": one.name, "role": one.role}
    return extension(
        "present", extension=[{"url": key, "valueString": text} for key, text in parts.items() if text]
    )


def time_extension(one: RoleTime) -> dict[str, Any]:
    return extension(
        "staff-time",
        extension=[
            {"url": "role", "valueString": one.role},
            {"url": "people", "valueInteger": one.people},
            {"url": "minutes", "valueInteger": one.minutes},
        ],
    )


def decision_of(task: Resource) -> Decision:
    body = task.body
    owner = body.get("owner") or {}
    due = str(body.get("restriction", {}).get("period", {}).get("end", ""))[:10]
    return Decision(
        id=task.id,
        what=body.get("description", ""),
        owner=party_of(owner) or "",
        owner_name=owner.get("display", ""),
        by=date.fromisoformat(due) if due else None,
        status=body["status"],
        is_provisional=has_code(body.get("businessStatus"), PROVISIONAL),
        written_by=body.get("requester", {}).get("display", ""),
    )


def dissent_of(message: Resource) -> Dissent:
    body = message.body
    words = "\n".join(each.get("contentString", "") for each in body.get("payload", []))
    who = str(extension_value(body, "who") or body.get("sender", {}).get("display", ""))
    return Dissent(who, words, body.get("sender", {}).get("display", ""), body.get("sent", ""))


def _all(body: dict[str, Any], name: str) -> list[str]:
    found = [each for each in body.get("extension", []) if each.get("url") == EXTENSION + name]
    return [str(next(value for key, value in each.items() if key.startswith("value"))) for each in found]


def _nested(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = [each for each in body.get("extension", []) if each.get("url") == EXTENSION + name]
    return [
        {part["url"]: next(v for k, v in part.items() if k.startswith("value")) for part in each["extension"]}
        for each in found
    ]


def _parts(values: dict[str, Any], *names: str) -> list[str]:
    return [str(values.get(name, "")) for name in names]


def _time(values: dict[str, Any]) -> RoleTime:
    return RoleTime(str(values["role"]), int(values["people"]), int(values["minutes"]))
