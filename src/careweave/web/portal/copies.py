"""A copy of my record: asking for it, seeing how far it is, fetching it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.record import Refusal, Refused, subject_access
from careweave.record.subject_access_rules import rules
from careweave.record.subject_access_state import Request
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.portal.own import own_id
from careweave.web.staff.governance.subject_access import as_archive


@signed_in("person", portal=True)
def my_copy(request: HttpRequest) -> HttpResponse:
    """What I asked for, and until when I am answered."""
    gate, person_id = access.gate_of(request), own_id(request)
    if request.method == "POST":
        today = timezone.localdate()
        made = subject_access.ask(gate, person_id, asked_on=today, how="On their own page")
        if isinstance(made, Refusal):
            flash.note(request, "You have asked already. You will get an answer.")
        else:
            flash.done(request, f"You have asked. You get an answer by {wording.day(made.due(rules()))}.")
        return redirect("my-copy")
    found = subject_access.requests_of(gate, person_id)
    waiting = next((each for each in found if each.ended is None), None)
    context = {
        "waiting": _waiting(waiting) if waiting else None,
        "done": [_done(each) for each in found if each.ended and each.ended.act != "withdrawn"],
    }
    return render(request, "portal/copy.jinja", context)


@signed_in("person", portal=True)
def fetch(request: HttpRequest, request_id: Any) -> HttpResponse:
    """My copy, as often as I like while it is kept."""
    gate = access.gate_of(request)
    found = subject_access.requests_of(gate, own_id(request))
    held = next((each for each in found if each.id == str(request_id)), None)
    if held is None:
        raise Refused("not there, or not allowed")
    return as_archive(subject_access.fetch(gate, held))


def _waiting(held: Request) -> dict[str, Any]:
    longer = held.last("extended")
    return {
        "asked": wording.day(held.asked_on),
        "due": wording.day(held.due(rules())),
        "longer": longer.words if longer else "",
    }


def _done(held: Request) -> dict[str, Any]:
    ended = held.ended
    assert ended is not None
    until = ended.at + timedelta(days=rules().keep_copy_days)
    return {
        "id": held.id,
        "asked": wording.day(held.asked_on),
        "when": wording.day(ended.at),
        "is_given": ended.act == "released",
        "can_fetch": until > timezone.now(),
        "until": wording.day(until),
        "words": ended.words,
    }
