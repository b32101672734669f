"""What the pages and papers of a plan show alike: its people and conditions, and what to look at first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone

from careweave.care.plans import publishing
from careweave.care.plans.conflicts import conflicts
from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import PlanDraft
from careweave.care.referrals.community import came_back
from careweave.care.teams import membership
from careweave.web import wording
from careweave.web.presenters import facts, plan_parts, plan_sheet
from careweave.web.presenters.roles import role_name
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened


def plan_context(shown: Opened, draft: PlanDraft) -> dict[str, Any]:
    """What the plan's page and its draft show alike."""
    return {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "draft": draft,
        "agreement": plan_sheet.agreement_words(draft, shown.banner.call_name),
        "conditions": conditions_of(shown, draft),
        "team": team_lines(shown),
        "came_back": came_back(shown.gate, shown.record.id),
    }


def conditions_of(shown: Opened, draft: PlanDraft) -> dict[str, str]:
    """Each active condition and what the plan says about it."""
    found = {}
    for one in publishing.active_conditions(shown.of("Condition")):
        why = draft.not_covered.get(one.key)
        found[facts.coded(one.name)] = (
            "in this plan" if one.key in draft.covered else (why or "not in this plan yet")
        )
    return found


def team_lines(shown: Opened) -> list[str]:
    """“Priya Shah, care coordinator, 01632 960101”."""
    members = [one for one in membership.team_of(shown.gate, shown.record.id) if one.until is None]
    return [", ".join(filter(None, (one.name, role_name(one.role), one.telephone))) for one in members]


def watch_context(shown: Opened, found: Plan | None, draft: PlanDraft | None = None) -> dict[str, Any]:
    """What to look at first: news since the plan was agreed, its review, and what may work against something else."""
    today, written = timezone.localdate(), draft or (found.draft if found else PlanDraft())
    review = wording.as_date(found.draft.review_on) if found else None
    medicines = [
        facts.words(one.body.get("medicationCodeableConcept"))
        for one in shown.of("MedicationStatement", "MedicationRequest")
        if one.body.get("status") == "active"
    ]
    return {
        "changed": changed_since(shown, found),
        "overdue": bool(review and review < today),
        "conflicts": conflicts(
            written,
            [
                replace(one, name=facts.coded(one.name))
                for one in publishing.active_conditions(shown.of("Condition"))
            ],
            today=today,
            medicines=list(dict.fromkeys(filter(None, medicines))),
        ),
    }


def changed_since(shown: Opened, plan: Plan | None) -> str:
    """“1 new condition, 2 A&E visits” since the plan was agreed; empty when nothing was sent."""
    since = wording.as_instant(plan.published_on) if plan else None
    if since is None:
        return ""
    found = shown.gate.about(
        shown.record.id, ("Condition", "Encounter"), since=since, limit=opened.MOST_CONTACTS
    )
    return plan_parts.news_words([one for one in found if one.starts and one.starts > since])


def draft_or_plan(shown: Opened) -> tuple[PlanDraft, bool]:
    """What the person's copy would say now, and whether it is still a draft."""
    draft, saved = publishing.current_draft(shown.gate, shown.record.id)
    plan = publishing.published_plan(shown.gate, shown.record.id)
    return (draft, True) if saved or plan is None else (plan.draft, False)
