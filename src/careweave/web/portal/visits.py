"""Your visits: all that a volunteer needs and nothing more (pages.md §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.teams import visits as acts
from careweave.care.teams.thanking import thanks_for_me
from careweave.care.teams.visits import Visit
from careweave.record import Refusal, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form

_LEAVES_AFTER = timedelta(days=2)
_REASONS = (
    ("ill", "I am ill"),
    ("busy", "Something came up"),
    ("far", "I cannot get there"),
    ("other", "Another reason"),
)


@dataclass(frozen=True)
class Shown:
    """A visit as its page shows it; the address only from the day before until two hours after."""

    visit: Visit
    when: str
    address: str
    is_open: bool


def shown(visit: Visit, now: datetime) -> Shown:
    """Decide what of a visit can be seen at this moment."""
    start, end = visit.starts.astimezone(wording.LONDON), visit.ends.astimezone(wording.LONDON)
    opens = start.replace(hour=0, minute=0) - timedelta(days=1)
    seen = opens <= now <= end + timedelta(hours=2)
    when = f"{wording.weekday(start)}, {wording.clock(start)} to {wording.clock(end)}"
    return Shown(
        visit,
        when,
        visit.address if seen else "The address is shown from the day before.",
        visit.status in ("requested", "accepted", "in-progress"),
    )


@signed_in("volunteer")
def visits(request: HttpRequest) -> HttpResponse:
    """Visits to come, soonest first; they leave this page two days after they end."""
    now = timezone.now()
    found = [
        shown(one, now)
        for one in acts.my_visits(access.gate_of(request))
        if one.ends > now - _LEAVES_AFTER and one.status != "rejected"
    ]
    thanks = thanks_for_me(access.gate_of(request), now=now)
    return render(request, "portal/visits.jinja", {"visits": found, "thanks": thanks})


def visit_of_mine(request: HttpRequest, task_id: Any) -> Visit:
    """The visit, while it is on this volunteer's page."""
    now = timezone.now()
    for one in acts.my_visits(access.gate_of(request)):
        if one.id == str(task_id) and one.ends > now - _LEAVES_AFTER:
            return one
    raise Refused("not there, or not allowed")


@signed_in("volunteer")
def been(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I have been”."""
    visit, form = visit_of_mine(request, task_id), Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = acts.have_been(
            access.gate_of(request), task_id=visit.id, how=form.get("how"), words=form.text("words")
        )
        if not isinstance(done, Refusal):
            flash.done(request, "Thank you. The team can read it now.")
            return redirect("visits")
        form.fail(done.field or "how", f"{done.reason}.")
    context = {"visit": visit, "form": form, "hows": acts.WENT.items()}
    return render(request, "portal/visit_been.jinja", context, status=200 if form.ok else 422)


@signed_in("volunteer")
def cannot_go(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I cannot go”."""
    visit, form = visit_of_mine(request, task_id), Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        reason = dict(_REASONS).get(form.choice("reason", dict(_REASONS)), "")
        done = acts.cannot_go(access.gate_of(request), task_id=visit.id, reason=reason)
        if not isinstance(done, Refusal):
            flash.done(request, f"{visit.coordinator} will find someone else. You do not need to.")
            return redirect("visits")
        form.fail(done.field or "reason", f"{done.reason}.")
    context = {"visit": visit, "form": form, "reasons": _REASONS}
    return render(request, "portal/visit_cannot.jinja", context, status=200 if form.ok else 422)
