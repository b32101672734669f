"""The governance lead's queue: what was opened in an emergency, and what was found about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.teams import emergency_alerts
from careweave.record import Refusal, Refused, emergencies
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import role_name


@signed_in("governance-lead")
def queue(request: HttpRequest) -> HttpResponse:
    """Waiting first, the longest at the top; people are a mark, not a name."""
    gate = access.gate_of(request)
    found = emergencies.openings(gate)
    names, sources = directory.contacts(one.actor for one in found), directory.sources()
    sharing = gate.door.sharing
    reasons = {each.key: each for each in sharing.reasons}
    outcomes = {each.key: each.title for each in sharing.outcomes}
    rows = [
        {
            "one": one,
            "who": names[one.actor].name,
            "role": role_name(one.role),
            "organisation": sources.names.get(one.organisation, one.organisation),
            "reason": reasons[one.reason].title if one.reason in reasons else one.reason,
            "ground": reasons[one.reason].ground if one.reason in reasons else "",
            "when": wording.moment(one.opened),
            "due": wording.due(one.review_by, timezone.now()),
            "outcome": outcomes.get(one.outcome or "", ""),
            "mark": one.person_id[:8],
        }
        for one in found
    ]
    waiting = [row for row in rows if row["one"].reviewed_at is None]  # type: ignore[attr-defined]
    done = [row for row in rows if row["one"].reviewed_at is not None]  # type: ignore[attr-defined]
    return render(request, "staff/governance/emergencies.jinja", {"waiting": waiting, "done": done})


@signed_in("governance-lead")
def review(request: HttpRequest, opening_id: Any) -> HttpResponse:
    """One opening: the reason, the own words, and what was found."""
    gate = access.gate_of(request)
    one = next((each for each in emergencies.openings(gate) if each.id == str(opening_id)), None)
    if one is None:
        raise Refused("not there, or not allowed")
    sharing, form = gate.door.sharing, Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        outcome = form.choice("outcome", [each.key for each in sharing.outcomes], "Choose what you found.")
        if form.ok:
            answer = emergency_alerts.review_and_rest(gate, one.id, outcome=outcome, note=form.text("note"))
            if not isinstance(answer, Refusal):
                flash.done(request, "Reviewed. It is off the list.")
                return redirect("emergencies")
            form.fail(answer.field, f"{answer.reason}.")
    context = {
        "form": form,
        "one": one,
        "who": directory.contact(one.actor).name,
        "role": role_name(one.role),
        "reason": next((each for each in sharing.reasons if each.key == one.reason), None),
        "outcomes": [(each.key, each.title) for each in sharing.outcomes],
    }
    return render(request, "staff/governance/emergency.jinja", context, status=200 if form.ok else 422)
