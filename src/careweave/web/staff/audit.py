"""Who has looked: the whole list for one person, and the governance lead's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.staff import opened, people

MOST = 200


@signed_in(*access.PROFESSIONALS)
def who_looked(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Everyone who has looked at one person's record."""
    shown = opened.open_person(request, str(person_id))
    rows = people.rows_of_looks(shown.gate.who_looked(shown.record.id, limit=MOST))
    return render(request, "staff/who_looked.jinja", {"person": shown.banner, "looked": rows})
