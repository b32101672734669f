"""One side in 18 point: who to call for what, what comes next, what to do if things change; for me or for the fridge."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from careweave.care.plans import publishing
from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import IfThen
from careweave.web import access, frame, plan_giving
from careweave.web.access import signed_in
from careweave.web.documents import printing
from careweave.web.portal import own
from careweave.web.presenters import own_care
from careweave.web.presenters.banner import Banner


@signed_in("person", "carer", portal=True)
def one_side(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """The sheet as a file."""
    gate = access.gate_of(request)
    person, resources = own.opened(gate, str(person_id) if person_id else own.own_id(request))
    plan = publishing.published_plan(gate, person.id)
    paper = plan_giving.paper_for(gate.actor.name, is_draft=False, large=True)
    title = "My care" if person_id is None else f"For the fridge: {person.call_name}"
    data = {
        "title": title,
        "product": paper.product,
        "practice": paper.practice,
        "large": True,
        "draft": False,
        "line": person.name,
        "foot": paper.foot,
        "sections": [
            {"title": "Who to call", "lines": _call(person)},
            {"title": "What happens next", "lines": _next(own_care.coming(resources, timezone.now()))},
            *_if_things_change(plan),
        ],
    }
    return printing.as_file(printing.pdf("easy", data), "my-care.pdf" if person_id is None else "fridge.pdf")


def _call(person: Banner) -> list[str]:
    charge = person.in_charge
    if charge is None:
        return [f"Nobody is in charge yet. Call {frame.brand().help_telephone}."]
    number = f": {charge.telephone}" if charge.telephone else ""
    found = [f"{charge.name} is in charge{number}"]
    return [*found, f"At other times: {charge.out_of_hours}"] if charge.out_of_hours else found


def _next(coming: tuple[str, ...]) -> list[str]:
    return list(coming) or ["Nothing is planned that we know of."]


def _if_things_change(plan: Plan | None) -> list[dict[str, Any]]:
    if plan is None or plan.withdrawn or not plan.draft.if_then:
        return []
    rows = [f"{one.trigger}: {one.action}. Call {_number(one)}" for one in plan.draft.if_then]
    return [{"title": "If things change", "lines": rows}]


def _number(row: IfThen) -> str:
    return row.call if row.number in row.call else f"{row.call}, {row.number}"
