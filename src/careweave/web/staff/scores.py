"""A person's scores: what each says and why, from what this reader may see; they order people and decide nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.record import Refusal
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.presenters import scores as presenter
from careweave.web.staff import opened


@signed_in(*access.PROFESSIONALS)
def scores(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The page."""
    from careweave.care.finding.scores import scores_now, told_by_lists  # heavy: no other page needs it

    shown = opened.open_person(request, str(person_id))
    names, today = directory.sources().names, timezone.localdate()
    found = scores_now(shown.gate, shown.record.id, home=settings.CONFIGURATION.home)
    context = {
        "person": shown.banner,
        "refusal": found.reason if isinstance(found, Refusal) else "",
        "page": None if isinstance(found, Refusal) else presenter.page(found, names, today),
        "lists": presenter.lists(told_by_lists(shown.gate, shown.record.id), names, today),
        "stale_words": presenter.STALE,
    }
    return render(request, "staff/scores.jinja", context)
