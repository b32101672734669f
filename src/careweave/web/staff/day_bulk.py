"""Acts on several rows of My day at once: each on its own, at most 25, and each that could not be done is named."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from careweave.care.teams import notes, worklists
from careweave.care.teams.staff_facts import Worker, worker_of
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.relations import party_of
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import whole_number
from careweave.web.presenters import day
from careweave.web.staff import people, undo

MOST = 25
Act = Callable[[str, int], Resource | Refusal]


@signed_in(*access.PROFESSIONALS)
@require_POST
def passed(request: HttpRequest) -> HttpResponse:
    """“Pass 4 to…”."""
    gate, to = access.gate_of(request), worker_of(request.POST.get("to", ""))
    if to is None:
        flash.note(request, "Choose who to pass it to.")
    else:
        _each(request, _passing(gate, to), f"passed to {to.name}")
    return redirect(back(request))


@signed_in(*access.PROFESSIONALS)
@require_POST
def done(request: HttpRequest) -> HttpResponse:
    """“Done with 4”."""
    _each(request, _finishing(access.gate_of(request)), "done")
    return redirect(back(request))


def _passing(gate: Gate, to: Worker) -> Act:
    return lambda task_id, version: worklists.pass_to(gate, task_id=task_id, version=version, to=to)


def _finishing(gate: Gate) -> Act:
    def finish(task_id: str, version: int) -> Resource | Refusal:
        task = gate.read("Task", task_id)
        if task is None:
            return Refusal("This task is not there any more")
        if task.version != version:
            raise Conflict(task)
        if day.page_of(worklists.item_of(task).kind, task.id):
            return Refusal("Open this one and say what came of it")
        return notes.finish_task(gate, person_id=task.subject, task_id=task_id)

    return finish


def _each(request: HttpRequest, act: Act, words: str) -> None:
    """Every ticked row for itself; what went wrong is said by person, and what went well can be undone."""
    chosen = [ticked.partition(":") for ticked in request.POST.getlist("task")]
    if not chosen:
        flash.note(request, "Tick at least one row first.")
        return
    if len(chosen) > MOST:
        flash.note(
            request, f"Tick at most {MOST} rows at once. You ticked {len(chosen)}, and nothing was changed."
        )
        return
    went: list[tuple[str, int]] = []
    problems: list[tuple[str, str]] = []
    for task_id, _, version in chosen:
        try:
            answer = act(task_id, whole_number(version))
            problem = f"{answer.reason}." if isinstance(answer, Refusal) else ""
        except Conflict as conflict:
            answer, problem = conflict.current, someone_took(conflict, access.gate_of(request).actor.id)
        if isinstance(answer, Resource) and not problem:
            went.append((answer.id, answer.version))
        else:
            problems.append((task_id, problem))
    said = f"{len(went)} of {len(chosen)} {words}."
    if problems:
        flash.note(request, said, detail=_named(request, problems))
    else:
        flash.done(request, said, undo=undo.remember_passed(request, went))


def _named(request: HttpRequest, problems: list[tuple[str, str]]) -> str:
    """“Joe: Tom took this at 9:41am.”, row by row."""
    gate = access.gate_of(request)
    tasks = {task_id: gate.read("Task", task_id) for task_id, _ in problems}
    ids = list(dict.fromkeys(task.subject for task in tasks.values() if task))
    names = {one.id: day.named(one).partition(",")[0] for one in people.banners(request, ids)}
    lines = []
    for task_id, problem in problems:
        task = tasks[task_id]
        name = names.get(task.subject) if task else None
        lines.append(f"{name}: {problem}" if name else problem)
    return " ".join(lines)


def someone_took(conflict: Conflict, me: str) -> str:
    """“Tom took this at 9:41am. It has left your list.”"""
    owner = conflict.current.body.get("owner") or {}
    party, at = party_of(owner) or "", wording.clock(conflict.current.updated)
    if not party or party == me:
        return f"Someone changed this at {at}. Look at it again."
    name = owner.get("display") or directory.contact(party).name
    return f"{name} took this at {at}. It has left your list."


def back(request: HttpRequest) -> str:
    """The same filter as before."""
    return wanted_list(request.POST.get("show", ""), request.POST.get("due", ""))


def wanted_list(show: str, due: str) -> str:
    """The address of a list with its filter; the plain list for anything that is none."""
    if show not in ("mine", "team", "nobody", "suggested"):
        return "/day"
    return f"/day?show={show}&due={due}" if due in DUE else f"/day?show={show}"


DUE = {"late": "Late", "today": "Today", "coming": "Coming", "none": "No date"}
