"""A volunteer's visit: a task that says all they need and nothing more, and what they report back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import VOLUNTEER, party_of, party_reference

from .competence import LAY, beyond_competence
from .membership import add_member, team_of
from .shapes import NOT_FOR_VOLUNTEERS, about, author, code, extension, extension_value, has_code, instant
from .staff_facts import Worker

VISIT = "visit"
WENT = {"well": "It went well", "changed": "Something has changed", "nobody": "Nobody answered"}


@dataclass(frozen=True)
class Visit:
    """What a volunteer sees: a first name, when and where, what to do, please do and please don't, two telephones."""

    id: str
    first_name: str
    starts: datetime
    ends: datetime
    address: str
    how_to_get_in: str
    what_to_do: tuple[str, ...]
    please_do: tuple[str, ...]
    please_dont: tuple[str, ...]
    good_to_know: str
    telephone: str
    coordinator: str
    coordinator_telephone: str
    status: str
    version: int


def ask_visitor(
    gate: Gate,
    *,
    person_id: str,
    volunteer: Worker,
    first_name: str,
    starts: datetime,
    ends: datetime,
    address: str,
    how_to_get_in: str = "",
    what_to_do: Sequence[str],
    please_do: Sequence[str],
    please_dont: Sequence[str],
    good_to_know: str = "",
    telephone: str = "",
    coordinator: str,
    coordinator_telephone: str,
) -> Resource | Refusal:
    """Ask a volunteer to visit. The task carries what they may know, so nothing else need ever be opened to them."""
    if volunteer.role != VOLUNTEER:
        return Refusal(f"{volunteer.name} is not a volunteer", "volunteer")
    if ends <= starts:
        return Refusal("The visit must end after it starts", "ends")
    if not what_to_do:
        return Refusal("Say what to do on the visit", "what_to_do")
    parts = {
        "first-name": first_name,
        "address": address,
        "how-to-get-in": how_to_get_in,
        "good-to-know": good_to_know,
        "telephone": telephone,
        "coordinator": coordinator,
        "coordinator-telephone": coordinator_telephone,
    }
    body = {
        "resourceType": "Task",
        "id": new_id(),
        "extension": [extension(name, valueString=value) for name, value in parts.items() if value],
        "status": "requested",
        "intent": "order",
        "code": code(VISIT, "Visit"),
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(volunteer.party, volunteer.name),
        "executionPeriod": {"start": instant(starts), "end": instant(ends)},
        "input": [
            *_inputs("what-to-do", what_to_do),
            *_inputs("please-do", please_do),
            *_inputs("please-dont", please_dont),
        ],
    }
    with gate.transaction():
        if not any(m.party == volunteer.party and m.until is None for m in team_of(gate, person_id)):
            added = add_member(gate, person_id=person_id, worker=volunteer)
            if isinstance(added, Refusal):
                return added
        task = gate.create(
            body, subject=person_id, labels=["visit"], parties=(volunteer.party, gate.actor.id)
        )
        gate.transition(person_id, task.id, was=None, now="requested")
    return task


@dataclass(frozen=True)
class VisitDetails:
    """What a volunteer needs for a task that becomes a visit; nothing else of the record goes with it."""

    first_name: str
    starts: datetime
    ends: datetime
    address: str
    telephone: str
    coordinator: str
    coordinator_telephone: str
    how_to_get_in: str = ""
    please_do: tuple[str, ...] = ()
    please_dont: tuple[str, ...] = ()


def pass_as_visit(
    gate: Gate, *, task_id: str, version: int, volunteer: Worker, details: VisitDetails
) -> Resource | Refusal:
    """A professional's task becomes a volunteer's visit, where competence allows it. Raises Conflict."""
    task = gate.read("Task", task_id)
    if task is None or task.body["status"] not in ("requested", "received", "accepted"):
        return Refusal("This task is not there any more")
    if volunteer.role != VOLUNTEER:
        return Refusal(f"{volunteer.name} is not a volunteer", "to")
    if details.ends <= details.starts:
        return Refusal("The visit must end after it starts", "visit")
    today = details.starts.date()
    refusal = beyond_competence(task.body, name=volunteer.name, role=volunteer.role, on=today)
    if refusal:
        return refusal
    with gate.transaction():
        if not any(m.party == volunteer.party and m.until is None for m in team_of(gate, task.subject)):
            added = add_member(gate, person_id=task.subject, worker=volunteer)
            if isinstance(added, Refusal):
                return added
        kept = tuple(dict.fromkeys((*task.parties, volunteer.party, gate.actor.id)))
        labels = tuple(dict.fromkeys((*task.labels, "visit")))
        return gate.update(
            _as_visit(task.body, volunteer, details), version=version, labels=labels, parties=kept
        )


def give_back(gate: Gate, *, task_id: str, version: int, to: Worker) -> Resource | Refusal:
    """A visit becomes a professional's task again: the volunteer no longer sees it. Raises Conflict."""
    task = gate.read("Task", task_id)
    if task is None or task.body["status"] not in ("requested", "accepted", "rejected"):
        return Refusal("This visit has been reported already")
    if to.role in LAY or to.has_left:
        return Refusal(f"{to.name} cannot take this. Choose a professional who works here", "to")
    owner = party_of(task.body.get("owner"))
    codings = [one for one in task.body["code"]["coding"] if one.get("code") != VISIT]
    concept = {**task.body["code"], "coding": codings or code("next-step")["coding"]}
    gone = ("executionPeriod", "input", "extension", "statusReason")
    body = {key: value for key, value in task.body.items() if key not in gone}
    said = [
        one["valueString"] for one in task.body.get("input", []) if has_code(one.get("type"), "what-to-do")
    ]
    body |= {"code": concept, "status": "requested", "owner": party_reference(to.party, to.name)}
    body.setdefault("description", "; ".join(said) or "Visit")
    parties = tuple(party for party in task.parties if party != owner)
    labels = tuple(label for label in task.labels if label != "visit")
    return gate.update(
        body,
        version=version,
        labels=labels,
        parties=tuple(dict.fromkeys((*parties, to.party, gate.actor.id))),
    )


def _as_visit(body: dict[str, Any], volunteer: Worker, details: VisitDetails) -> dict[str, Any]:
    parts = {
        "first-name": details.first_name,
        "address": details.address,
        "how-to-get-in": details.how_to_get_in,
        "telephone": details.telephone,
        "coordinator": details.coordinator,
        "coordinator-telephone": details.coordinator_telephone,
    }
    return {
        **{key: value for key, value in body.items() if key not in NOT_FOR_VOLUNTEERS},
        "extension": [extension(name, valueString=value) for name, value in parts.items() if value],
        "code": {**body["code"], "coding": [*body["code"]["coding"], *code(VISIT)["coding"]]},
        "status": "requested",
        "owner": party_reference(volunteer.party, volunteer.name),
        "executionPeriod": {"start": instant(details.starts), "end": instant(details.ends)},
        "input": [
            *_inputs("what-to-do", [str(body.get("description", ""))]),
            *_inputs("please-do", details.please_do),
            *_inputs("please-dont", details.please_dont),
        ],
    }


def my_visits(gate: Gate) -> list[Visit]:
    """The visits this volunteer is asked to make, soonest first."""
    page = gate.search("Task", [("code", f"{code(VISIT)['coding'][0]['system']}|{VISIT}")], count=100)
    return sorted((visit_of(task) for task in page.resources), key=lambda visit: visit.starts)


def visit_of(task: Resource) -> Visit:
    """A visit task as the volunteer's page shows it; pure."""
    body = task.body
    period = body["executionPeriod"]

    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    def lines(name: str) -> tuple[str, ...]:
        return tuple(i["valueString"] for i in body.get("input", []) if has_code(i.get("type"), name))

    return Visit(
        id=task.id,
        first_name=text("first-name"),
        starts=datetime.fromisoformat(period["start"]),
        ends=datetime.fromisoformat(period["end"]),
        address=text("address"),
        how_to_get_in=text("how-to-get-in"),
        what_to_do=lines("what-to-do"),
        please_do=lines("please-do"),
        please_dont=lines("please-dont"),
        good_to_know=text("good-to-know"),
        telephone=text("telephone"),
        coordinator=text("coordinator"),
        coordinator_telephone=text("coordinator-telephone"),
        status=body["status"],
        version=task.version,
    )


@dataclass(frozen=True)
class AskedBy:
    """Who asked for a visit, and about whom: the one whom the volunteer tells."""

    person_id: str
    party: str
    name: str


def asked_by(gate: Gate, task_id: str) -> AskedBy:
    """The coordinator of a visit that this volunteer may open."""
    task = gate.read("Task", task_id)
    if task is None:
        raise gate.door.refuse("not there, or not allowed", act="visit")
    requester = task.body.get("requester", {})
    return AskedBy(task.subject, party_of(requester) or "", requester.get("display", ""))


def have_been(gate: Gate, *, task_id: str, how: str, words: str = "") -> Resource | Refusal:
    """The volunteer reports how it went; the coordinator reads it on the task."""
    if how not in WENT:
        return Refusal("Choose how it went", "how")
    task = gate.read("Task", task_id)
    if task is None or task.body["status"] not in ("requested", "accepted", "in-progress"):
        return Refusal("This visit has been moved or reported already")
    report = {"type": code("how-it-went", WENT[how]), "valueCode": how}
    said = (
        [{"type": code("words", "Anything the team should know"), "valueString": words}]
        if words.strip()
        else []
    )
    body = {**task.body, "status": "completed" if how != "nobody" else "failed", "output": [report, *said]}
    return gate.update(body, version=task.version)


def cannot_go(gate: Gate, *, task_id: str, reason: str) -> Resource | Refusal:
    """The volunteer cannot go; finding someone else is the coordinator's work, not theirs."""
    task = gate.read("Task", task_id)
    if task is None or task.body["status"] not in ("requested", "accepted"):
        return Refusal("This visit has been moved or reported already")
    if not reason.strip():
        return Refusal("Choose a reason", "reason")
    return gate.update(
        {**task.body, "status": "rejected", "statusReason": {"text": reason}}, version=task.version
    )


def _inputs(name: str, lines: Sequence[str]) -> list[dict[str, Any]]:
    return [{"type": code(name), "valueString": line} for line in lines if line.strip()]
