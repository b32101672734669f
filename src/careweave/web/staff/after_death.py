"""One page that lists every visit, appointment and task still planned for someone who has died: “Stop all 7”."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.care.teams import ending
from careweave.record import Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.staff import opened


@signed_in(*access.PROFESSIONALS)
def still_planned(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Everything is ticked to be stopped; what should go on is unticked."""
    shown = opened.open_person(request, str(person_id))
    if not shown.banner.died or not shown.record.kinds & {"team", "coordinator"}:
        raise Refused("not there, or not allowed")
    if request.method == "POST":
        chosen = set(request.POST.getlist("stop"))
        done = ending.stop(shown.gate, person_id=shown.record.id, ids=chosen)
        words = f"{done.count} stopped."
        if done.not_stopped:
            flash.note(
                request, words, detail=f"Someone changed these meanwhile: {', '.join(done.not_stopped)}."
            )
        else:
            flash.done(request, words)
        return redirect("still-planned", person_id=shown.record.id)
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "rows": ending.planned(shown.gate, shown.record.id),
    }
    return render(request, "staff/still_planned.jinja", context)
