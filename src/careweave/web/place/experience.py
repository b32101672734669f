"""Experience: what people and staff say, who did not answer, and where record, staff and people differ (pages.md §10)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.definitions import load_definition
from careweave.measures.experience import published as held
from careweave.measures.experience.published import PublishedExperience
from careweave.measures.experience.results import SurveyResults
from careweave.measures.experience.statements import VOICES
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.components import csv_files, gaps
from careweave.web.place.scorecards import READERS
from careweave.web.presenters import experience as presenter


@signed_in(*READERS)
def experience(request: HttpRequest) -> HttpResponse:
    """Every survey at a glance, the gap between staff and people, and what is not asked here."""
    access.gate_of(request)
    published = held.read(settings.CONFIGURATION.home)
    pages = [presenter.page(published, one, "", {}) for one in published.surveys] if published else []
    context = {
        "published": published,
        "pages": pages,
        "topics": [
            (each, presenter.figure("", each.staff), presenter.figure("", each.people))
            for each in (published.gap.topics if published else ())
        ],
        "chart": gaps.gap_chart(published.gap.topics, title="Staff and the people they look after")
        if published
        else "",
    }
    return render(request, "place/experience.jinja", context)


@signed_in(*READERS)
def survey(request: HttpRequest, id: str) -> HttpResponse:
    """One survey: response, score, questions, who did not answer; the seven statements beside the record."""
    access.gate_of(request)
    published, results = _found(id)
    context = {
        "page": presenter.page(published, results, request.GET.get("by", ""), _names()),
        "published": published,
        "when": presenter.when(results),
        "dimensions": {by: presenter.DIMENSIONS[by] for by in results.by},
        "statements": [
            (each, presenter.figure("", each.record), presenter.figure("", each.people))
            for each in (published.statements if id == VOICES else ())
        ],
    }
    return render(request, "place/experience_survey.jinja", context)


@signed_in(*READERS)
def download(request: HttpRequest, id: str) -> HttpResponse:
    """One survey as a file."""
    access.gate_of(request)
    published, results = _found(id)
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(published, results), f"experience-{id}")


@signed_in(*READERS)
def gap_download(request: HttpRequest) -> HttpResponse:
    """Staff beside people, and statements beside the record, as a file."""
    access.gate_of(request)
    published = held.read(settings.CONFIGURATION.home)
    rows = presenter.everything(published) if published else ()
    return csv_files.response(presenter.COLUMNS, rows, "experience-gaps")


def _names() -> dict[str, dict[str, str]]:
    """Groups that are known by a code: practices, and ethnic groups in the words of the NHS data dictionary."""
    codes = load_definition("intake-codes", "nhs-data-dictionary", timezone.localdate()).content["codes"]
    return {"practice": directory.sources().names, "ethnicity": codes["ethnic_category"]}


def _found(id: str) -> tuple[PublishedExperience, SurveyResults]:
    published = held.read(settings.CONFIGURATION.home)
    results = published.survey(id) if published else None
    if published is None or results is None:
        raise Http404
    return published, results
