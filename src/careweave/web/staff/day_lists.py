"""My day's other lists: the visits of today in order of time, what was done lately, and the filter it opens with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import lately, news
from careweave.record import Gate
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.presenters import day
from careweave.web.staff import day_bulk, notes, people

COOKIE = "day-filter"
NAMES = {"mine": "Mine", "team": "Team", "nobody": "Nobody’s", "suggested": "Suggested people"}
_YEAR = 365 * 24 * 3600
_LATELY = timedelta(days=14)


@signed_in(*access.PROFESSIONALS)
def visits(request: HttpRequest) -> HttpResponse:
    """Today's visits that I asked for or that are mine, with the address, how to get in, and room for a note.

    The page can stay open through the day: what is typed without signal is kept on the device and sent afterwards.
    """
    gate, today = access.gate_of(request), timezone.localdate()
    found = [one for one in lately.visits(gate) if wording.as_date(one.starts) == today]
    known = {one.id: one for one in people.banners(request, sorted({v.person_id for v in found}))}
    noted: set[str] = set()
    rows = []
    for one in found:
        person = known.get(one.person_id)
        is_first = person is not None and one.person_id not in noted
        noted.add(one.person_id)
        rows.append(
            {
                "visit": one,
                "person": day.named(person) if person else one.first_name,
                "joe": person.call_name if person else one.first_name,
                "note": _typed(gate, one.person_id) if is_first else None,
            }
        )
    return render(request, "staff/day_visits.jinja", {"rows": rows, "links": links("visits")})


def _typed(gate: Gate, person_id: str) -> str:
    """The words of a note that was begun, here or on the person's page."""
    draft = gate.draft(person_id, notes.DRAFT, key=gate.actor.id)
    return str(draft.content.get("what_happened", "")) if draft else ""


@signed_in(*access.PROFESSIONALS)
def done(request: HttpRequest) -> HttpResponse:
    """What I and my team have done in the last two weeks, the latest first."""
    gate = access.gate_of(request)
    found = lately.done(gate, since=timezone.now() - _LATELY)
    names = {one.id: day.named(one) for one in people.banners(request, sorted({w.person_id for w in found}))}
    rows = [{"item": one, "person": names.get(one.person_id, "Name not known")} for one in found]
    return render(request, "staff/day_done.jinja", {"rows": rows, "links": links("done")})


def links(current: str) -> list[dict[str, Any]]:
    """The way between the lists."""
    lists = [(f"/day?show={key}", name, key) for key, name in NAMES.items()]
    lists += [("/day/visits", "Visits today", "visits"), ("/day/done", "Done", "done")]
    return [{"href": href, "text": text, "current": key == current} for href, text, key in lists]


@signed_in(*access.PROFESSIONALS)
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """“Seen”: the news that was shown goes from my list; what came since stays."""
    until = wording.as_instant(request.POST.get("at", "")) or timezone.now()
    news.see(access.gate_of(request), until=min(until, timezone.now()))
    flash.done(request, "Seen. News from now on is shown here.")
    return redirect("day")


def asked_for(request: HttpRequest) -> tuple[str, str]:
    """Which list, and which part of it: as the address says, else as it was saved."""
    show, due = request.GET.get("show"), request.GET.get("due", "")
    if show is None:
        show, _, due = request.COOKIES.get(COOKIE, "mine").partition(".")
    return (show if show in NAMES else "mine"), (due if due in day_bulk.DUE else "")


@signed_in(*access.PROFESSIONALS)
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """“Save this filter”: My day opens with it on this computer; it says nothing about anyone."""
    show, due = request.POST.get("show", ""), request.POST.get("due", "")
    chosen, part = (show if show in NAMES else "mine"), (due if due in day_bulk.DUE else "")
    name = f"{NAMES[chosen]}: {day_bulk.DUE[part].lower()}" if part else NAMES[chosen]
    flash.done(request, f"Saved. My day opens with “{name}” on this computer.")
    response = redirect(day_bulk.wanted_list(chosen, part))
    response.set_cookie(
        COOKIE,
        f"{chosen}.{part}" if part else chosen,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path="/day",
    )
    return response
