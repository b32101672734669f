"""The plan in the form someone chose: easy read, text for listening, a FHIR document, text for other systems."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from careweave.care.plans import copies
from careweave.care.plans.fhir import Plan
from careweave.record import Refused
from careweave.web import access, frame, plan_giving
from careweave.web.access import signed_in
from careweave.web.presenters import plan_texts
from careweave.web.presenters.plan_texts import Source
from careweave.web.staff import opened, plan_context
from careweave.web.staff.opened import Opened


def texts(shown: Opened, plan: Plan) -> list[tuple[str, str, str]]:
    """What is copied into other systems: key, whose system, and the text."""
    source = source_of(shown, plan)
    return [
        ("council", "the council", plan_texts.council(source)),
        ("gp", "the GP record", plan_texts.gp(source)),
    ]


def source_of(shown: Opened, plan: Plan) -> Source:
    """All that a text is made of."""
    return Source(
        shown.banner,
        plan,
        plan_context.team_lines(shown),
        plan_context.conditions_of(shown, plan.draft),
        frame.brand().place,
    )


def _published(request: HttpRequest, person_id: Any) -> tuple[Opened, Plan]:
    shown = opened.open_person(request, str(person_id), (("Condition",), opened.MOST_CLINICAL))
    plan = copies.open_plan(shown.gate, person_id=shown.record.id)
    if plan is None or plan.withdrawn:
        raise Refused("not there, or not allowed")
    return shown, plan


@signed_in(*access.PROFESSIONALS)
def easy(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Short sentences, one idea a line."""
    shown, plan = _published(request, person_id)
    address = f"/people/{shown.record.id}/plan"
    return plan_giving.easy_page(
        request, shown.banner, plan, back=address, pdf=f"{address}/easy-read.pdf", is_staff=True
    )


@signed_in(*access.PROFESSIONALS)
def easy_pdf(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The same on paper."""
    shown, plan = _published(request, person_id)
    return plan_giving.easy_sheet(shown.gate, shown.banner, plan)


@signed_in(*access.PROFESSIONALS)
def listen(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Text that a person or a machine can read aloud."""
    shown, plan = _published(request, person_id)
    return plan_giving.as_text(plan_texts.listening(source_of(shown, plan)))


@signed_in(*access.PROFESSIONALS)
def fhir_document(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The plan as a FHIR document, as this reader may see it."""
    shown, _ = _published(request, person_id)
    return plan_giving.as_document(shown.gate, shown.record.id)
