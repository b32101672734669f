"""My plan, and the plan of someone I look after: read it, say what I think in my own words, have it in my own form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans import copies, versions, voices
from careweave.care.plans.fhir import Plan
from careweave.care.referrals.community import came_back
from careweave.care.teams import membership, telling
from careweave.care.teams.telling import Told
from careweave.record import Gate, Refused
from careweave.web import access, flash, frame, plan_giving, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.documents import printing
from careweave.web.portal import own
from careweave.web.presenters import plain_words, plan_sheet, plan_texts
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.plan_texts import Source
from careweave.web.presenters.roles import role_name

# What may be chosen on the page of one part; of the whole plan one agrees or does not.
_OF_PART = ("add", "change", "unclear", "disagree", "comment")
_OF_ALL = ("agree", "disagree", "comment")


def _whose(request: HttpRequest, person_id: Any) -> tuple[str, str]:
    """Whose plan this is, and where the reader came from."""
    if person_id is None:
        return own.own_id(request), "/my"
    return str(person_id), f"/my/caring/{person_id}"


def _opened(request: HttpRequest, person_id: Any) -> tuple[Gate, Banner, Plan, str]:
    """The plan in force for this reader. Opening it is the receipt of their copy, in whatever form."""
    id_, address = _whose(request, person_id)
    gate = access.gate_of(request)
    person, _ = own.opened(gate, id_)
    found = copies.open_plan(gate, person_id=person.id)
    if found is None or found.withdrawn:
        raise Refused("not there, or not allowed")
    return gate, person, found, f"{address}/plan"


@signed_in("person", "carer", portal=True)
def plan(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """The plan. Opening it is the receipt of the reader's own copy."""
    gate = access.gate_of(request)
    id_, address = _whose(request, person_id)
    person, _ = own.opened(gate, id_)
    found = copies.open_plan(gate, person_id=person.id)
    back = "/my" if person_id is None else "/my/caring"
    context: dict[str, Any] = {"person": person, "joe": person.call_name, "plan": found, "back": back}
    context["came_back"] = came_back(gate, person.id)
    if found:
        context |= {
            "draft": found.draft,
            "agreement": plan_sheet.agreement_words(found.draft, person.call_name),
            "team": team_lines(gate, person.id),
            "overdue": _is_overdue(found),
            "explained": plain_words.explained(_read_text(found), timezone.localdate()),
            **_said(gate, person.id, f"{address}/plan", found),
        }
        if gate.actor.role == "person":
            context |= {"answered": telling.goals_answered(gate, person.id), "may_say": telling.PLAN_ANSWERS}
    return render(request, "portal/plan.jinja", context)


def _read_text(found: Plan) -> str:
    """Everything of the plan that staff wrote in words of their own."""
    draft = found.draft
    goals = [text for goal in draft.goals for text in (goal.words, goal.need, goal.outcome_words)]
    actions = [action.what for goal in draft.goals for action in goal.actions]
    rows = [text for row in draft.if_then for text in (row.trigger, row.action)]
    return "\n".join((draft.what_matters, draft.strengths, *goals, *actions, *rows))


def _is_overdue(found: Plan) -> bool:
    review = wording.as_date(found.draft.review_on)
    return bool(review and review < timezone.localdate())


def _said(gate: Gate, person_id: str, address: str, found: Plan) -> dict[str, Any]:
    """What was said about the plan, and where the reader says more."""
    heard = voices.voices(gate, person_id)
    return {
        "said_of": lambda part, goal="": voices.of_part(heard, part, goal),
        "mine": voices.own_answer(heard, person_id, found.version),
        "copies_said": voices.of_part(heard, "copies"),
        "address": address,
        "say_at": f"{address}/say",
        "part_names": voices.PARTS,
    }


def team_lines(gate: Gate, person_id: str) -> list[str]:
    """Everyone in the team now, with what they are and a number."""
    now = [one for one in membership.team_of(gate, person_id) if one.until is None]
    return [", ".join(filter(None, (one.name, role_name(one.role), one.telephone))) for one in now]


@signed_in("person", "carer", portal=True)
def say(request: HttpRequest, part: str, person_id: Any = None) -> HttpResponse:
    """One's own words about one part, or about the whole plan; nobody else changes them."""
    if part not in voices.PARTS:
        raise Refused("not there, or not allowed")
    gate, person, found, address = _opened(request, person_id)
    goal = next((one for one in found.draft.goals if one.id == request.GET.get("goal")), None)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = voices.say(
            gate,
            person_id=person.id,
            said=form.get("said"),
            words=form.text("words"),
            part=part,
            goal=goal.id if goal else "",
            today=timezone.localdate(),
        )
        if isinstance(done, Told):
            _tell(request, done, is_settled=form.get("said") == "agree")
            return redirect(address)
        form.fail(done.field or "said", f"{done.reason.rstrip('.')}.")
    context = {
        "person": person,
        "form": form,
        "part_name": voices.PARTS[part],
        "goal": goal,
        "said_options": [
            (key, voices.SAYINGS[key]) for key in (_OF_ALL if part == "agreement" else _OF_PART)
        ],
        "back": address,
    }
    return render(request, "portal/plan_say.jinja", context, status=200 if form.ok else 422)


def _tell(request: HttpRequest, done: Told, *, is_settled: bool) -> None:
    if is_settled:
        flash.done(request, f"Written down: you agree. {done.name} can read it.")
    else:
        flash.done(request, f"Sent. {done.name} will answer by {wording.weekday(done.by)}.")


@signed_in("person", "carer", portal=True)
def changes(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """What changed from version to version."""
    gate, person, _, address = _opened(request, person_id)
    context = {"person": person, "steps": versions.what_changed(gate, person.id), "back": address}
    return render(request, "portal/plan_changes.jinja", context)


@signed_in("person", "carer", portal=True)
def easy(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """Short sentences, one idea a line."""
    _, person, found, address = _opened(request, person_id)
    return plan_giving.easy_page(request, person, found, back=address, pdf=f"{address}/easy-read.pdf")


@signed_in("person", "carer", portal=True)
def easy_pdf(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """The same on paper."""
    gate, person, found, _ = _opened(request, person_id)
    return plan_giving.easy_sheet(gate, person, found)


@signed_in("person", "carer", portal=True)
def listen(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """Text that a person or a machine can read aloud."""
    gate, person, found, _ = _opened(request, person_id)
    source = Source(person, found, team_lines(gate, person.id), {}, frame.brand().place)
    return plan_giving.as_text(plan_texts.listening(source))


@signed_in("person", "carer", portal=True)
def fhir_document(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """The plan as a FHIR document, to keep or to give to another system."""
    gate, person, _, _ = _opened(request, person_id)
    return plan_giving.as_document(gate, person.id)


@signed_in("person", "carer", portal=True)
def pdf(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """“Print this in large letters”: it counts as opened, because its reader has it in hand."""
    gate, person, found, _ = _opened(request, person_id)
    large = bool(request.GET.get("large"))
    paper = plan_giving.paper_for(gate.actor.name, is_draft=False, large=large)
    data = plan_sheet.sheet(person, found.draft, paper, team=team_lines(gate, person.id), conditions={})
    return printing.as_file(printing.pdf("plan", data), "plan-large.pdf" if large else "plan.pdf")
