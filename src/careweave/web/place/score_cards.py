"""“The scores”: each published score that is counted here, with its card; no one is named."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.definitions import all_definitions
from careweave.warehouse.scores import load_score
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.place.finding import READERS
from careweave.web.presenters import score_cards, scores


@signed_in(*READERS)
def cards(request: HttpRequest) -> HttpResponse:
    """Every score, and what it is about."""
    access.gate_of(request)
    told = score_cards.titles(scores.definitions(timezone.localdate()))
    return render(request, "place/scores.jinja", {"scores": told})


@signed_in(*READERS)
def card(request: HttpRequest, id: str) -> HttpResponse:
    """One score: source, version, whom it is for, what gives points, and where it must not be used."""
    access.gate_of(request)
    today = timezone.localdate()
    holding = [each for each in all_definitions("scores") if each.id == id and each.holds_on(today)]
    if not holding:
        raise Http404
    definition = max(holding, key=lambda each: each.is_the_places_own)
    told = score_cards.card(definition, load_score(id, today))
    return render(request, "place/score.jinja", {"card": told})
