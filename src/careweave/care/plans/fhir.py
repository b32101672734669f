"""The plan as a FHIR R4 CarePlan, and back; pure. Its goals are in fhir_goals.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record import Actor
from careweave.record.ids import resource_id
from careweave.record.relations import party_of, party_reference

from ..teams.shapes import EXTENSION, about, author, code, extension, extension_value, instant
from .fhir_goals import goal_of, inside
from .parts import Contribution, Copy, IfThen, PlanDraft

KIND = "care-and-support"
_TEXTS = ("what-matters", "what-matters-whose", "strengths", "strengths-whose")
_AGREEMENT = {
    "answer": "agreement",
    "words": "disagreement",
    "on": "agreed_on",
    "with": "agreed_with",
    "team-answer": "team_agreement",
    "team-words": "team_disagreement",
}
_CONTINGENCY = {
    "not-needed-because": "no_contingency_because",
    "first-call": "first_call",
    "first-call-number": "first_call_number",
    "own-none": "own_none",
    "network-none": "network_none",
}


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
        "category": [code(KIND, "Personalised care and support plan")],
        "title": "Care and support plan",
        "subject": about(person_id),
        "period": {"start": instant()},
        "created": instant(),
        "author": author(by),
        "goal": [{"reference": f"Goal/{goal.id}"} for goal in draft.goals],
    }


def plan_of(body: dict[str, Any], goal_bodies: Sequence[dict[str, Any]]) -> Plan:
    """The plan a CarePlan and its Goals hold."""
    return Plan(
        id=body["id"],
        version=int(extension_value(body, "plan-version") or 0),
        published_on=body.get("created", ""),
        author=body.get("author", {}).get("display", ""),
        draft=_draft_of(body, goal_bodies),
        withdrawn=body.get("status") == "revoked",
    )


def _draft_of(body: dict[str, Any], goal_bodies: Sequence[dict[str, Any]]) -> PlanDraft:
    by_id = {goal["id"]: goal for goal in goal_bodies}
    wanted = [reference["reference"].removeprefix("Goal/") for reference in body.get("goal", [])]
    conditions = [e["extension"] for e in _all(body, "condition-covered")]
    reviewer = extension_value(body, "reviewer") or {}
    texts: dict[str, Any] = {
        name.replace("-", "_"): str(extension_value(body, name) or "") for name in _TEXTS
    }
    return PlanDraft(
        **texts,
        **_contingency_of(_named(body, "contingency")),
        **_agreement_of(_named(body, "agreement")),
        goals=tuple(goal_of(by_id[id_]) for id_ in wanted if id_ in by_id),
        covered=tuple(inside(each, "condition") for each in conditions if not inside(each, "why-not")),
        not_covered={
            inside(each, "condition"): inside(each, "why-not")
            for each in conditions
            if inside(each, "why-not")
        },
        reviewer=party_of(reviewer) or "",
        reviewer_name=reviewer.get("display", ""),
        review_on=extension_value(body, "review-date") or "",
        written_by={
            inside(e["extension"], "part"): inside(e["extension"], "who") for e in _all(body, "written-by")
        },
    )


def _contingency_of(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "if_then": tuple(_if_then_of(row) for row in parts if row["url"] == "row"),
        "own_contributions": tuple(each["valueString"] for each in parts if each["url"] == "own"),
        "network": tuple(
            Contribution(inside(each["extension"], "name"), inside(each["extension"], "what"))
            for each in parts
            if each["url"] == "network"
        ),
        **{field: inside(parts, name) for name, field in _CONTINGENCY.items()},
    }


def _agreement_of(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {field: inside(parts, name) for name, field in _AGREEMENT.items()}


def _texts(draft: PlanDraft) -> list[dict[str, Any]]:
    texts = {name: getattr(draft, name.replace("-", "_")) for name in _TEXTS}
    said = [extension(name, valueString=text) for name, text in texts.items() if text.strip()]
    written = [
        extension("written-by", extension=_strings({"part": part, "who": who}))
        for part, who in sorted(draft.written_by.items())
        if who
    ]
    return [*said, *written]


def _agreement(draft: PlanDraft) -> dict[str, Any]:
    texts = {
        name: getattr(draft, field) for name, field in _AGREEMENT.items() if name not in ("answer", "on")
    }
    return extension(
        "agreement",
        extension=[
            {"url": "answer", "valueCode": draft.agreement},
            *_strings(texts),
            {"url": "on", "valueDate": draft.agreed_on or instant()[:10]},
        ],
    )


def _contingency(draft: PlanDraft) -> dict[str, Any]:
    rows = [row for row in draft.if_then if row.trigger.strip()]
    texts = {name: getattr(draft, field) for name, field in _CONTINGENCY.items()}
    if rows:
        texts["not-needed-because"] = ""
    own = [{"url": "own", "valueString": each} for each in draft.own_contributions if each.strip()]
    network = [
        {"url": "network", "extension": _strings({"name": each.name, "what": each.what})}
        for each in draft.network
        if each.name.strip()
    ]
    named = [{"url": "row", "extension": _row(row)} for row in rows]
    return extension("contingency", extension=[*named, *own, *network, *_strings(texts)])


def _strings(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"url": name, "valueString": text} for name, text in texts.items() if text.strip()]


def _row(row: IfThen) -> list[dict[str, Any]]:
    return _strings({"trigger": row.trigger, "action": row.action, "call": row.call, "number": row.number})


def _condition(key: str, why: str) -> dict[str, Any]:
    parts = [{"url": "condition", "valueString": key}]
    if why:
        parts.append({"url": "why-not", "valueString": why})
    return extension("condition-covered", extension=parts)


def _if_then_of(row: dict[str, Any]) -> IfThen:
    parts = row["extension"]
    return IfThen(*(inside(parts, name) for name in ("trigger", "action", "call", "number")))


def _named(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = _all(body, name)
    return list(found[0].get("extension", [])) if found else []


def _all(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in body.get("extension", []) if each.get("url") == EXTENSION + name]


__all__ = ["KIND", "Copy", "Plan", "care_plan", "plan_id", "plan_of"]
