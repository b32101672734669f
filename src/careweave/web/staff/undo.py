"""“Undo” in the banner after a single act, until something depends on it (pages.md, rules for every page)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from careweave.care.teams import undoing
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in

PASSED = "passed"
MOST = 25


def remember_passed(request: HttpRequest, passed: list[tuple[str, int]]) -> str:
    """Keep what was just passed on, so that one click takes all of it back; the address that does so."""
    request.session[PASSED] = passed[:MOST]
    return "/day/pass/undo" if passed else ""


def task_address(task_id: str, version: int) -> str:
    """Where a task that was just done or taken is put back."""
    return f"/day/tasks/{task_id}/undo/{version}"


@signed_in(*access.PROFESSIONALS)
@require_POST
def task(request: HttpRequest, task_id: Any, version: int) -> HttpResponse:
    """The task as it was before the last act."""
    _tell(request, undoing.put_back(access.gate_of(request), task_id=str(task_id), version=version))
    return redirect("day")


@signed_in(*access.PROFESSIONALS)
@require_POST
def passed(request: HttpRequest) -> HttpResponse:
    """All that was passed on in one act comes back, each on its own."""
    gate = access.gate_of(request)
    done = [
        undoing.put_back(gate, task_id=task_id, version=version)
        for task_id, version in request.session.pop(PASSED, [])
    ]
    stayed = sum(isinstance(one, Refusal) for one in done)
    if stayed or not done:
        words = f"{len(done) - stayed} of {len(done)} came back." if done else "There is nothing to undo."
        flash.note(request, words, detail=f"{undoing.SINCE}." if done else "")
    else:
        flash.done(request, "Undone. They are with you again.")
    return redirect("day")


@signed_in(*access.PROFESSIONALS)
@require_POST
def take_on(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Not taken on after all."""
    done = undoing.undo_take_on(access.gate_of(request), person_id=str(person_id))
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
        return redirect("person", person_id=person_id)
    flash.done(request, "Undone. The suggestion waits for your team again.")
    return redirect("/day?show=suggested")


def _tell(request: HttpRequest, done: Any) -> None:
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Undone.")
