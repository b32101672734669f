"""Measures for those who plan: what was published, drawn and listed, with how it is counted (pages.md §10)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from markupsafe import Markup

from careweave.identity.models import Team
from careweave.measures.published import Published, all_published, one_published
from careweave.measures.published_variation import all_variation
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.components import charts, csv_files
from careweave.web.place.population import latest_build
from careweave.web.presenters import measure_files, sites
from careweave.web.presenters import measures as presenter


@signed_in("analyst")
def measures(request: HttpRequest) -> HttpResponse:
    """Every measure: its last value, a small chart, and what it means in words."""
    access.gate_of(request)
    cards = [card for one in all_published(settings.CONFIGURATION.home) if (card := presenter.card(one))]
    return render(request, "place/measures.jinja", {"parts": presenter.in_parts(cards), "drawn": drawn})


@signed_in("analyst")
def measure(request: HttpRequest, id: str) -> HttpResponse:
    """One measure: chart, months, groups, how it is counted."""
    access.gate_of(request)
    published = _published(id)
    by, names = request.GET.get("by", "age"), _names()
    page = presenter.page(published, by, names)
    if page is None:
        raise Http404
    context = {
        "page": page,
        "sites": sites.sites(published, published.by(by), names),
        "groupings": presenter.groupings(published),
        "drawn": drawn,
        "build": latest_build(),
        "has_variation": id in all_variation(settings.CONFIGURATION.home),
    }
    return render(request, "place/measure.jinja", context)


@signed_in("analyst")
def download(request: HttpRequest, id: str) -> HttpResponse:
    """The same figures as a file; what is hidden on the page is hidden here."""
    access.gate_of(request)
    return csv_files.response(measure_files.COLUMNS, measure_files.rows_of(_published(id)), id)


def drawn(drawing: presenter.Drawing, *, small: bool = False) -> Markup:
    """The chart as SVG."""
    return charts.control_chart(
        drawing.chart,
        drawing.labels,
        title=drawing.title,
        summary=drawing.summary,
        written=drawing.written,
        small=small,
    )


def _names() -> dict[str, str]:
    """Organisations by code, and teams by id."""
    return {**directory.sources().names, **dict(Team.objects.values_list("id", "name"))}


def _published(id: str) -> Published:
    found = one_published(settings.CONFIGURATION.home, id)
    if found is None:
        raise Http404
    return found
