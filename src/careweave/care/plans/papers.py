"""Letters and papers about a person: attached, read, handed on; each with an access label of its own.

A paper is a FHIR R4 DocumentReference whose content is a Binary beside it, so that lists never carry the file itself.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id

from ..teams.membership import is_volunteer, team_of
from ..teams.notes import NextStep, add_task
from ..teams.shapes import about, author, extension, instant
from .paper_kinds import BY_TYPE, NotKept, kind_of, name_of

PAPER_TASK = "paper"
HANDLING = ("held-from-person", "held-from-carers", "staff-only")
_GROUP = "professionals"


@dataclass(frozen=True)
class Paper:
    """One paper as lists show it."""

    id: str
    title: str
    about: str
    written_on: str
    attached_at: str
    attached_by: str
    source: str
    media_type: str
    size: int
    file_name: str
    binary: str
    labels: tuple[str, ...]

    @property
    def kind(self) -> str:
        return BY_TYPE[self.media_type].words if self.media_type in BY_TYPE else self.media_type


def labels_for(role: str, *, on: date) -> dict[str, str]:
    """The labels this role may put on a paper: those it may see itself."""
    every = load_definition("access", "labels", on).content["label"]
    return {
        each["name"]: each["title"]
        for each in every
        if (each.get("sensitive") or each["name"] in HANDLING)
        and (role in each["seen_by"] or _GROUP in each["seen_by"])
    }


def attach(
    gate: Gate,
    *,
    person_id: str,
    content: bytes,
    file_name: str,
    title: str,
    kind_of_letter: str = "",
    written_on: date | None = None,
    labels: Sequence[str] = (),
    today: date,
) -> Paper | Refusal:
    """Keep a paper. What it is is told by its content, never by its name."""
    if not title.strip():
        return Refusal("Say what this paper is.", "title")
    if written_on and written_on > today:
        return Refusal("The day of the letter cannot be after today.", "written_on")
    if set(labels) - set(labels_for(gate.actor.role, on=today)):
        return Refusal("Choose who may see it.", "label")
    kind = kind_of(content)
    if isinstance(kind, NotKept):
        return Refusal(kind.words, "file")
    binary = {
        "resourceType": "Binary",
        "id": new_id(),
        "contentType": kind.media_type,
        "securityContext": about(person_id),
        "data": base64.b64encode(content).decode(),
    }
    attachment = {
        "contentType": kind.media_type,
        "url": f"Binary/{binary['id']}",
        "size": len(content),
        "hash": _hash(content),
        "title": name_of(file_name, kind),
        **({"creation": written_on.isoformat()} if written_on else {}),
    }
    body = {
        "resourceType": "DocumentReference",
        "id": new_id(),
        "status": "current",
        "type": {"text": kind_of_letter.strip() or "Letter or paper"},
        "subject": about(person_id),
        "date": instant(),
        "author": [author(gate.actor)],
        "description": title.strip(),
        "content": [{"attachment": attachment}],
    }
    with gate.transaction():
        gate.create(binary, subject=person_id, labels=labels)
        return paper_of(gate.create(body, subject=person_id, labels=labels))


def papers_of(gate: Gate, person_id: str) -> tuple[Paper, ...]:
    """The papers this reader may see, newest first, whoever sent them."""
    return papers_in(gate.about(person_id, ["DocumentReference"]))


def papers_in(resources: Sequence[Resource]) -> tuple[Paper, ...]:
    """The papers among a person's resources; pure."""
    kept = [
        one for one in resources if one.type == "DocumentReference" and one.body.get("status") == "current"
    ]
    found = [paper_of(one) for one in kept if one.body.get("content")]
    return tuple(sorted(found, key=lambda each: each.written_on or each.attached_at, reverse=True))


def read_paper(gate: Gate, *, person_id: str, paper_id: str) -> tuple[Paper, bytes] | None:
    """A paper with its content; None when it is not there, not for this reader, or not as it was kept."""
    found = next((one for one in papers_of(gate, person_id) if one.id == paper_id), None)
    stored = gate.read("Binary", found.binary) if found and found.binary else None
    if found is None or stored is None or stored.body.get("contentType") != found.media_type:
        return None
    content = base64.b64decode(stored.body.get("data", ""))
    # A paper from elsewhere is looked at again: its sender's word for what it is counts for nothing.
    kind = kind_of(content)
    if isinstance(kind, NotKept) or kind.media_type != found.media_type:
        return None
    return found, content


def hand_on(
    gate: Gate, *, person_id: str, paper_id: str, party: str, what: str, by: date | None, today: date
) -> Resource | Refusal:
    """A task for someone of the team to read it, or to do what it asks for."""
    found = next((one for one in papers_of(gate, person_id) if one.id == paper_id), None)
    if found is None:
        return Refusal("This paper is not there any more.")
    members = [one for one in team_of(gate, person_id) if one.until is None and not is_volunteer(one)]
    to = next((one for one in members if one.party == party), None)
    if to is None:
        return Refusal("Choose someone of the team.", "party")
    if by and by < today:
        return Refusal("‘By when’ must be today or later.", "by")
    if set(found.labels) & _known(today) - set(labels_for(to.role, on=today)):
        return Refusal(f"{to.name} may not see this paper. Choose someone else.", "party")
    step = NextStep(f"{what.strip() or 'Read'}: {found.title}", to.party, to.name, by)
    with gate.transaction():
        task = add_task(gate, person_id=person_id, step=step, labels=found.labels, kind=PAPER_TASK)
        body = {**task.body, "focus": {"reference": f"DocumentReference/{found.id}"}}
        return gate.update(body, version=task.version)


def take_back(gate: Gate, *, person_id: str, paper_id: str, reason: str) -> Resource | Refusal:
    """It was attached by mistake: it is marked so, and no list shows it."""
    if not reason.strip():
        return Refusal("Say why it was a mistake.", "reason")
    stored = gate.read("DocumentReference", paper_id)
    if stored is None or stored.subject != person_id or stored.body.get("status") != "current":
        return Refusal("This paper is not there any more.")
    said = [*stored.body.get("extension", []), extension("taken-back-because", valueString=reason.strip())]
    return gate.update(
        {**stored.body, "status": "entered-in-error", "extension": said}, version=stored.version
    )


def _known(on: date) -> set[str]:
    return {each["name"] for each in load_definition("access", "labels", on).content["label"]}


def _hash(content: bytes) -> str:
    # FHIR R4 asks for SHA-1 here; it tells a damaged copy, and keeps nobody out.
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def paper_of(resource: Resource) -> Paper:
    """A DocumentReference as lists show it; pure."""
    body: dict[str, Any] = resource.body
    attachment = body["content"][0].get("attachment", {})
    url = attachment.get("url", "")
    return Paper(
        id=resource.id,
        title=body.get("description") or attachment.get("title") or "A paper without a name",
        about=body.get("type", {}).get("text", ""),
        written_on=attachment.get("creation", "")[:10],
        attached_at=body.get("date", ""),
        attached_by=next((each.get("display", "") for each in body.get("author", [])), ""),
        source=resource.source,
        media_type=attachment.get("contentType", ""),
        size=int(attachment.get("size") or 0),
        file_name=attachment.get("title", ""),
        binary=url.removeprefix("Binary/") if url.startswith("Binary/") else "",
        labels=resource.labels,
    )
