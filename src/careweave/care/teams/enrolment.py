"""Taking someone on, and the one coordinator: in charge from acceptance to acceptance, with no gap and no overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.beside import InCharge
from careweave.record.ids import new_id
from careweave.record.relations import SUGGESTED, party_of, party_reference

from .membership import team_of, write_member
from .shapes import about, author, code, has_code, instant
from .staff_facts import Worker

TAKE_CHARGE = "take-charge"


@dataclass(frozen=True)
class Enrolled:
    """A person is taken on: their episode, and who is in charge."""

    person_id: str
    episode_id: str
    in_charge: InCharge


def take_on(
    gate: Gate,
    *,
    person_id: str,
    coordinator: Worker,
    deputy: Worker | None = None,
    over_cap_reason: str = "",
) -> Enrolled | Refusal:
    """Start coordinated care with `coordinator` in charge, who must be the one who says so; answers any suggestion."""
    refusal = _may_hold(gate, coordinator, over_cap_reason)
    if refusal:
        return refusal
    if coordinator.party != gate.actor.id:
        return Refusal(f"Only {coordinator.name} can accept this. Pass it to them instead", "coordinator")
    with gate.transaction():
        if _active_episode(gate, person_id):
            return Refusal("This person is already taken on. Open their page to see who is in charge")
        # The team first: it is what lets this worker write the rest.
        write_member(gate, person_id, coordinator, since=instant())
        charge = gate.put_in_charge(
            person_id,
            holder=coordinator.party,
            deputy=deputy.party if deputy else None,
            accepted_by=gate.actor.id,
            reason="taken on",
        )
        episode = gate.create(_episode(person_id, coordinator), subject=person_id)
        gate.transition(person_id, episode.id, was=None, now="active")
        _answer_suggestions(gate, person_id)
    return Enrolled(person_id, episode.id, charge)


def offer_charge(gate: Gate, *, person_id: str, to: Worker, note: str) -> Resource | Refusal:
    """Ask a named colleague to be in charge. Nothing changes until they accept."""
    if to.has_left:
        return Refusal(f"{to.name} has left. Choose someone else", "to")
    if not note.strip():
        return Refusal("Say what they need to know to take over", "note")
    open_offers = [t for t in gate.about(person_id, ["Task"]) if _is_open_offer(t)]
    if open_offers:
        return Refusal("Someone has already been asked. Wait for their answer, or take the question back")
    body = {
        "resourceType": "Task",
        "id": new_id(),
        "status": "requested",
        "intent": "order",
        "code": code(TAKE_CHARGE, "Be in charge of this person's care"),
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(to.party, to.name),
        "description": note,
    }
    with gate.transaction():
        write_member(gate, person_id, to, since=instant())
        task = gate.create(body, subject=person_id, parties=(to.party, gate.actor.id))
        gate.transition(person_id, task.id, was=None, now="requested")
    return task


def accept_charge(
    gate: Gate,
    *,
    person_id: str,
    task_id: str,
    by: Worker,
    deputy: Worker | None = None,
    over_cap_reason: str = "",
) -> Enrolled | Refusal:
    """The colleague who was asked accepts: from this moment they are in charge, and the one before is not."""
    task = gate.read("Task", task_id)
    if (
        task is None
        or not _is_open_offer(task)
        or party_of(task.body.get("owner")) != by.party
        or by.party != gate.actor.id
    ):
        return Refusal("This question is not waiting for your answer any more")
    refusal = _may_hold(gate, by, over_cap_reason)
    if refusal:
        return refusal
    with gate.transaction():
        gate.update({**task.body, "status": "completed"}, version=task.version)
        gate.transition(person_id, task.id, was="requested", now="completed")
        charge = gate.put_in_charge(
            person_id,
            holder=by.party,
            deputy=deputy.party if deputy else None,
            accepted_by=by.party,
            reason="accepted",
        )
        episode = _active_episode(gate, person_id)
        if episode is None:
            return Refusal("This person's care has ended in the meantime")
        gate.update(
            {**episode.body, "careManager": party_reference(by.party, by.name)}, version=episode.version
        )
    return Enrolled(person_id, episode.id, charge)


def decline_charge(gate: Gate, *, person_id: str, task_id: str, reason: str) -> Resource | Refusal:
    """The colleague says no, and why; whoever is in charge stays in charge."""
    task = gate.read("Task", task_id)
    if task is None or not _is_open_offer(task) or party_of(task.body.get("owner")) != gate.actor.id:
        return Refusal("This question is not waiting for your answer any more")
    if not reason.strip():
        return Refusal("Say why, so that the next choice is a better one", "reason")
    with gate.transaction():
        declined = gate.update(
            {**task.body, "status": "rejected", "statusReason": {"text": reason}}, version=task.version
        )
        gate.transition(person_id, task.id, was="requested", now="rejected", reason=reason)
    return declined


def end_care(gate: Gate, *, person_id: str, reason: str, what_next: str) -> Resource | Refusal:
    """Close coordinated care. Whoever closes a case leaves a plan for what happens next."""
    if not reason.strip():
        return Refusal("Say why coordinated care ends", "reason")
    if not what_next.strip():
        return Refusal("Say what happens next, so that the person is not left without", "what_next")
    episode = _active_episode(gate, person_id)
    if episode is None:
        return Refusal("This person is not taken on")
    body = {**episode.body, "status": "finished", "period": {**episode.body["period"], "end": instant()}}
    with gate.transaction():
        note = _what_next(gate, person_id, what_next)
        gate.create(note, subject=person_id, parties=(gate.actor.id,))
        gate.transition(person_id, episode.id, was="active", now="finished", reason=reason)
        finished = gate.update(body, version=episode.version)
        gate.end_charge(person_id, reason=reason)
    return finished


def caseload(gate: Gate) -> list[str]:
    """The people this worker is in charge of now."""
    return gate.people_with("coordinator")


def _may_hold(gate: Gate, worker: Worker, over_cap_reason: str) -> Refusal | None:
    if worker.has_left:
        return Refusal(f"{worker.name} has left. Choose someone else", "coordinator")
    if worker.caseload_limit is not None and not over_cap_reason.strip():
        held = len(caseload(gate))
        if held >= worker.caseload_limit:
            return Refusal(
                f"{worker.name} already has {held} people. Choose someone else, or say why.",
                "over_cap_reason",
            )
    return None


def _active_episode(gate: Gate, person_id: str) -> Resource | None:
    episodes = gate.about(person_id, ["EpisodeOfCare"])
    return next((e for e in episodes if e.source == "careweave" and e.body["status"] == "active"), None)


def _episode(person_id: str, coordinator: Worker) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "EpisodeOfCare",
        "id": new_id(),
        "status": "active",
        "patient": about(person_id),
        "period": {"start": instant()},
        "careManager": party_reference(coordinator.party, coordinator.name),
    }
    if coordinator.team:
        body["team"] = [party_reference(f"team:{coordinator.team}", coordinator.team_name)]
    return body


def _answer_suggestions(gate: Gate, person_id: str) -> None:
    for task in gate.about(person_id, ["Task"]):
        if has_suggested(task) and task.body["status"] in ("requested", "received"):
            gate.update({**task.body, "status": "accepted"}, version=task.version)
            gate.transition(person_id, task.id, was=task.body["status"], now="accepted")


def has_suggested(task: Resource) -> bool:
    return any(c.get("code") == SUGGESTED for c in task.body.get("code", {}).get("coding", []))


def _is_open_offer(task: Resource) -> bool:
    return has_code(task.body.get("code"), TAKE_CHARGE) and task.body["status"] == "requested"


def _what_next(gate: Gate, person_id: str, text: str) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code("what-next", "What happens next")],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "payload": [{"contentString": text}],
    }


__all__ = [
    "Enrolled",
    "accept_charge",
    "caseload",
    "decline_charge",
    "end_care",
    "offer_charge",
    "take_on",
    "team_of",
]
