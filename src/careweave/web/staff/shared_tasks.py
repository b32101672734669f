"""Who does what for someone: tasks pass between professionals and the voluntary sector, as far as competence goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.care.teams import visits, worklists
from careweave.care.teams.membership import team_of
from careweave.care.teams.shapes import has_code
from careweave.care.teams.staff_facts import Worker, worker_of, workers
from careweave.care.teams.visits import VISIT, VisitDetails
from careweave.record import Conflict, Refusal, Resource
from careweave.record.relations import SUGGESTED, VOLUNTEER
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import day
from careweave.web.presenters.roles import role_name
from careweave.web.staff import day_bulk, opened
from careweave.web.staff.opened import Opened
from careweave.web.staff.team import visit_starts


@signed_in(*access.PROFESSIONALS)
def tasks(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every open task with its owner; one form passes one of them on."""
    shown = opened.open_person(request, str(person_id), (("Task",), opened.MOST_TASKS))
    open_tasks = [
        one for one in shown.of("Task") if one.body["status"] in ("requested", "received", "accepted")
    ]
    listed = [one for one in open_tasks if not _is_answered_elsewhere(one)]
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _passed(shown, form, listed)
        if isinstance(done, Refusal):
            form.fail(done.field or "to", f"{done.reason}.")
        elif done is not None:
            flash.done(request, f"Passed to {done.body['owner'].get('display', 'them')}.")
            return redirect("shared-tasks", person_id=person_id)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "tasks": [(one, worklists.item_of(one), has_code(one.body["code"], VISIT)) for one in listed],
        "to": [
            ("", "Choose"),
            *((one.party, f"{one.name}, {role_name(one.role)}") for one in _takers(shown)),
        ],
    }
    return render(request, "staff/support/shared_tasks.jinja", context, status=200 if form.ok else 422)


def _is_answered_elsewhere(task: Resource) -> bool:
    """What has a page of its own, and a suggestion, is answered and never handed on."""
    kind = worklists.item_of(task).kind
    return kind == SUGGESTED or bool(day.page_of(kind, task.id))


def _takers(shown: Opened) -> list[Worker]:
    """The person's team, and every volunteer who can be asked to visit."""
    here = [one.party for one in team_of(shown.gate, shown.record.id) if one.until is None]
    found = [worker for party in here if (worker := worker_of(party))]
    found += [one for one in workers(roles=(VOLUNTEER,)) if one.party not in here]
    return found


def _passed(shown: Opened, form: Form, listed: list[Resource]) -> Resource | Refusal | None:
    task = next((one for one in listed if one.id == form.get("task")), None)
    to = worker_of(form.get("to"))
    if task is None:
        return Refusal("Choose a task", "task")
    if to is None:
        return Refusal("Choose who to pass it to", "to")
    try:
        if to.role == VOLUNTEER:
            return _as_visit(shown, form, task, to)
        if has_code(task.body["code"], VISIT):
            return visits.give_back(shown.gate, task_id=task.id, version=task.version, to=to)
        return worklists.pass_to(shown.gate, task_id=task.id, version=task.version, to=to)
    except Conflict as conflict:
        words = day_bulk.someone_took(conflict, shown.gate.actor.id)
        return Refusal(words.rstrip("."), "task")


def _as_visit(shown: Opened, form: Form, task: Resource, to: Worker) -> Resource | Refusal | None:
    starts = visit_starts(form)
    if starts is None:
        return None if not form.ok else Refusal("Enter the day of the visit", "visit")
    banner, charge = shown.banner, shown.banner.in_charge
    details = VisitDetails(
        first_name=banner.call_name,
        starts=starts,
        ends=starts + timedelta(hours=1),
        address=banner.address,
        telephone=banner.telephone,
        coordinator=charge.name if charge else shown.gate.actor.name,
        coordinator_telephone=charge.telephone if charge else "",
        how_to_get_in=form.text("how_to_get_in"),
        please_do=tuple(filter(None, form.text("please_do").splitlines())),
        please_dont=tuple(filter(None, form.text("please_dont").splitlines())),
    )
    return visits.pass_as_visit(
        shown.gate, task_id=task.id, version=task.version, volunteer=to, details=details
    )
