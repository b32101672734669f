"""“Undo” right after an act, for as long as nothing depends on it: a task as it was before, a person not taken on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from careweave.record import Conflict, Gate, Refusal, Resource

from .enrolment import has_suggested
from .notes import TAKE_CHARGE
from .shapes import has_code, instant

_WRITTEN = ("CarePlan", "Goal", "Communication", "QuestionnaireResponse", "Appointment", "Consent", "Task")
SINCE = "Someone has gone on with this since, so it stays as it is"


def put_back(gate: Gate, *, task_id: str, version: int) -> Resource | Refusal:
    """A task as it was before its version `version` (done, passed on, taken), when nobody has changed it since."""
    now = gate.read("Task", task_id)
    past = gate.history("Task", task_id) if now and now.version == version else []
    before = next((one for one in past if one.version == version - 1), None)
    if now is None or before is None or has_code(now.body.get("code"), TAKE_CHARGE):
        return Refusal(SINCE)  # who is in charge is passed back by asking, never by undoing
    body = {key: value for key, value in before.body.items() if key != "meta"}
    try:
        with gate.transaction():
            was, status = now.body["status"], before.body["status"]
            if was != status:
                gate.transition(now.subject, now.id, was=was, now=status, reason="undone")
            return gate.update(body, version=version, labels=before.labels, parties=before.parties)
    except Conflict:
        return Refusal(SINCE)


def undo_take_on(gate: Gate, *, person_id: str) -> Resource | Refusal:
    """Not taken on after all: the suggestion waits again. Refused once anything was written about the person."""
    episode = active_episode(gate, person_id)
    charge = gate.in_charge([person_id]).get(person_id)
    if episode is None or charge is None or charge.holder != gate.actor.id:
        return Refusal(SINCE)
    since = datetime.fromisoformat(episode.body["period"]["start"])
    later = [
        one
        for one in gate.about(person_id, _WRITTEN)
        if one.source == "careweave" and not has_suggested(one) and one.updated >= since
    ]
    if later or _others(gate, person_id, gate.actor.id):
        return Refusal("Something was written about this person since. End coordinated care instead")
    return unenrol(gate, person_id, episode, reason="undone")


def unenrol(gate: Gate, person_id: str, episode: Resource, *, reason: str) -> Resource:
    """Take an enrolment back as if it had not been; its history stays. The suggestion is first: it keeps the door open."""
    with gate.transaction():
        reopen_suggestions(gate, person_id)
        for team in _teams(gate, person_id):
            gate.update(_ended(team.body), version=team.version)
        gate.end_charge(person_id, reason=reason)
        gate.transition(person_id, episode.id, was="active", now="cancelled", reason=reason)
        period = {**episode.body["period"], "end": instant()}
        return gate.update({**episode.body, "status": "cancelled", "period": period}, version=episode.version)


def reopen_suggestions(gate: Gate, person_id: str) -> None:
    """Whatever was answered to a suggestion is taken back; it waits for an answer again."""
    for task in gate.about(person_id, ["Task"]):
        if has_suggested(task) and task.body["status"] not in ("requested", "received"):
            answers = ("statusReason", "businessStatus", "meta")
            body = {key: value for key, value in task.body.items() if key not in answers}
            gate.transition(person_id, task.id, was=task.body["status"], now="requested", reason="undone")
            gate.update({**body, "status": "requested"}, version=task.version)


def active_episode(gate: Gate, person_id: str) -> Resource | None:
    episodes = gate.about(person_id, ["EpisodeOfCare"])
    return next((e for e in episodes if e.source == "careweave" and e.body["status"] == "active"), None)


def _teams(gate: Gate, person_id: str) -> list[Resource]:
    return [one for one in gate.about(person_id, ["CareTeam"]) if one.source == "careweave"]


def _others(gate: Gate, person_id: str, me: str) -> bool:
    """Whether anybody else is in the team now."""
    parts = [part for team in _teams(gate, person_id) for part in team.body.get("participant", [])]
    now = [part for part in parts if "end" not in part.get("period", {})]
    return any((part["member"].get("identifier") or {}).get("value") != me for part in now)


def _ended(team: dict[str, Any]) -> dict[str, Any]:
    ended = [
        part
        if "end" in part.get("period", {})
        else {**part, "period": {**part.get("period", {}), "end": instant()}}
        for part in team.get("participant", [])
    ]
    return {**team, "status": "inactive", "participant": ended}
