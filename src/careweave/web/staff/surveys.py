"""What a person was asked about their care, for those who give it: asked, answered, declined, never who said what."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.experience import standing
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.presenters.surveys import words_of
from careweave.web.staff import opened

WORDS = {
    "asked": ("Asked, not answered yet", "blue"),
    "reminded": ("Reminded, not answered yet", "blue"),
    "answered": ("Answered", "green"),
    "declined": ("Declined", "white"),
    "closed": ("Not answered", "grey"),
    "stopped": ("Stopped: died", "grey"),
    standing.NOT_ASKED: ("Not asked", "grey"),
}
EVENTS = {
    "discharge": "After leaving hospital",
    "conference": "After the case conference",
    "plan-published": "After the plan was agreed",
    "ninety-one-days": "91 days after leaving hospital",
    "care-ended": "After coordinated care ended",
    "death": "The family, after the death",
}


@signed_in(*access.PROFESSIONALS)
def surveys(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One line a survey; answers only where whoever answered let them be seen."""
    shown = opened.open_person(request, str(person_id))
    context = {
        "person": shown.banner,
        "surveys": standing.of_person(shown.gate, shown.record.id, timezone.localdate()),
        "words": WORDS,
        "events": EVENTS,
        "words_of": words_of,
    }
    return render(request, "staff/surveys.jinja", context)
