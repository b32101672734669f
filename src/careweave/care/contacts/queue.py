"""One queue per team: what came by telephone, in person, by letter and online, with who has it and when it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from careweave.care.teams.shapes import CODES, extension_value, has_code
from careweave.care.teams.telling import KINDS, waiting_for_me
from careweave.care.teams.working_time import LONDON
from careweave.care.teams.worklists import OPEN
from careweave.record import Gate, Naming, Resource
from careweave.record.relations import CONTACT, party_of

OPEN_STATES = frozenset(OPEN.split(","))
PORTAL = "portal"


@dataclass(frozen=True)
class Queued:
    """One thing that came and is not answered. `owner` is a team until somebody takes it."""

    id: str
    person_id: str
    what: str
    channel: str
    owner: str
    owner_name: str
    came: str
    due: datetime
    is_message: bool = False

    @property
    def is_taken(self) -> bool:
        return self.owner.startswith("staff:")


@dataclass(frozen=True)
class Contact:
    """One contact with everything that was written down about it."""

    id: str
    version: int
    person_id: str
    status: str
    owner: str
    owner_name: str
    urgency: str
    due: datetime
    channel: str
    caller: str
    relation: str
    telephone: str
    check: str
    may_hear: str
    may_hear_because: str
    taken_by: str
    routed_because: str
    came: str
    what: str
    answers: tuple[str, ...]
    outcome: str
    words: str

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES

    @property
    def is_taken(self) -> bool:
        return self.owner.startswith("staff:")


def queue(gate: Gate) -> list[Queued]:
    """Everything that waits at my team's desk, the most pressing first."""
    wanted = [("code", f"{CODES}|{CONTACT}"), ("status", OPEN)]
    found = [_of_task(one) for one in gate.naming_me("Task", wanted, count=1000)]
    found += [
        Queued(
            id=one.id,
            person_id=one.person_id,
            what=f"{KINDS[one.kind]}: {one.words or ', '.join(one.ticks)}"[:200],
            channel=PORTAL,
            owner="",
            owner_name=one.to_name,
            came=one.sent,
            due=_end_of_day(one.answer_by),
            is_message=True,
        )
        for one in waiting_for_me(gate)
    ]
    return sorted(found, key=lambda one: (one.due, one.came))


def contact(gate: Gate, task_id: str) -> Contact | None:
    """One contact, open or answered, for those who may see it."""
    task = gate.read("Task", task_id)
    if task is None or not has_code(task.body.get("code"), CONTACT):
        return None
    words = _words_of(gate, task)
    body: dict[str, Any] = words.body if words else {}
    said = [each.get("contentString", "") for each in body.get("payload", [])]

    def fact(name: str) -> str:
        return str(extension_value(body, name) or "")

    medium: dict[str, Any] = next(iter(body.get("medium", [])), {})
    output: dict[str, Any] = next(iter(task.body.get("output", [])), {})
    return Contact(
        id=task.id,
        version=task.version,
        person_id=task.subject,
        status=task.body["status"],
        owner=party_of(task.body.get("owner")) or "",
        owner_name=task.body.get("owner", {}).get("display", ""),
        urgency=str(extension_value(task.body, "urgency") or ""),
        due=_due(task.body),
        channel=medium.get("text", ""),
        caller=fact("caller-name"),
        relation=fact("caller-relation"),
        telephone=fact("caller-telephone"),
        check=fact("caller-check"),
        may_hear=fact("may-hear"),
        may_hear_because=fact("may-hear-because"),
        taken_by=fact("taken-by-name"),
        routed_because=fact("routed-because"),
        came=body.get("sent", task.body.get("authoredOn", "")),
        what=said[0] if said else task.body.get("description", ""),
        answers=tuple(said[1:]),
        outcome=str(output.get("valueCode", "")),
        words="\n".join(each.get("text", "") for each in task.body.get("note", [])),
    )


def contacts_about(gate: Gate, person_id: str) -> list[str]:
    """The open contacts about a person, so that a second call about the same is not taken as new."""
    tasks = [one for one in gate.about(person_id, ["Task"]) if has_code(one.body.get("code"), CONTACT)]
    return [one.id for one in tasks if one.body["status"] in OPEN_STATES]


def _words_of(gate: Gate, task: Resource) -> Resource | None:
    reference = task.body.get("reasonReference", {}).get("reference", "")
    return gate.read("Communication", reference.partition("/")[2]) if reference else None


def _of_task(task: Naming) -> Queued:
    body = task.body
    return Queued(
        id=task.id,
        person_id=task.subject,
        what=body.get("description", ""),
        channel="",
        owner=party_of(body.get("owner")) or "",
        owner_name=body.get("owner", {}).get("display", ""),
        came=body.get("authoredOn", ""),
        due=_due(body),
    )


def _due(body: dict[str, Any]) -> datetime:
    end = body.get("restriction", {}).get("period", {}).get("end", "")
    if "T" in end:
        return datetime.fromisoformat(end.replace("Z", "+00:00"))
    return _end_of_day(end)


def _end_of_day(day: str) -> datetime:
    if not day:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(datetime.fromisoformat(day[:10]).date(), time(23, 59), LONDON)
