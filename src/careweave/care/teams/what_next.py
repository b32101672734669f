"""What happens next when a service closes a case: what, who, by when, and what to do if it goes wrong; never nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_reference

from .delivering import queue_delivery
from .notes import NextStep, add_task
from .shapes import about, author, code, extension, extension_value, has_code, instant

WHAT_NEXT = "what-next"


@dataclass(frozen=True)
class WhatNext:
    """Who does what by when after a case is closed. `party` is empty for someone who does not work here."""

    what: str
    who: str
    by: date | None
    if_wrong: str
    party: str = ""


@dataclass(frozen=True)
class LeftWith:
    """A what-next plan as it was left, and by whom."""

    plan: WhatNext
    left_by: str
    at: str


def missing_in(plan: WhatNext, today: date) -> Refusal | None:
    """Why this is not a plan yet; None when it is."""
    if not plan.what.strip():
        return Refusal("Say what happens next, so that the person is not left without", "what")
    if not plan.who.strip():
        return Refusal("Say who does it, by name or service", "who")
    if plan.by is None:
        return Refusal("Say by when", "by")
    if plan.by < today:
        return Refusal("‘By when’ must be today or later", "by")
    if not plan.if_wrong.strip():
        return Refusal("Say what to do, and whom to call, if things go wrong", "if_wrong")
    return None


def leave_what_next(gate: Gate, *, person_id: str, plan: WhatNext) -> Resource:
    """Keep the plan, send it to the person, and give a colleague who is named in it their task. In a transaction."""
    assert plan.by is not None
    words = f"{plan.what.strip()}. {plan.who.strip()}, by {plan.by.day} {plan.by:%B %Y}."
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(WHAT_NEXT, "What happens next")],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(f"person:{person_id}")],
        "payload": [
            {"contentString": words},
            {"contentString": f"If things go wrong: {plan.if_wrong.strip()}"},
        ],
        "extension": [
            extension("what", valueString=plan.what.strip()),
            extension("who", valueString=plan.who.strip()),
            extension("by", valueDate=plan.by.isoformat()),
            extension("if-wrong", valueString=plan.if_wrong.strip()),
        ],
    }
    left = gate.create(body, subject=person_id, parties=(f"person:{person_id}", gate.actor.id))
    queue_delivery(gate, person_id=person_id, entity=left.id, party=f"person:{person_id}")
    if plan.party:
        step = NextStep(plan.what.strip(), plan.party, plan.who.strip(), plan.by)
        add_task(gate, person_id=person_id, step=step, why=left.id)
    return left


def left_with(gate: Gate, person_id: str) -> list[LeftWith]:
    """Every what-next plan this reader may see, newest first."""
    found = [
        one
        for one in gate.about(person_id, ["Communication"])
        if any(has_code(each, WHAT_NEXT) for each in one.body.get("category", []))
    ]
    return sorted((_left_with(one.body) for one in found), key=lambda one: one.at, reverse=True)


def _left_with(body: dict[str, Any]) -> LeftWith:
    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    by = text("by")
    plan = WhatNext(text("what"), text("who"), date.fromisoformat(by) if by else None, text("if-wrong"))
    return LeftWith(plan, body.get("sender", {}).get("display", ""), body.get("sent", ""))
