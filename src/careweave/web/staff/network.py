"""A voluntary organisation's own page: who asks for what, the people in whose team one is, and no diagnosis anywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.referrals.community import STATES, is_referral, referral_of
from careweave.care.referrals.community_answering import finish_asked
from careweave.care.teams import worklists
from careweave.care.teams.membership import team_of
from careweave.care.teams.worklists import OPEN
from careweave.record import Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.presenters import day
from careweave.web.presenters.banner import Banner
from careweave.web.staff import opened, people


@signed_in("voluntary-worker")
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the network's answer, what it has begun, what was passed to me, and whose team I am in."""
    gate, now = access.gate_of(request), timezone.now()
    tasks = list(gate.naming_me("Task", [("status", OPEN)], count=1000))
    referrals = sorted((referral_of(one) for one in tasks if is_referral(one.body)), key=lambda one: one.due)
    mine = [one for one in worklists.waiting(gate).work if one.kind != "community-referral"]
    known = _by_id(people.banners(request, gate.people_with("team")))
    context = {
        "asked": [one for one in referrals if one.state == "asked"],
        "going_on": [one for one in referrals if one.state != "asked"],
        "states": STATES,
        "tasks": day.rows(mine, known, now),
        "people": list(known.values()),
    }
    return render(request, "staff/network/home.jinja", context)


def _by_id(found: list[Banner]) -> dict[str, Banner]:
    return {one.id: one for one in found}


@signed_in("voluntary-worker")
@require_POST
def task_done(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“Done”: a task that was passed to me, with one click."""
    gate = access.gate_of(request)
    done = finish_asked(gate, task_id=str(task_id))
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Done.")
    return redirect("network")


@signed_in("voluntary-worker")
def person(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The team view: who this is and how to reach them, what they want to reach, who else is there, what to watch."""
    shown = opened.open_person(request, str(person_id), (("Goal",), 100))
    gate = shown.gate
    if "team" not in shown.record.kinds:
        raise Refused("not there, or not allowed")
    tasks = [one for one in worklists.waiting(gate).work if one.person_id == shown.record.id]
    goals = [one for one in shown.of("Goal") if one.body.get("lifecycleStatus") == "active"]
    context = {
        "who": shown.banner,
        "goals": [one.body["description"]["text"] for one in goals],
        "members": [one for one in team_of(gate, shown.record.id) if one.until is None],
        "tasks": day.rows(tasks, {shown.record.id: shown.banner}, timezone.now()),
    }
    return render(request, "staff/network/person.jinja", context)
