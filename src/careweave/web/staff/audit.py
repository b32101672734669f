"""Who has looked: the whole list for one person, and the governance lead's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.record import emergencies
from careweave.web import access, directory, wording
from careweave.web.access import signed_in
from careweave.web.presenters import looks
from careweave.web.presenters.roles import role_name
from careweave.web.staff import opened, people

MOST = 100  # lines of the page about everyone
MOST_OF_ONE = 5000  # acts about one person; those of one person on one day are one line


@signed_in(*access.PROFESSIONALS)
def who_looked(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Everyone who has looked at one person's record."""
    shown = opened.open_person(request, str(person_id))
    rows = people.rows_of_looks(shown.gate.who_looked(shown.record.id, limit=MOST_OF_ONE))
    return render(request, "staff/who_looked.jinja", {"person": shown.banner, "looked": rows})


@signed_in("governance-lead")
def looks_of_all(request: HttpRequest) -> HttpResponse:
    """The governance lead's page: the latest acts over everyone; people are shown by a short mark, not by name."""
    gate = access.gate_of(request)
    who = request.GET.get("who", "")
    found = gate.looks(actor=who, limit=MOST)
    names = directory.contacts(look.actor for look in found)
    sources = directory.sources()
    rows = [
        {
            "when": wording.moment(look.at),
            "who": names[look.actor].name,
            "key": look.actor,
            "role": role_name(look.role),
            "organisation": sources.names.get(look.organisation, look.organisation),
            "what": looks.act_words(look.act),
            "why": looks.purpose_words(look.purpose),
            "subjects": [subject[:8] for subject in look.subjects[:3]],
            "more": max(len(look.subjects) - 3, 0),
        }
        for look in found
    ]
    context = {
        "rows": rows,
        "who": names[who].name if who in names else "",
        "most": MOST,
        "emergencies": len(emergencies.openings(gate, only_waiting=True)),
    }
    return render(request, "staff/audit.jinja", context)
