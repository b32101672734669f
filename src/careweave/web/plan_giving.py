"""Giving the plan in the form someone chose: easy read, text for listening, a FHIR document; for staff and portal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.plans.document import document
from careweave.care.plans.fhir import Plan
from careweave.care.plans.standing import plan_in
from careweave.record import Gate, Refused
from careweave.web import frame
from careweave.web.documents import printing
from careweave.web.presenters import easy_read, plan_sheet
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.plan_sheet import Paper


def paper_for(name: str, *, is_draft: bool, large: bool) -> Paper:
    """The place's own paper: its name, its numbers, who printed it and when."""
    brand = frame.brand()
    foot = plan_sheet.foot(name, timezone.now())
    return Paper(is_draft, large, foot, brand.product, brand.demonstration, brand.help_telephone)


def easy_page(
    request: HttpRequest, person: Banner, plan: Plan, *, back: str, pdf: str, is_staff: bool = False
) -> HttpResponse:
    """The page in easy read, for staff to read with someone or for its owner."""
    context = {
        "person": person,
        "joe": person.call_name,
        "sections": easy_read.easy_read(person, plan.draft),
        "back": back,
        "pdf": pdf,
        "speaks_as": "staff" if is_staff else "",
    }
    return render(request, "plan_easy.jinja", context)


def easy_sheet(gate: Gate, person: Banner, plan: Plan) -> HttpResponse:
    """The easy-read sheet as a file: always large."""
    paper = paper_for(gate.actor.name, is_draft=False, large=True)
    return printing.as_file(printing.pdf("easy", _easy_values(person, plan, paper)), "plan-easy-read.pdf")


def _easy_values(person: Banner, plan: Plan, paper: Paper) -> dict[str, Any]:
    whole = plan_sheet.sheet(person, replace(plan.draft, goals=()), paper, team=(), conditions={})
    kept = {name: whole[name] for name in ("title", "product", "practice", "large", "draft", "line", "foot")}
    return {**kept, "sections": easy_read.sheet(easy_read.easy_read(person, plan.draft))}


def as_text(words: str) -> HttpResponse:
    """Plain text as a file whose name says nothing about the person."""
    response = HttpResponse(words, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="plan-for-listening.txt"'
    return response


def as_document(gate: Gate, person_id: str) -> HttpResponse:
    """The document as a file."""
    resources = gate.about(person_id, ["Patient", "CarePlan", "Goal"])
    plan = plan_in(resources, person_id)
    if plan is None:
        raise Refused("not there, or not allowed")
    body = document(plan, resources, person_id=person_id, by=gate.actor)
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), content_type="application/fhir+json; charset=utf-8"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="plan.json"'
    return response
