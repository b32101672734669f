"""What is asked of a place together each year, such as for the Better Care Fund: by each year's own definitions."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.measures.measure_sets import MeasureSet, load_sets
from careweave.measures.published import Published, all_published
from careweave.warehouse.indicators import load_indicator
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components import csv_files
from careweave.web.presenters import measure_sets as presenter


@signed_in("analyst")
def measure_set(request: HttpRequest, id: str) -> HttpResponse:
    """One year: that of today unless another is asked for."""
    access.gate_of(request)
    sets = _sets(id)
    today, wanted = timezone.localdate(), request.GET.get("year")
    year = next((each for each in sets if each.year == wanted), None)
    if wanted and year is None:
        raise Http404
    year = year or next((each for each in sets if each.about.holds_on(today)), sets[-1])
    page = presenter.page(sets, year, _published(), _per)
    return render(request, "place/measure_set.jinja", {"page": page, "id": id})


@signed_in("analyst")
def download(request: HttpRequest, id: str) -> HttpResponse:
    """Every year as a file."""
    access.gate_of(request)
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(_sets(id), _published(), _per), id)


def _sets(id: str) -> tuple[MeasureSet, ...]:
    found = load_sets(id)
    if not found:
        raise Http404
    return found


def _published() -> dict[str, Published]:
    return {one.id: one for one in all_published(settings.CONFIGURATION.home)}


def _per(measure: str) -> int:
    return load_indicator(measure, timezone.localdate()).per
