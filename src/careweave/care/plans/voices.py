"""What the person, a carer or a professional says about the plan: their own words, which others can only answer below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from careweave.record import Draft, Gate, Refusal
from careweave.record.beside import StaleDraft
from careweave.record.ids import new_id

from ..teams import telling
from ..teams.telling import Message, Told
from .drafting import DRAFT, save_part, started_from
from .standing import published_plan

KIND = "plan-answer"
PARTS = {
    "matters": "What matters to me",
    "strengths": "What I can do",
    "goals": "My goals",
    "if-things-change": "If things change",
    "agreement": "The whole plan",
    "copies": "My copy",
}
SAYINGS = {
    **telling.PLAN_ANSWERS,
    "disagree": "I do not agree with this",
    "add": "I want to add this",
    "comment": "I want to say this",
}
# What may be taken into the plan, in the words of whoever said it.
_TAKEN_INTO = ("matters", "strengths", "goals", "if-things-change")
_TRIES = 5


def say(
    gate: Gate,
    *,
    person_id: str,
    said: str,
    words: str = "",
    part: str = "",
    goal: str = "",
    today: date,
) -> Told | Refusal:
    """Say something about the plan in one's own words; the one in charge answers by a date. Agreeing asks no answer."""
    if part not in PARTS and not goal:
        return Refusal("Choose which part of the plan you mean.", "part")
    if said not in SAYINGS:
        return Refusal("Choose what you want to say.", "said")
    if said in ("disagree", "add", "comment") and not words.strip():
        return Refusal("Write it in your own words.", "words")
    plan = published_plan(gate, person_id)
    return telling.tell(
        gate,
        person_id=person_id,
        kind=KIND,
        to=telling.in_charge_of(gate, person_id),
        words=words,
        ticks=[SAYINGS[said]],
        goal=goal,
        part=part or "goals",
        plan_version=plan.version if plan else 0,
        today=today,
    )


def voices(gate: Gate, person_id: str) -> tuple[Message, ...]:
    """Everything said about the plan that this reader may see, oldest first, each with its answers."""
    return tuple(one for one in reversed(telling.told_about(gate, person_id)) if one.kind == KIND)


def of_part(found: Sequence[Message], part: str, goal: str = "") -> tuple[Message, ...]:
    """What was said about one part, or about one goal; pure."""
    return tuple(one for one in found if (one.part or "goals") == part and one.goal == goal)


def own_answer(found: Sequence[Message], person_id: str, version: int) -> Message | None:
    """What the person said last about the whole of this version: they agree, or they do not; pure."""
    mine = [
        one
        for one in found
        if one.part == "agreement" and one.plan_version == version and one.sender == f"person:{person_id}"
    ]
    return mine[-1] if mine else None


def take_into_plan(gate: Gate, *, person_id: str, message_id: str) -> Draft | Refusal:
    """Put what was said into the draft word for word, as the words of whoever said it, and tell them so."""
    found = next((one for one in voices(gate, person_id) if one.id == message_id), None)
    if found is None or not found.words.strip():
        return Refusal("This is not there any more")
    if found.part not in _TAKEN_INTO:
        return Refusal("This is about the whole plan. Answer it instead")
    for _ in range(_TRIES):
        saved = gate.draft(person_id, DRAFT)
        content = saved.content if saved else started_from(gate, person_id)
        changes = _taken(content, found)
        if not changes:
            return Refusal("This is in the draft already")
        try:
            with gate.transaction():
                draft = save_part(
                    gate, person_id=person_id, changes=changes, version=saved.version if saved else 0
                )
                if found.is_open:
                    words = "It is in the draft of your plan now, in your words."
                    telling.answer(gate, message_id=found.id, version=found.version, words=words)
                return draft
        except StaleDraft:
            continue
    return Refusal("Someone is saving this plan now. Try again")


def _taken(content: dict[str, Any], said: Message) -> dict[str, Any]:
    """What changes in the draft; nothing when these words are in it."""
    if said.part == "goals":
        goals = list(content.get("goals", ()))
        if any(goal.get("said_in") == said.id for goal in goals):
            return {}
        goal = {"id": new_id(), "words": said.words, "whose": said.sender_name, "said_in": said.id}
        return {"goals": [*goals, goal | {"importance": 0, "actions": [], "by": said.sender_name}]}
    if said.part == "if-things-change":
        own = list(content.get("own_contributions", ()))
        return {} if said.words in own else {"own_contributions": [*own, said.words], "own_none": ""}
    name = "what_matters" if said.part == "matters" else "strengths"
    if content.get(name) == said.words:
        return {}
    signed = {**content.get("written_by", {}), name: said.sender_name}
    return {name: said.words, f"{name}_whose": said.sender_name, "written_by": signed}
