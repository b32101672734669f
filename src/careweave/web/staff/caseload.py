"""“Caseload”: how a team's people are spread, for its manager and its members."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.teams import caseload as loads
from careweave.web import access, wording
from careweave.web.access import signed_in
from careweave.web.presenters import caseload as shapes


@signed_in(*access.PROFESSIONALS)
def caseload(request: HttpRequest) -> HttpResponse:
    """One team after the other: everyone's people, limit and absence, drawn and listed."""
    gate, today = access.gate_of(request), timezone.localdate()
    shown = [_team(gate, team, today) for team in loads.teams_to_balance(gate)]
    return render(request, "staff/caseload.jinja", {"teams": shown, "usual": loads.usual_limit(today)})


def _team(gate: Any, team: Any, today: Any) -> dict[str, Any]:
    lines = loads.balance(gate, team.id, today)
    people, room = sum(one.people for one in lines), sum(max(one.room, 0) for one in lines)
    return {
        "name": team.name,
        "is_managed": loads.manages(gate, team.id),
        "summary": f"{wording.people(people)} with {wording.people(len(lines), 'worker', 'workers')}, room for {room} more",
        "bars": shapes.bars(lines, f"People of {team.name} by worker") if lines else "",
        "rows": [
            (one, shapes.room_words(one), shapes.away_words(one) or "At work", one.stands_in) for one in lines
        ],
    }
