"""“How well does this find people?”: every list as judged by the place's own past, with its charts and its card."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.measures.performance import Performance, all_published, one_published
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components import csv_files
from careweave.web.components.tenths import calibration_chart, tenths_chart
from careweave.web.presenters import finding as presenter

# Whoever plans, and whoever gets the suggestions: both must know how good they are.
READERS = ("analyst", *access.PROFESSIONALS)


@signed_in(*READERS)
def finding(request: HttpRequest) -> HttpResponse:
    """Every list, what it is for, and how well it tells people apart."""
    access.gate_of(request)
    told = [(one, presenter.page(one)) for one in all_published(settings.CONFIGURATION.home)]
    return render(request, "place/finding.jinja", {"lists": told})


@signed_in(*READERS)
def finding_one(request: HttpRequest, id: str) -> HttpResponse:
    """One list: what a full caseload finds, tenths, groups, months, drift, and where it must not be used."""
    access.gate_of(request)
    told = _published(id)
    page = presenter.page(told)
    if page is None:
        return render(request, "place/finding_one.jinja", {"told": told, "page": None})
    title = f"{told.title}: {told.outcome}, by tenths of the list"
    charts = {
        "tenths": tenths_chart(page.month.tenths, title=title, summary=page.tenths_summary)
        if page.tenths
        else "",
        "calibration": calibration_chart(
            page.month.tenths, title="Foreseen and observed", summary=page.tenths_summary
        )
        if page.is_model and page.tenths
        else "",
    }
    return render(request, "place/finding_one.jinja", {"told": told, "page": page, "charts": charts})


@signed_in(*READERS)
def finding_download(request: HttpRequest, id: str) -> HttpResponse:
    """The same figures as a file; what is hidden on the page is hidden here."""
    access.gate_of(request)
    told = _published(id)
    return csv_files.response(presenter.COLUMNS, presenter.csv_rows(told), f"finding-{told.id}")


def _published(id: str) -> Performance:
    found = one_published(settings.CONFIGURATION.home, id)
    if found is None:
        raise Http404
    return found
