"""Adult social care: the official tables of Client Level Data, without names, as a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.measures.social_care import SocialCare, read
from careweave.measures.suppression import THRESHOLD
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components import csv_files

COLUMNS = (
    *("table", "title", "rule", "line", "is_total", "count", "per_cent", "why_hidden"),
    *("from", "to", "data_up_to", "definition", "version", "sources"),
)
HIDDEN = f"Hidden: fewer than {THRESHOLD}, or so that another small number cannot be worked out"


@signed_in("analyst")
def tables(request: HttpRequest) -> HttpResponse:
    """Every table of the last twelve whole months."""
    access.gate_of(request)
    found = read(settings.CONFIGURATION.home)
    context = {"found": found, "hidden": HIDDEN, "threshold": THRESHOLD}
    return render(request, "place/social_care.jinja", context)


@signed_in("analyst")
def download(request: HttpRequest) -> HttpResponse:
    """The same as a file, each line with the rule, its version and why a number is hidden."""
    access.gate_of(request)
    found = read(settings.CONFIGURATION.home)
    return csv_files.response(COLUMNS, rows_of(found) if found else (), "social-care")


def rows_of(found: SocialCare) -> Iterator[tuple[object, ...]]:
    about = (found.start, found.end, found.as_at, found.definition, found.version, "; ".join(found.sources))
    for table in found.tables:
        head = (table.id, table.title, table.source)
        for line in table.lines:
            why = "" if line.count is not None else HIDDEN
            yield (*head, line.label, "yes" if line.is_total else "no", line.count, "", why, *about)
        for share in table.shares:
            why = "" if share.value is not None else "Not shown: a part of it is hidden, or nobody is counted"
            yield (*head, share.label, "no", "", share.value, why, *about)
