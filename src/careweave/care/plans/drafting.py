"""The draft of a plan: what is written so far, beside the plan in force, which it begins from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from careweave.record import Draft, Gate

from .parts import PlanDraft
from .reading import draft_from
from .standing import published_plan

DRAFT = "plan"
# Agreement and review belong to a version; each version is agreed anew.
_ANEW = ("agreement", "disagreement", "team_agreement", "team_disagreement", "agreed_on", "review_on")


def save_part(gate: Gate, *, person_id: str, changes: Mapping[str, Any], version: int | None = None) -> Draft:
    """Keep what was typed; the other parts stay as they are. Raises StaleDraft for a stale `version`."""
    current = gate.draft(person_id, DRAFT)
    content = {**(current.content if current else started_from(gate, person_id)), **changes}
    return gate.save_draft(person_id, DRAFT, content, version=version)


def started_from(gate: Gate, person_id: str) -> dict[str, Any]:
    """What a new draft begins with: the published plan, so that nobody types it twice, or nothing."""
    plan = published_plan(gate, person_id)
    if plan is None:
        return {}
    return {**asdict(plan.draft), **dict.fromkeys(_ANEW, ""), "copies": []}


def current_draft(gate: Gate, person_id: str) -> tuple[PlanDraft, Draft | None]:
    """What is written so far, and the saved draft it comes from, if there is one."""
    saved = gate.draft(person_id, DRAFT)
    return draft_from(saved.content if saved else started_from(gate, person_id)), saved
