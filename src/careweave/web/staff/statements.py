"""The seven statements of National Voices: by the record of my team, by what people say, and the gaps (requirement A47)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.noticing import statements as noticed
from careweave.definitions import load_definition
from careweave.measures.experience import published
from careweave.measures.experience.results import NOT_ASKED
from careweave.measures.experience.statements import VOICES, beside
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.presenters.experience import figure


@signed_in(*access.PROFESSIONALS)
def statements(request: HttpRequest) -> HttpResponse:
    """One table, no ranking: each statement beside its reasons."""
    told = published.read(settings.CONFIGURATION.home)
    asked = told.survey(VOICES) if told else None
    shares = asked.whole.shares if asked else {}
    points = load_definition("statements", VOICES, timezone.localdate()).content["gap_points"]
    rows = []
    for one in noticed.of_team(access.gate_of(request)):
        said = shares.get(one.id, NOT_ASKED)
        words, is_gap = beside(one.share, said, points)
        rows.append((one, figure("", said), words, is_gap))
    return render(request, "staff/statements.jinja", {"rows": rows, "is_counted": asked is not None})
