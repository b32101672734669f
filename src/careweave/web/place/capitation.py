"""What each network is paid by head: a statement that every network sees, beside its scorecard (A07)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.money.statements import read
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components import bars, csv_files
from careweave.web.place.scorecards import READERS
from careweave.web.presenters import capitation as presenter


@signed_in(*READERS)
def capitation(request: HttpRequest) -> HttpResponse:
    """Every contract by head: owed so far, expected for the year, month by month."""
    access.gate_of(request)
    pages = [presenter.page(each) for each in read(settings.CONFIGURATION.home)]
    return render(request, "place/capitation.jinja", {"pages": pages, "bars": bars.bars})


@signed_in(*READERS)
def download(request: HttpRequest) -> HttpResponse:
    """The same as a file, one row a network and month."""
    access.gate_of(request)
    rows = presenter.rows_of(read(settings.CONFIGURATION.home))
    return csv_files.response(presenter.COLUMNS, rows, "capitation")
