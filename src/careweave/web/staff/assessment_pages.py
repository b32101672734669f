"""Reading assessments: all of one person, one by itself, and an eligibility decision on paper, given to the person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.assessments import deciding, drafting, knowing
from careweave.care.assessments.fhir import definition_named
from careweave.care.assessments.needs import unmet_needs
from careweave.care.assessments.questions import SHORT, Assessment
from careweave.care.assessments.reading import all_assessments, known_assessment
from careweave.record import Refusal, Refused, Resource
from careweave.web import access, directory, flash, frame, wording
from careweave.web.access import signed_in
from careweave.web.documents import printing
from careweave.web.presenters import assessments as shaped
from careweave.web.presenters import eligibility_sheet, plan_sheet
from careweave.web.presenters.plan_sheet import Paper
from careweave.web.staff import opened
from careweave.web.staff.assessments import MAY_ASSESS
from careweave.web.staff.opened import Opened
from careweave.web.staff.people import banners

MOST_PEOPLE = 200


@dataclass(frozen=True)
class Listed:
    """One form in the list: whether it is being written, and when it was completed last."""

    title: str
    address: str
    started: str
    latest_id: str
    latest: str


@signed_in(*access.PROFESSIONALS)
def index(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every assessment of a person, and the needs that nobody meets."""
    shown = opened.open_person(request, str(person_id))
    today, done = timezone.localdate(), knowing.standing(shown.resources)
    forms = all_assessments(on=today)
    titles = {form.id: form.title for form in forms}
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "needs": unmet_needs(shown.resources),
        "own": [_listed(shown, form, done) for form in forms if form.about == "person"],
        "as_carer": [_listed(shown, form, done) for form in forms if form.about == "carer"],
        "others": [
            (
                one.id,
                titles.get(definition_named(one.body)[0], "Assessment"),
                wording.moment(one.body["authored"]),
                _by(one),
            )
            for one in done
        ],
        "can_write": bool(shown.record.kinds & MAY_ASSESS),
    }
    return render(request, "staff/assessments.jinja", context)


def _listed(shown: Opened, form: Assessment, done: list[Resource]) -> Listed:
    draft = shown.gate.draft(shown.record.id, drafting.DRAFT, key=form.id)
    latest = next((one for one in done if definition_named(one.body)[0] == form.id), None)
    address = f"/people/{shown.record.id}/"
    return Listed(
        form.title,
        address + ("assessment" if form.id == SHORT else f"assess/{form.id}"),
        wording.moment(draft.saved_at) if draft else "",
        latest.id if latest else "",
        f"{wording.day(latest.body['authored'])}, {_by(latest)}" if latest else "",
    )


def _by(one: Resource) -> str:
    return str(one.body.get("author", {}).get("display", ""))


@signed_in(*access.PROFESSIONALS)
def read(request: HttpRequest, person_id: Any, response_id: Any) -> HttpResponse:
    """A completed assessment, with the ones before it, and the decision that follows if it decides something."""
    shown = opened.open_person(request, str(person_id))
    one = _one(shown, response_id)
    form_id = definition_named(one.body)[0]
    form = known_assessment(form_id, on=timezone.localdate())
    earlier = [each for each in knowing.standing(shown.resources, form_id) if each.id != one.id]
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "one": shaped.read(one, form, directory.sources().names),
        "decision": deciding.decision_of(one),
        "ways": deciding.WAYS,
        "again": f"/people/{shown.record.id}/" + ("assessment" if form_id == SHORT else f"assess/{form_id}"),
        "others": [(each.id, wording.moment(each.body["authored"]), _by(each)) for each in earlier],
        "can_write": bool(shown.record.kinds & MAY_ASSESS),
    }
    return render(request, "staff/assessment_read.jinja", context)


def _one(shown: Opened, response_id: Any) -> Resource:
    one = next((each for each in knowing.standing(shown.resources) if each.id == str(response_id)), None)
    if one is None:
        raise Refused("not there, or not allowed")
    return one


@signed_in(*access.PROFESSIONALS)
@require_POST
def give(request: HttpRequest, person_id: Any, response_id: Any) -> HttpResponse:
    """“I gave this to Joe”: how, by whom and when is written down."""
    done = deciding.give(
        access.gate_of(request),
        person_id=str(person_id),
        response_id=str(response_id),
        how=request.POST.get("how", ""),
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Written down.")
    return redirect("assessment-read", person_id=person_id, response_id=response_id)


@signed_in(*access.PROFESSIONALS)
def decision_pdf(request: HttpRequest, person_id: Any, response_id: Any) -> HttpResponse:
    """The decision on paper, for the person to keep."""
    shown = opened.open_person(request, str(person_id))
    decision = deciding.decision_of(_one(shown, response_id))
    if decision is None:
        raise Refused("not there, or not allowed")
    brand = frame.brand()
    foot = plan_sheet.foot(access.gate_of(request).actor.name, timezone.now())
    large = bool(request.GET.get("large"))
    paper = Paper(False, large, foot, brand.product, brand.demonstration, brand.help_telephone)
    data = eligibility_sheet.sheet(shown.banner.first_line, decision, paper)
    return printing.as_file(printing.pdf("decision", data), "decision.pdf")


@signed_in(*access.PROFESSIONALS)
def unmet(request: HttpRequest) -> HttpResponse:
    """What nobody gives to the people I look after: for the team, and for whoever plans services."""
    gate = access.gate_of(request)
    mine = gate.people_with("coordinator")[:MOST_PEOPLE]
    found = gate.about_many(mine, ["QuestionnaireResponse"])
    needs = {person_id: unmet_needs(resources) for person_id, resources in found.items()}
    people = banners(request, [person_id for person_id, each in needs.items() if each])
    rows = [(one, need) for one in people for need in needs[one.id]]
    counted = Counter(need.question for _, need in rows)
    context = {"rows": rows, "counted": counted.most_common(), "most": MOST_PEOPLE}
    return render(request, "staff/unmet_needs.jinja", context)
