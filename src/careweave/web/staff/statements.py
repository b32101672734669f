"""The seven statements of National Voices for my team: by the record, by what people say, and the gaps (requirement A47)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.noticing import statements as noticed
from careweave.definitions import load_definition
from careweave.web import access
from careweave.web.access import signed_in


@signed_in(*access.PROFESSIONALS)
def statements(request: HttpRequest) -> HttpResponse:
    """One table, no ranking: each statement beside its reasons."""
    fewest = load_definition("statements", "national-voices", timezone.localdate()).content["fewest_answers"]
    found = noticed.of_team(access.gate_of(request))
    return render(request, "staff/statements.jinja", {"statements": found, "fewest": fewest})
