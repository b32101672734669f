"""The plan as FHIR R4 CarePlan and Goals, and back; pure. UK Core has no Goal profile: base R4 Goal is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record import Actor
from careweave.record.ids import resource_id
from careweave.record.relations import party_of, party_reference

from ..teams.shapes import EXTENSION, about, author, code, extension, extension_value, instant
from .parts import Action, Copy, Goal, IfThen, PlanDraft


@dataclass(frozen=True)
class Plan:
    """A published plan as pages and papers show it."""

    id: str
    version: int
    published_on: str
    author: str
    draft: PlanDraft
    withdrawn: bool = False


def plan_id(person_id: str) -> str:
    """A person has one plan; its versions are versions of one resource."""
    return resource_id("careweave", "CarePlan", person_id)


def care_plan(person_id: str, draft: PlanDraft, *, number: int, by: Actor) -> dict[str, Any]:
    """The CarePlan of a version that is about to be published."""
    return {
        "resourceType": "CarePlan",
        "id": plan_id(person_id),
        "extension": [
            extension("plan-version", valueInteger=number),
            *_texts(draft),
            _agreement(draft),
            extension("reviewer", valueReference=party_reference(draft.reviewer, draft.reviewer_name)),
            extension("review-date", valueDate=draft.review_on),
            _contingency(draft),
            *(_condition(key, "") for key in draft.covered),
            *(_condition(key, why) for key, why in sorted(draft.not_covered.items()) if why.strip()),
        ],
        "status": "active",
        "intent": "plan",
        "category": [code("care-and-support", "Personalised care and support plan")],
        "title": "Care and support plan",
        "subject": about(person_id),
        "period": {"start": instant()},
        "created": instant(),
        "author": author(by),
        "goal": [{"reference": f"Goal/{goal.id}"} for goal in draft.goals],
    }


def goals(person_id: str, draft: PlanDraft) -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "Goal",
            "id": goal.id,
            "extension": [
                extension("importance", valueInteger=goal.importance),
                extension("whose-words", valueString=goal.whose or "not recorded"),
                # Actions hang on their goal, so that what is held back from a carer is held back whole.
                *(extension("action", extension=_action(each)) for each in goal.actions if each.what.strip()),
            ],
            "lifecycleStatus": "active",
            "description": {"text": goal.words},
            "subject": about(person_id),
            "startDate": instant()[:10],
        }
        for goal in draft.goals
    ]


def plan_of(body: dict[str, Any], goal_bodies: Sequence[dict[str, Any]]) -> Plan:
    """The plan a CarePlan and its Goals hold."""
    by_id = {goal["id"]: goal for goal in goal_bodies}
    wanted = [reference["reference"].removeprefix("Goal/") for reference in body.get("goal", [])]
    reviewer = extension_value(body, "reviewer") or {}
    agreement = _named(body, "agreement")
    contingency = _named(body, "contingency")
    conditions = [e for e in body.get("extension", []) if e.get("url") == EXTENSION + "condition-covered"]
    draft = PlanDraft(
        what_matters=extension_value(body, "what-matters") or "",
        what_matters_whose=extension_value(body, "what-matters-whose") or "",
        strengths=extension_value(body, "strengths") or "",
        goals=tuple(_goal_of(by_id[id_]) for id_ in wanted if id_ in by_id),
        if_then=tuple(_if_then_of(row) for row in contingency if row["url"] == "row"),
        no_contingency_because=_inside(contingency, "not-needed-because"),
        covered=tuple(
            _inside(e["extension"], "condition") for e in conditions if not _inside(e["extension"], "why-not")
        ),
        not_covered={
            _inside(e["extension"], "condition"): _inside(e["extension"], "why-not")
            for e in conditions
            if _inside(e["extension"], "why-not")
        },
        agreement=_inside(agreement, "answer"),
        disagreement=_inside(agreement, "words"),
        agreed_on=_inside(agreement, "on"),
        reviewer=party_of(reviewer) or "",
        reviewer_name=reviewer.get("display", ""),
        review_on=extension_value(body, "review-date") or "",
    )
    return Plan(
        id=body["id"],
        version=int(extension_value(body, "plan-version") or 0),
        published_on=body.get("created", ""),
        author=body.get("author", {}).get("display", ""),
        draft=draft,
        withdrawn=body.get("status") == "revoked",
    )


def _texts(draft: PlanDraft) -> list[dict[str, Any]]:
    texts = {
        "what-matters": draft.what_matters,
        "what-matters-whose": draft.what_matters_whose,
        "strengths": draft.strengths,
    }
    return [extension(name, valueString=text) for name, text in texts.items() if text.strip()]


def _agreement(draft: PlanDraft) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"url": "answer", "valueCode": draft.agreement}]
    if draft.disagreement.strip():
        parts.append({"url": "words", "valueString": draft.disagreement})
    parts.append({"url": "on", "valueDate": draft.agreed_on or instant()[:10]})
    return extension("agreement", extension=parts)


def _contingency(draft: PlanDraft) -> dict[str, Any]:
    rows = [row for row in draft.if_then if row.trigger.strip()]
    if not rows:
        because = {"url": "not-needed-because", "valueString": draft.no_contingency_because}
        return extension("contingency", extension=[because])
    return extension("contingency", extension=[{"url": "row", "extension": _row(row)} for row in rows])


def _row(row: IfThen) -> list[dict[str, Any]]:
    parts = {"trigger": row.trigger, "action": row.action, "call": row.call, "number": row.number}
    return [{"url": name, "valueString": text} for name, text in parts.items() if text.strip()]


def _condition(key: str, why: str) -> dict[str, Any]:
    parts = [{"url": "condition", "valueString": key}]
    if why:
        parts.append({"url": "why-not", "valueString": why})
    return extension("condition-covered", extension=parts)


def _action(action: Action) -> list[dict[str, Any]]:
    who = party_reference(action.party, action.name) if action.party else {"display": action.name}
    parts: list[dict[str, Any]] = [
        {"url": "what", "valueString": action.what},
        {"url": "who", "valueReference": who},
    ]
    if action.by:
        parts.append({"url": "by", "valueDate": action.by})
    return parts


def _goal_of(goal: dict[str, Any]) -> Goal:
    actions = [e["extension"] for e in goal.get("extension", []) if e.get("url") == EXTENSION + "action"]
    return Goal(
        id=goal["id"],
        words=goal["description"]["text"],
        whose=extension_value(goal, "whose-words") or "",
        importance=int(extension_value(goal, "importance") or 0),
        actions=tuple(_action_of(parts) for parts in actions),
    )


def _action_of(parts: Sequence[dict[str, Any]]) -> Action:
    who = next(part["valueReference"] for part in parts if part["url"] == "who")
    return Action(
        what=_inside(parts, "what"),
        name=who.get("display", ""),
        party=party_of(who) or "",
        by=_inside(parts, "by"),
    )


def _if_then_of(row: dict[str, Any]) -> IfThen:
    parts = row["extension"]
    return IfThen(*(_inside(parts, name) for name in ("trigger", "action", "call", "number")))


def _named(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    for each in body.get("extension", []):
        if each.get("url") == EXTENSION + name:
            return list(each.get("extension", []))
    return []


def _inside(parts: Sequence[dict[str, Any]], name: str) -> str:
    for part in parts:
        if part["url"] == name:
            return str(next(value for key, value in part.items() if key.startswith("value")))
    return ""


__all__ = ["Copy", "Plan", "care_plan", "goals", "plan_id", "plan_of"]
