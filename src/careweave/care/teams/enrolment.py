"""Taking someone on, and ending coordinated care: in between exactly one is in charge, with no gap and no overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.charges import InCharge, Post
from careweave.record.ids import new_id
from careweave.record.relations import SUGGESTED, party_reference

from . import charge as charges
from .access_after import end_access
from .caseload import may_hold, own_people
from .handover import cancel_offers
from .membership import team_of, write_member
from .shapes import about, instant
from .staff_facts import Worker, worker_of
from .what_next import WhatNext, leave_what_next, missing_in


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
    today: date | None = None,
) -> Enrolled | Refusal:
    """Start coordinated care with `coordinator` in charge, who must be the one who says so; answers any suggestion."""
    refusal = may_hold(gate, coordinator, reason=over_cap_reason, today=today or charges.today())
    if refusal:
        return refusal
    if coordinator.party != gate.actor.id:
        return Refusal(f"Only {coordinator.name} can accept this. Pass it to them instead", "coordinator")
    with gate.transaction():
        if charges.active_episodes(gate, person_id):
            return Refusal("This person is already taken on. Open their page to see who is in charge")
        # The team first: it is what lets this worker write the rest.
        write_member(gate, person_id, coordinator, since=instant())
        post = Post(coordinator.party, deputy.party if deputy else None, coordinator.organisation_code)
        reason = (
            f"taken on over the limit: {over_cap_reason.strip()}" if over_cap_reason.strip() else "taken on"
        )
        charge = gate.put_in_charge(person_id, post, reason=reason)
        episode = gate.create(_episode(person_id, coordinator), subject=person_id)
        gate.transition(person_id, episode.id, was=None, now="active")
        _answer_suggestions(gate, person_id)
    return Enrolled(person_id, episode.id, charge)


def end_care(
    gate: Gate, *, person_id: str, reason: str, what_next: WhatNext, today: date | None = None
) -> Resource | Refusal:
    """Close coordinated care. Whoever closes a case leaves a plan for what happens next; the plan of care is closed too."""
    if not reason.strip():
        return Refusal("Say why coordinated care ends", "reason")
    refusal = missing_in(what_next, today or charges.today())
    if refusal:
        return refusal
    episodes, charge = charges.active_episodes(gate, person_id), gate.in_charge([person_id]).get(person_id)
    if not episodes or charge is None:
        return Refusal("This person is not taken on")
    if not charges.may_pass_on(gate, charge):
        return Refusal("Only whoever is in charge, their deputy or their manager can end coordinated care")
    named = worker_of(what_next.party) if what_next.party else None
    if named and named.has_left:
        return Refusal(f"{named.name} has left. Choose someone else", "who")
    with gate.transaction():
        if named:  # when care has ended, only the team still sees the person
            write_member(gate, person_id, named, since=instant())
        leave_what_next(gate, person_id=person_id, plan=what_next)
        cancel_offers(gate, person_id, "coordinated care ended")
        _close_plans(gate, person_id)
        for episode in episodes:
            gate.transition(person_id, episode.id, was="active", now="finished", reason=reason.strip())
        gate.end_charge(person_id, reason=reason.strip())
        finished = [_finish(gate, episode) for episode in episodes]
        day = today or charges.today()
        end_access(
            gate, person_id=person_id, named=what_next.party if named else "", by=what_next.by, today=day
        )
    return finished[0]


def _finish(gate: Gate, episode: Resource) -> Resource:
    period = {**episode.body["period"], "end": instant()}
    return gate.update({**episode.body, "status": "finished", "period": period}, version=episode.version)


def _close_plans(gate: Gate, person_id: str) -> None:
    """A plan in force needs someone in charge; it stays readable as it was."""
    for plan in gate.about(person_id, ["CarePlan"]):
        if plan.source == "careweave" and plan.body.get("status") == "active":
            gate.update({**plan.body, "status": "completed"}, version=plan.version)
            gate.transition(
                person_id, plan.id, was="active", now="completed", reason="coordinated care ended"
            )


def caseload(gate: Gate) -> list[str]:
    """The people this worker is in charge of now."""
    return own_people(gate)


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


__all__ = ["Enrolled", "caseload", "end_care", "has_suggested", "take_on", "team_of"]
