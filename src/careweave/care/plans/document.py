"""The plan as one FHIR R4 document: a Bundle whose first entry is a Composition; pure.

https://hl7.org/fhir/R4/documents.html. The Composition follows the headings of the PRSB personalised care and support
plan; the CarePlan and Goals come with it as they are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from careweave.record import Actor, Resource
from careweave.record.ids import resource_id

from ..teams.shapes import about, author, code, instant
from .fhir import KIND, Plan
from .parts import AGREEMENT, Goal, PlanDraft

_LOINC = "http://loinc.org"
_PLAN_OF_CARE = {"system": _LOINC, "code": "18776-5", "display": "Plan of care note"}
_OF_BUNDLE = "urn:ietf:rfc:3986"


def document(plan: Plan, resources: Sequence[Resource], *, person_id: str, by: Actor) -> dict[str, Any]:
    """A document of this version with the person, the plan and its goals, as its reader may see them."""
    wanted = {
        f"CarePlan/{plan.id}",
        f"Patient/{person_id}",
        *(f"Goal/{each.id}" for each in plan.draft.goals),
    }
    inside = [one for one in resources if f"{one.type}/{one.id}" in wanted]
    inside.sort(key=lambda one: ("Patient", "CarePlan", "Goal").index(one.type))
    id_ = resource_id("careweave", "Bundle", f"{plan.id} {plan.version}")
    at = instant()
    return {
        "resourceType": "Bundle",
        "id": id_,
        "identifier": {"system": _OF_BUNDLE, "value": f"urn:uuid:{id_}"},
        "type": "document",
        "timestamp": at,
        "entry": [
            _entry(_composition(plan, inside, person_id, by, at)),
            *(_entry(one.body) for one in inside),
        ],
    }


def _entry(body: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{body['id']}", "resource": body}


def _composition(
    plan: Plan, inside: Sequence[Resource], person_id: str, by: Actor, at: str
) -> dict[str, Any]:
    goals = [{"reference": f"Goal/{one.id}"} for one in inside if one.type == "Goal"]
    sections = [
        _section("What matters", [plan.draft.what_matters]),
        _section("Strengths", [plan.draft.strengths]),
        _section("Goals and actions", [line for goal in plan.draft.goals for line in _goal(goal)], goals),
        _section("Contingency plan", _contingency(plan.draft), [{"reference": f"CarePlan/{plan.id}"}]),
        _section("Agreement and review", _agreement(plan.draft)),
    ]
    return {
        "resourceType": "Composition",
        "id": resource_id("careweave", "Composition", f"{plan.id} {plan.version}"),
        "status": "entered-in-error" if plan.withdrawn else "final",
        "type": {"coding": [_PLAN_OF_CARE], "text": "Personalised care and support plan"},
        "category": [code(KIND)],
        "subject": about(person_id),
        "date": at,
        "author": [author(by)],
        "title": f"Care and support plan, version {plan.version}",
        "section": [each for each in sections if each],
    }


def _section(title: str, lines: Sequence[str], entries: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    said = [line for line in lines if line.strip()]
    if not said and not entries:
        return {}
    words = "".join(f"<p>{escape(line)}</p>" for line in said) or "<p>See the entries.</p>"
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
    return {"title": title, "text": text, **({"entry": list(entries)} if entries else {})}


def _goal(goal: Goal) -> list[str]:
    actions = [f"{each.what}: {each.name}{', by ' + each.by if each.by else ''}" for each in goal.actions]
    return [f"“{goal.words}” ({goal.whose}’s words)", *actions]


def _contingency(draft: PlanDraft) -> list[str]:
    rows = [f"{row.trigger}: {row.action}. Call {row.call} {row.number}" for row in draft.if_then]
    first = " ".join(filter(None, (draft.first_call, draft.first_call_number)))
    return [*rows, *([f"Call first: {first}"] if first else []), draft.no_contingency_because]


def _agreement(draft: PlanDraft) -> list[str]:
    return [
        f"Does the person agree: {AGREEMENT.get(draft.agreement, 'not asked')}",
        draft.disagreement,
        draft.team_disagreement,
        f"Review on {draft.review_on} by {draft.reviewer_name}",
    ]
