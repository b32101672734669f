"""What the person and their carers want known, and how they take part: read out before anything else is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.relations import party_of

from ..teams.notes import finish_task
from ..teams.shapes import extension, extension_value
from .casefile import change_case
from .shapes import ANSWER, ASK, INVITATION, Case, is_about_case, is_kind, message_body, with_extensions

# How they take part, in the words of the team's page; the portal says the same in the first person.
PARTS = {
    "comes": "{joe} will come",
    "carer": "{annie} will speak for {joe}",
    "neither": "Neither wants to come",
}


@dataclass(frozen=True)
class Voice:
    """One answer: how someone takes part, and their own words; `written_by` names a colleague who wrote them down."""

    part: str
    words: str
    whose: str
    written_by: str
    at: str


@dataclass(frozen=True)
class Invitation:
    """An invitation as the person or carer sees it."""

    id: str
    version: int
    person_id: str
    case_id: str
    starts: datetime
    is_open: bool
    parties: tuple[str, ...]


def voices(resources: Sequence[Resource], case_id: str) -> tuple[Voice, ...]:
    """What was said for a case, the earliest first; pure."""
    found = [one for one in resources if is_kind(one, ANSWER) and is_about_case(one.body, case_id)]
    return tuple(sorted((_voice(one) for one in found), key=lambda one: one.at))


def _voice(one: Resource) -> Voice:
    body = one.body
    is_own = (party_of(body.get("sender")) or "").startswith("person:")
    return Voice(
        part=str(extension_value(body, "part") or ""),
        words="\n".join(each.get("contentString", "") for each in body.get("payload", [])),
        whose=str(extension_value(body, "whose") or body.get("sender", {}).get("display", "")),
        written_by="" if is_own else body.get("sender", {}).get("display", ""),
        at=body.get("sent", ""),
    )


def write_down(
    gate: Gate, case: Case, *, part: str, words: str, whose: str, task_id: str = ""
) -> Resource | Refusal:
    """A colleague writes down what the person or carer said; whoever was to ask has then asked."""
    if part not in PARTS:
        return Refusal("Choose who takes part", "part")
    if words.strip() and not whose.strip():
        return Refusal("Say whose words these are", "whose")
    with gate.transaction():
        said = _answer(gate, case.person_id, case.id, part, words, whose)
        saved = gate.create(said, subject=case.person_id, parties=_team_of(gate, case))
        for task in gate.about(case.person_id, ["Task"]):
            if (
                is_kind(task, ASK)
                and is_about_case(task.body, case.id)
                and task.body["status"] == "requested"
            ):
                finish_task(gate, person_id=case.person_id, task_id=task.id)
    return saved


def _team_of(gate: Gate, case: Case) -> tuple[str, ...]:
    stored = gate.read("Composition", case.id)
    return tuple(dict.fromkeys((*(stored.parties if stored else ()), gate.actor.id)))


def _answer(gate: Gate, person_id: str, case_id: str, part: str, words: str, whose: str) -> dict[str, Any]:
    return message_body(
        person_id,
        case_id,
        kind=ANSWER,
        title="About a meeting",
        words=words,
        writer=gate.actor,
        extensions=[
            extension("part", valueCode=part),
            extension("whose", valueString=whose or "not recorded"),
        ],
    )


# -- the person's and the carer's own answer ----------------------------------------------------------------------


def invitations(gate: Gate, person_id: str) -> list[Invitation]:
    """What this reader was invited to, the next first."""
    found = [one for one in gate.about(person_id, ["Communication"]) if is_kind(one, INVITATION)]
    mine = [one for one in found if _recipient(one) == gate.actor.id and one.body["status"] != "not-done"]
    return sorted((_invitation(one) for one in mine), key=lambda one: one.starts)


def answer_invitation(
    gate: Gate, invitation: Invitation, *, part: str, words: str, name: str
) -> Resource | Refusal:
    """How the reader takes part and what they want known, in their own words."""
    if part not in PARTS:
        return Refusal("Choose whether you will come.", "part")
    with gate.transaction():
        said = _answer(gate, invitation.person_id, invitation.case_id, part, words, name)
        said["inResponseTo"] = [{"reference": f"Communication/{invitation.id}"}]
        saved = gate.create(said, subject=invitation.person_id, parties=invitation.parties)
        stored = gate.read("Communication", invitation.id)
        if stored is not None and stored.body["status"] == "in-progress":
            gate.update({**stored.body, "status": "completed"}, version=stored.version)
    return saved


def own_answers(gate: Gate, person_id: str, case_id: str) -> tuple[Voice, ...]:
    """What this reader answered so far."""
    found = [
        one
        for one in gate.about(person_id, ["Communication"])
        if party_of(one.body.get("sender")) == gate.actor.id
    ]
    return voices(found, case_id)


def _recipient(one: Resource) -> str:
    return next((party_of(each) or "" for each in one.body.get("recipient", [])), "")


def _invitation(one: Resource) -> Invitation:
    case = next((each["reference"] for each in one.body.get("about", [])), "")
    return Invitation(
        id=one.id,
        version=one.version,
        person_id=one.subject,
        case_id=case.removeprefix("Composition/"),
        starts=datetime.fromisoformat(str(extension_value(one.body, "starts"))),
        is_open=one.body["status"] == "in-progress",
        parties=one.parties,
    )


# -- in the room --------------------------------------------------------------------------------------------------


def set_person_here(gate: Gate, case: Case, *, parties: Sequence[str]) -> Case:
    """Which of the person and their carers are in the room: the shared screen then shows what they may see."""
    here = [extension("here", valueString=party) for party in parties]
    return change_case(gate, case.id, lambda body: with_extensions(body, ["here"], here))


def people_here(case: Case) -> tuple[str, ...]:
    """Parties of the person and carers who are in the room."""
    found = [each for each in case.body.get("extension", []) if each.get("url", "").endswith("/fhir/here")]
    return tuple(str(each.get("valueString", "")) for each in found)
