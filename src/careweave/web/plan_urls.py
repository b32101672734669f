"""Every address of a person's plan, papers and “About me”, for the team, for the person and for a carer."""

from __future__ import annotations

from typing import Any

from django.urls import path

from careweave.web import about_me
from careweave.web.portal import papers as portal_papers
from careweave.web.portal import plan as portal_plan
from careweave.web.portal import telling as portal_telling
from careweave.web.staff import papers, plan_formats, plan_pages, plan_words, plans

_TEAM = "people/<uuid:person_id>/plan"
_CARING = "my/caring/<uuid:person_id>/plan"


def _portal(address: str, name: str) -> list[Any]:
    """The same pages for the person and for a carer; what each may see of the plan is decided behind the gate."""
    return [
        path(address, portal_plan.plan, name=f"{name}-plan"),
        path(f"{address}.pdf", portal_plan.pdf, name=f"{name}-plan-pdf"),
        path(f"{address}/say/<slug:part>", portal_plan.say, name=f"{name}-plan-say"),
        path(f"{address}/changes", portal_plan.changes, name=f"{name}-plan-changes"),
        path(f"{address}/easy-read", portal_plan.easy, name=f"{name}-plan-easy"),
        path(f"{address}/easy-read.pdf", portal_plan.easy_pdf, name=f"{name}-plan-easy-pdf"),
        path(f"{address}/listen.txt", portal_plan.listen, name=f"{name}-plan-listen"),
        path(f"{address}/document.json", portal_plan.fhir_document, name=f"{name}-plan-document"),
    ]


PLAN = [
    path(_TEAM, plan_pages.plan, name="plan"),
    path(f"{_TEAM}.pdf", plan_pages.pdf, name="plan-pdf"),
    path(f"{_TEAM}/draft", plan_pages.draft, name="plan-draft"),
    path(f"{_TEAM}/changes", plan_pages.changes, name="plan-changes"),
    path(f"{_TEAM}/easy-read", plan_formats.easy, name="plan-easy"),
    path(f"{_TEAM}/easy-read.pdf", plan_formats.easy_pdf, name="plan-easy-pdf"),
    path(f"{_TEAM}/listen.txt", plan_formats.listen, name="plan-listen"),
    path(f"{_TEAM}/document.json", plan_formats.fhir_document, name="plan-document"),
    path(f"{_TEAM}/words", plan_words.add, name="plan-words"),
    path(f"{_TEAM}/words/<uuid:message_id>", plan_words.answer, name="plan-words-answer"),
    path(f"{_TEAM}/copies", plan_pages.copies, name="plan-copies"),
    path(f"{_TEAM}/copies/<uuid:copy_id>", plan_pages.hand_over, name="plan-hand-over"),
    path(f"{_TEAM}/withdraw", plan_pages.withdraw, name="plan-withdraw"),
    path(f"{_TEAM}/publish", plans.publish, name="plan-publish"),
    path(f"{_TEAM}/edit", plans.edit, name="plan-edit"),
    path(f"{_TEAM}/edit/<slug:key>", plans.part, name="plan-part"),
    path(f"{_TEAM}/edit/<slug:key>/draft", plans.autosave, name="plan-autosave"),
    path("my/plan/goals/<uuid:goal_id>", portal_telling.goal_answer, name="my-goal-answer"),
    path("people/<uuid:person_id>/about-me", about_me.of_person, name="about-me"),
    path("people/<uuid:person_id>/papers", papers.all_papers, name="papers"),
    path("people/<uuid:person_id>/papers/<uuid:paper_id>", papers.paper, name="paper"),
    path("people/<uuid:person_id>/papers/<uuid:paper_id>/hand-on", papers.hand_on, name="paper-hand-on"),
    path(
        "people/<uuid:person_id>/papers/<uuid:paper_id>/take-back", papers.take_back, name="paper-take-back"
    ),
    path("my/papers", portal_papers.mine, name="my-papers"),
    path("my/papers/<uuid:paper_id>", portal_papers.paper, name="my-paper"),
    path("my/about-me", about_me.mine, name="my-about-me"),
    *_portal("my/plan", "my"),
    *_portal(_CARING, "caring"),
]
