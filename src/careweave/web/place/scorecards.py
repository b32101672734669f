"""Scorecards of teams, practices and the place: published to every team, in the order of names, with reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.identity import improving
from careweave.identity.models import Organisation, StaffRole, Team
from careweave.measures.experience.on_scorecards import NOT_BY_TEAM, as_measures, is_of_staff
from careweave.measures.experience.published import read
from careweave.measures.indicators import Figure
from careweave.measures.published import Published, all_published
from careweave.measures.published_variation import all_variation
from careweave.measures.scorecard_definition import Scorecard, load_scorecard
from careweave.measures.teams import team_figure
from careweave.warehouse.indicators import load_indicator
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components import csv_files
from careweave.web.presenters import scorecards as presenter
from careweave.web.presenters.scorecards import ScorecardPage

# Every network sees every scorecard (A07): whoever works in a team of the place, and those who look after the place.
READERS = (*access.PROFESSIONALS, "governance-lead", "analyst", "administrator")


@dataclass(frozen=True)
class Unit:
    """A team, or a practice, with the practices that its figures are of."""

    id: str
    name: str
    practices: tuple[str, ...]
    is_mine: bool = False


@signed_in(*READERS)
def teams(request: HttpRequest) -> HttpResponse:
    """Every team and practice by name, or one's own first; there are no figures to order by."""
    gate, order = access.gate_of(request), request.GET.get("order", "name")
    found = teams_of_place(gate.actor.id)
    if order == "own":
        found = tuple(sorted(found, key=lambda one: (not one.is_mine, one.name)))
    context = {
        "teams": found,
        "practices": {each.practice: each for each in improving.leads()},
        "order": order,
        "is_refused": order not in ("name", "own"),
    }
    return render(request, "place/teams.jinja", context)


@signed_in(*READERS)
def team(request: HttpRequest, id: str) -> HttpResponse:
    """One team: its parts, each practice of it, and the reasons that were given."""
    return _shown(request, _team(request, id), f"/place/teams/{id}")


@signed_in(*READERS)
def practice(request: HttpRequest, id: str) -> HttpResponse:
    """One practice, by its code."""
    return _shown(request, _practice(id), f"/place/practices/{id}")


@signed_in(*READERS)
def team_download(request: HttpRequest, id: str) -> HttpResponse:
    """A team's scorecard as a file."""
    return _file(_team(request, id), f"scorecard-{id}")


@signed_in(*READERS)
def practice_download(request: HttpRequest, id: str) -> HttpResponse:
    """A practice's scorecard as a file."""
    access.gate_of(request)
    return _file(_practice(id), f"scorecard-{id}")


@signed_in(*READERS)
def parts_download(request: HttpRequest) -> HttpResponse:
    """The parts of the whole place as a file."""
    access.gate_of(request)
    scorecard = _scorecard()
    return csv_files.response(
        presenter.COLUMNS, presenter.rows_of(scorecard, _whole_page(scorecard)), "place-parts"
    )


@signed_in(*READERS)
def parts(request: HttpRequest) -> HttpResponse:
    """The whole place: every part of quality and of integration, and no one score."""
    access.gate_of(request)
    scorecard = _scorecard()
    page = _whole_page(scorecard)
    return render(
        request,
        "place/scorecard.jinja",
        {"page": page, "scorecard": scorecard, "unit": None, "here": "/place/parts"},
    )


def _shown(request: HttpRequest, unit: Unit, here: str) -> HttpResponse:
    access.gate_of(request)
    scorecard = _scorecard()
    context = {
        "page": _page(scorecard, unit),
        "scorecard": scorecard,
        "unit": unit,
        "here": here,
        "practices": [each for each in improving.leads() if each.practice in unit.practices],
    }
    return render(request, "place/scorecard.jinja", context)


def _file(unit: Unit, name: str) -> HttpResponse:
    scorecard = _scorecard()
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(scorecard, _page(scorecard, unit)), name)


def _page(scorecard: Scorecard, unit: Unit) -> ScorecardPage:
    variation = all_variation(settings.CONFIGURATION.home)
    positions = (
        {id: one.of(unit.practices[0]) for id, one in variation.items()} if len(unit.practices) == 1 else None
    )
    return presenter.page(
        scorecard,
        _published(),
        _figures(unit.practices),
        title=unit.name,
        positions=positions,
        reasons=_not_by_team() | presenter.reasons_of(improving.tasks(practices=unit.practices)),
    )


def _not_by_team() -> dict[str, tuple[str, ...]]:
    return {id: (NOT_BY_TEAM,) for id, one in _published().items() if is_of_staff(one)}


def _figures(practices: Collection[str]) -> Callable[[Published], Figure | None]:
    today = timezone.localdate()

    def figure_of(one: Published) -> Figure | None:
        if is_of_staff(one):
            return _whole(one)
        per = load_indicator(one.id, today).per if one.kind == "rate" else 1
        return team_figure(one, practices, per)

    return figure_of


def _whole_page(scorecard: Scorecard) -> ScorecardPage:
    return presenter.page(scorecard, _published(), _whole, title="The whole place")


def _whole(one: Published) -> Figure | None:
    found = one.by("")
    return found.whole if found else None


def _published() -> dict[str, Published]:
    home = settings.CONFIGURATION.home
    return {one.id: one for one in all_published(home)} | as_measures(read(home))


def _scorecard() -> Scorecard:
    return load_scorecard(timezone.localdate())


def teams_of_place(party: str) -> tuple[Unit, ...]:
    """Every team by name, with its practices."""
    mine = set(
        StaffRole.objects.held()
        .filter(staff_id=party.removeprefix("staff:"))
        .values_list("team_id", flat=True)
    )
    rows = Team.objects.prefetch_related("alignments").order_by("name")
    return tuple(
        Unit(
            each.id,
            each.name,
            tuple(sorted(one.practice_id for one in each.alignments.all())),
            each.id in mine,
        )
        for each in rows
    )


def _team(request: HttpRequest, id: str) -> Unit:
    found = {each.id: each for each in teams_of_place(access.gate_of(request).actor.id)}.get(id)
    if found is None:
        raise Http404
    return found


def _practice(code: str) -> Unit:
    found = Organisation.objects.filter(code=code, kind=Organisation.Kind.PRACTICE).first()
    if found is None:
        raise Http404
    return Unit(found.code, found.name, (found.code,))
