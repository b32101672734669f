"""People who asked for help themselves: the call, the day they are seen, and the hospital they choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.referrals import answering, asking
from careweave.care.referrals.asking import Referral
from careweave.care.referrals.forms import self_referral_kind
from careweave.record import Gate, Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened

LONDON = ZoneInfo("Europe/London")


@signed_in(*access.PROFESSIONALS)
def referral(request: HttpRequest, task_id: Any) -> HttpResponse:
    """What they said, and the next answer: first the call, then what came of being seen."""
    gate = access.gate_of(request)
    found = asking.referral(gate, str(task_id))
    if found is None:
        raise Refused("not there, or not allowed")
    shown = opened.open_person(request, found.person_id)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _seen(gate, found, form) if found.state == "to-see" else _called(gate, found, form)
        if not isinstance(done, Refusal) and form.ok:
            flash.done(request, f"Written down. {shown.banner.call_name} can read it.")
            return redirect("day")
        if isinstance(done, Refusal):
            form.fail(
                done.field or "outcome", done.reason if done.reason.endswith(".") else f"{done.reason}."
            )
    kind = self_referral_kind(found.kind, timezone.localdate())
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "found": found,
        "state": asking.STATES[found.state],
        "called": list(answering.CALLED.items()),
        "seen": list(answering.SEEN.items()),
        "hospitals": hospitals(),
        "offered": kind.hospitals_offered,
    }
    return render(request, "staff/referrals/referral.jinja", context, status=200 if form.ok else 422)


def _called(gate: Gate, found: Referral, form: Form) -> Any:
    at = None
    if form.get("outcome") == "to-see":
        day = form.day("seen", "Enter a day and a time from now on.")
        try:
            hour = datetime.strptime(form.text("hour"), "%H:%M").time()  # noqa: DTZ007
        except ValueError:
            return Refusal(f"‘{form.get('hour')}’ is not a time. For example: 14:30.", "hour")
        at = datetime.combine(day, hour, LONDON) if day else None
    return answering.write_call(
        gate,
        found,
        outcome=form.get("outcome"),
        words=form.text("words"),
        seen_at=at,
        late_because=form.text("late_because"),
    )


def _seen(gate: Gate, found: Referral, form: Form) -> Any:
    return answering.write_seen(
        gate,
        found,
        outcome=form.get("outcome"),
        words=form.text("words"),
        offered=[one for one in form.many("offered") if one in hospitals()],
        hospital=form.get("hospital"),
        why_fewer=form.text("why_fewer"),
        today=timezone.localdate(),
    )


def hospitals() -> list[str]:
    """The hospitals of the directory, by name."""
    sources = directory.sources()
    return sorted(sources.names[code] for code, sector in sources.sectors.items() if sector == "hospital")
