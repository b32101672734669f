"""The plan's goals as FHIR R4 Goals, and back; pure. UK Core has no Goal profile: base R4 Goal is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from careweave.record.relations import party_of, party_reference

from ..teams.shapes import EXTENSION, about, extension, extension_value, instant
from .parts import OUTCOMES, Action, Goal, PlanDraft

_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
# R4 has no code for “partly”; the words say it.
_ACHIEVED = {"reached": "achieved", "partly": "in-progress", "not": "not-achieved"}
_TEXTS = {"need": "need", "need-whose": "need_whose", "written-by": "by", "outcome-whose": "outcome_whose"}


def goals(person_id: str, draft: PlanDraft) -> list[dict[str, Any]]:
    """The Goals of a version that is about to be published."""
    return [_goal(person_id, goal) for goal in draft.goals]


def _goal(person_id: str, goal: Goal) -> dict[str, Any]:
    texts = {name: getattr(goal, field) for name, field in _TEXTS.items()}
    body: dict[str, Any] = {
        "resourceType": "Goal",
        "id": goal.id,
        "extension": [
            extension("importance", valueInteger=goal.importance),
            extension("whose-words", valueString=goal.whose or "not recorded"),
            *(extension(name, valueString=text) for name, text in texts.items() if text.strip()),
            *([extension("said-in", valueId=goal.said_in)] if goal.said_in else []),
            # Actions hang on their goal, so that what is held back from a carer is held back whole.
            *(extension("action", extension=_action(each)) for each in goal.actions if each.what.strip()),
        ],
        "lifecycleStatus": "completed" if goal.outcome in ("reached", "not") else "active",
        "description": {"text": goal.words},
        "subject": about(person_id),
        "startDate": instant()[:10],
    }
    if goal.said_in:
        body["expressedBy"] = about(person_id)
    return body | _outcome(goal)


def _outcome(goal: Goal) -> dict[str, Any]:
    if goal.outcome not in OUTCOMES:
        return {}
    coding = [{"system": _ACHIEVEMENT, "code": _ACHIEVED[goal.outcome]}]
    return {
        "achievementStatus": {"coding": coding, "text": OUTCOMES[goal.outcome]},
        "statusDate": goal.outcome_on or instant()[:10],
        **({"outcomeCode": [{"text": goal.outcome_words}]} if goal.outcome_words.strip() else {}),
    }


def _action(action: Action) -> list[dict[str, Any]]:
    who = party_reference(action.party, action.name) if action.party else {"display": action.name}
    parts: list[dict[str, Any]] = [
        {"url": "what", "valueString": action.what},
        {"url": "who", "valueReference": who},
    ]
    if action.by:
        parts.append({"url": "by", "valueDate": action.by})
    return parts


def goal_of(goal: dict[str, Any]) -> Goal:
    """The goal a Goal holds."""
    actions = [e["extension"] for e in goal.get("extension", []) if e.get("url") == EXTENSION + "action"]
    achieved = goal.get("achievementStatus", {}).get("text", "")
    return Goal(
        **{field: str(extension_value(goal, name) or "") for name, field in _TEXTS.items()},
        id=goal["id"],
        words=goal["description"]["text"],
        whose=extension_value(goal, "whose-words") or "",
        importance=int(extension_value(goal, "importance") or 0),
        actions=tuple(_action_of(parts) for parts in actions),
        said_in=extension_value(goal, "said-in") or "",
        outcome=next((key for key, text in OUTCOMES.items() if text == achieved), ""),
        outcome_words=next((each.get("text", "") for each in goal.get("outcomeCode", [])), ""),
        outcome_on=goal.get("statusDate", ""),
    )


def _action_of(parts: Sequence[dict[str, Any]]) -> Action:
    who = next(part["valueReference"] for part in parts if part["url"] == "who")
    return Action(
        what=inside(parts, "what"),
        name=who.get("display", ""),
        party=party_of(who) or "",
        by=inside(parts, "by"),
    )


def inside(parts: Sequence[dict[str, Any]], name: str) -> str:
    """The text of one part of a nested extension; empty when it is not there."""
    for part in parts:
        if part["url"] == name:
            return str(next(value for key, value in part.items() if key.startswith("value")))
    return ""
