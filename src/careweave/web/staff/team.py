"""The team around a person: add the professionals, the carer the person chose, and a volunteer's visit."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import membership, visits
from careweave.care.teams.staff_facts import Worker, worker_of, workers
from careweave.record import Refusal, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import plan_parts
from careweave.web.presenters.roles import role_name
from careweave.web.staff import colleagues, opened
from careweave.web.staff.opened import Opened

_MAY_WRITE = frozenset(("team", "coordinator"))


@signed_in(*access.PROFESSIONALS)
def team(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Who is in the team, who looks after the person, and the ways to add someone."""
    return show(request, opened.open_person(request, str(person_id)), Form())


def show(request: HttpRequest, shown: Opened, form: Form) -> HttpResponse:
    """The page, with a form as it was typed when something was wrong."""
    members = membership.team_of(shown.gate, shown.record.id)
    here = {one.party for one in members if one.until is None}
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "members": [one for one in members if one.until is None],
        "carers": membership.carers_of(shown.gate, shown.record.id),
        "answers": dict(membership.ANSWERS) | {"not-asked": "Not asked", "stopped": "Stopped"},
        "mates": [one for one in colleagues.colleagues(shown.gate.actor) if one.party not in here],
        "others": [("", "Choose")]
        + [
            (one.party, f"{one.name}, {role_name(one.role)}")
            for one in workers(roles=(*access.PROFESSIONALS, "voluntary-worker"))
            if one.party not in here
        ],
        "volunteers": [("", "Choose")] + [(one.party, one.name) for one in workers(roles=("volunteer",))],
        "copies": [(key, words.format(joe=shown.banner.call_name)) for key, words in plan_parts.CARER_COPY],
        "can_write": bool(shown.record.kinds & _MAY_WRITE),
        "form": form,
    }
    return render(request, "staff/team.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
@require_POST
def add(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Add everyone who was ticked, and the one who was chosen."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST)
    chosen = list(dict.fromkeys([*form.many("mate"), form.get("other")]))
    found = [one for party in chosen if party and (one := worker_of(party))]
    if not found:
        form.fail("other", "Tick or choose at least one person.")
        return show(request, shown, form)
    problems = [done.reason for one in found if isinstance(done := _add(shown, one), Refusal)]
    words = f"{wording.listed([one.name for one in found])} can now see {shown.banner.call_name}’s record."
    if problems:
        flash.note(request, " ".join(f"{problem}." for problem in problems))
    else:
        flash.done(request, words)
    return redirect("team", person_id=person_id)


def _add(shown: Opened, one: Worker) -> Any:
    return membership.add_member(shown.gate, person_id=shown.record.id, worker=one)


@signed_in(*access.PROFESSIONALS)
@require_POST
def remove(request: HttpRequest, person_id: Any) -> HttpResponse:
    """End someone's part; what they did stays theirs."""
    done = membership.remove_member(
        access.gate_of(request), person_id=str(person_id), party=request.POST.get("party", "")
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, "They are not in the team any more.")
    return redirect("team", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def carer(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Write down who looks after the person, and whether the person wants them to have a copy."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST)
    given, family = form.text("given", "Enter their first name."), form.text("family", "Enter their surname.")
    born = form.day("born", "Enter their date of birth, so that the right person is found.")
    answer = form.choice("answer", membership.ANSWERS, f"Choose what {shown.banner.call_name} said.")
    carer_id = person_called(shown, given, family, born) if form.ok else ""
    if form.ok and not carer_id:
        form.fail(
            "given", f"No one found for ‘{given} {family}’ with this date of birth. Check the name with them."
        )
    if form.ok:
        done = membership.share_with_carer(
            shown.gate,
            person_id=shown.record.id,
            carer_id=carer_id,
            name=f"{given} {family}",
            relationship=form.text("relationship") or "carer",
            telephone=form.text("telephone"),
            answer=answer,
            evidence=form.text("evidence"),
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Written down: {given} {family}. {membership.ANSWERS[answer]}.")
            return redirect("team", person_id=person_id)
        form.fail(done.field or "evidence", f"{done.reason}.")
    return show(request, shown, form)


def person_called(shown: Opened, given: str, family: str, born: Any) -> str:
    """The person with this name and birth date, among those this reader may find or, audited, trace."""
    found = shown.gate.find(f"{given} {family} {born.isoformat()}", limit=2)
    if not found:
        try:
            traced = shown.gate.trace(family=family, given=given, birth_date=born.isoformat())
        except Refused:
            return ""
        found = [one.person_id for one in traced]
    return found[0] if len(found) == 1 else ""


@signed_in(*access.PROFESSIONALS)
@require_POST
def visit(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Ask a volunteer to visit: the task carries all that they may know."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST)
    volunteer = worker_of(form.get("volunteer"))
    starts = visit_starts(form)
    if volunteer is None:
        form.fail("volunteer", "Choose a volunteer.")
    if form.ok and volunteer and starts:
        done = _ask(shown, form, volunteer, starts)
        if not isinstance(done, Refusal):
            flash.done(request, f"{volunteer.name} is asked to visit on {wording.weekday(starts)}.")
            return redirect("team", person_id=person_id)
        form.fail({"what_to_do": "what_to_do"}.get(done.field, "volunteer"), f"{done.reason}.")
    return show(request, shown, form)


def _ask(shown: Opened, form: Form, volunteer: Worker, starts: datetime) -> Any:
    person, charge = shown.banner, shown.banner.in_charge
    return visits.ask_visitor(
        shown.gate,
        person_id=shown.record.id,
        volunteer=volunteer,
        first_name=person.call_name,
        starts=starts,
        ends=starts + timedelta(hours=1),
        address=person.address,
        how_to_get_in=form.text("how_to_get_in"),
        what_to_do=_lines(form, "what_to_do"),
        please_do=_lines(form, "please_do"),
        please_dont=_lines(form, "please_dont"),
        good_to_know=form.text("good_to_know"),
        telephone=person.telephone,
        coordinator=charge.name if charge else shown.gate.actor.name,
        coordinator_telephone=charge.telephone if charge else "",
    )


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in form.text(name).splitlines() if line.strip()]


def visit_starts(form: Form) -> datetime | None:
    """The day and the hour, in London."""
    day, hour = (
        form.day("visit", "Enter the day of the visit."),
        form.text("hour", "Enter the time, for example 14:00."),
    )
    if not day or not hour:
        return None
    try:
        clock = time.fromisoformat(hour if ":" in hour else f"{int(hour):02d}:00")
    except ValueError:
        form.fail("hour", f"‘{hour}’ is not a time. For example: 14:00.")
        return None
    starts = datetime.combine(day, clock, wording.LONDON)
    if starts < timezone.now():
        form.fail("visit", "The visit must be today or later.")
    return starts
