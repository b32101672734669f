"""Who may act for me: what each may see, since when, and ending it at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity import representatives
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.portal.own import own_id


@signed_in("person", portal=True)
def my_acting(request: HttpRequest) -> HttpResponse:
    """Everyone who may see or do something for me, now and before."""
    gate, person_id, now = access.gate_of(request), own_id(request), datetime.now(UTC)
    held = [one for one in representatives.authorities(gate, person_id) if one.basis != "no"]
    stops = [one for one in representatives.freezes(gate, person_id) if one.until is None]
    context = {
        "standing": [one for one in held if one.holds(now)],
        "past": [one for one in held if not one.holds(now)],
        "stopped": {one.proxy_id: one for one in stops},
    }
    return render(request, "portal/acting.jinja", context)


@signed_in("person", portal=True)
@require_POST
def end(request: HttpRequest, authority_id: Any) -> HttpResponse:
    """I do not want this any more."""
    gate, person_id = access.gate_of(request), own_id(request)
    ended = representatives.end_authority(gate, person_id=person_id, authority_id=str(authority_id))
    if isinstance(ended, Refusal):
        flash.note(request, f"{ended.reason}.")
    else:
        flash.done(request, f"{ended.name} cannot see this any more. It counts from now.")
    return redirect("my-acting")
