"""Whoever was missing says whether they agree; only then do the decisions of a provisional case stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from careweave.record import Gate, Refusal, Resource

from ..teams.notes import finish_task
from ..teams.shapes import author, extension_value, instant
from .casefile import change_case, read_case
from .discussing import create_task, day_of, write_dissent
from .kinds import Need
from .meetings import Meeting, open_meeting
from .shapes import (
    AGREE,
    DECISION,
    PROVISIONAL_BECAUSE,
    Case,
    is_about_case,
    is_kind,
    task_body,
    with_extensions,
)

_OPEN = ("requested", "received", "accepted", "in-progress")
_URL = "https://careweave.org/fhir/waits-for"


@dataclass(frozen=True)
class Question:
    """A provisional case that waits for someone's agreement."""

    task: Resource
    case: Case
    meeting: Meeting
    need: Need


def question(gate: Gate, task_id: str) -> Question | None:
    """The task as its page needs it; None when it is not there, not allowed, or answered."""
    task = gate.read("Task", task_id)
    if task is None or not is_kind(task, AGREE) or task.body["status"] not in _OPEN:
        return None
    case = read_case(gate, task.body["focus"]["reference"].removeprefix("Composition/"))
    meeting = open_meeting(gate, case.meeting_id) if case else None
    need = meeting.kind.need(str(extension_value(task.body, "need"))) if meeting else None
    return Question(task, case, meeting, need) if case and meeting and need else None


def answer(
    gate: Gate, asked: Question, *, agrees: bool | None, words: str = "", today: date
) -> Case | Refusal:
    """Agree, and the decisions stand; disagree in one's own words, and the case comes back to the next meeting."""
    if gate.actor.role not in asked.need.roles:
        return Refusal(f"Only someone from {asked.need.words} can answer this. Pass it to them", "agrees")
    if agrees is None:
        return Refusal("Choose whether you agree.", "agrees")
    if not agrees and not words.strip():
        return Refusal("Say what you disagree with, in your own words.", "words")
    parties = (f"team:{asked.meeting.team}", gate.actor.id)
    with gate.transaction():
        finish_task(gate, person_id=asked.case.person_id, task_id=asked.task.id, outcome=words.strip())
        if not agrees:
            write_dissent(gate, asked.case, gate.actor.name, words, parties)
            _bring_back(gate, asked, today, parties)
            return asked.case
        done = change_case(gate, asked.case.id, lambda body: _agreed(gate, body, asked.need))
        if not done.waits_for:
            gate.transition(
                done.person_id, done.id, was="provisional", now="decided", reason="agreed afterwards"
            )
            _let_stand(gate, done, asked.meeting)
    return done


def _agreed(gate: Gate, body: dict[str, Any], need: Need) -> dict[str, Any]:
    waiting = [each for each in body.get("extension", []) if each.get("url") == _URL]
    left = [each for each in waiting if each["valueString"] != need.key]
    signed = {"mode": "professional", "time": instant(), "party": author(gate.actor)}
    put = with_extensions(body, ["waits-for"], left)
    return {
        **put,
        "status": "preliminary" if left else "final",
        "attester": [*body.get("attester", []), signed],
    }


def _let_stand(gate: Gate, case: Case, meeting: Meeting) -> None:
    for task in gate.about(case.person_id, ["Task"]):
        if not is_kind(task, DECISION) or not is_about_case(task.body, case.id):
            continue
        if PROVISIONAL_BECAUSE in task.body.get("businessStatus", {}).get("text", ""):
            body = {key: value for key, value in task.body.items() if key != "businessStatus"}
            body["reasonCode"] = {"text": f"Decided at the case conference of {day_of(meeting)}"}
            gate.update(body, version=task.version)


def _bring_back(gate: Gate, asked: Question, today: date, parties: tuple[str, ...]) -> None:
    """Its chooser puts the case on the next agenda; until then the decisions stay provisional."""
    chooser = asked.case.body["author"][0]
    body = task_body(
        asked.case.person_id,
        asked.case.id,
        kind="next-step",
        what=f"Bring this case back: {asked.need.words} did not agree with what was decided",
        owner=(chooser["identifier"]["value"], chooser.get("display", "")),
        by=today + timedelta(days=asked.meeting.kind.decision_days),
        writer=gate.actor,
    )
    create_task(gate, asked.case, body, parties)
