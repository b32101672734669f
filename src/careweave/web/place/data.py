"""What is counted from: each source's completeness and lateness, and the dictionary of tables and definitions."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.measures import feeds as held
from careweave.measures.feed_rules import load_feed_rules
from careweave.record.feeds import feed_rows
from careweave.warehouse import dictionary as entries
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.components import bars, csv_files
from careweave.web.place.scorecards import READERS
from careweave.web.presenters import feeds as presenter


@signed_in(*READERS)
def feeds(request: HttpRequest) -> HttpResponse:
    """Who sends, how much was accepted, how late it comes, and which months look thin."""
    access.gate_of(request)
    context = {"page": _page(), "bars": bars.bars}
    return render(request, "place/feeds.jinja", context)


@signed_in(*READERS)
def feeds_download(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    access.gate_of(request)
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(_page()), "feeds")


@signed_in(*READERS)
def dictionary(request: HttpRequest) -> HttpResponse:
    """Every table, column and definition."""
    access.gate_of(request)
    context = {"tables": entries.tables(), "kinds": entries.definitions(), "today": timezone.localdate()}
    return render(request, "place/dictionary.jinja", context)


@signed_in(*READERS)
def dictionary_download(request: HttpRequest) -> HttpResponse:
    """Every column and definition as a file."""
    access.gate_of(request)
    return csv_files.response(_COLUMNS, _rows(), "data-dictionary")


_COLUMNS = (
    "kind",
    "name",
    "part",
    "type",
    "version",
    "valid_from",
    "valid_to",
    "review_on",
    "words",
    "source",
)


def _rows() -> Iterator[tuple[object, ...]]:
    for table in entries.tables():
        for column in table.columns:
            yield ("table", table.name, column.name, column.type, *[""] * 4, column.words, "")
    for words, each in entries.definitions():
        for one in each:
            dates = (one.valid_from, one.valid_to, one.review_on)
            yield (words, one.id, "", "", one.version, *dates, one.title, "; ".join(one.source))


def _page() -> presenter.FeedsPage:
    sources = directory.sources()
    rules = load_feed_rules(timezone.localdate())
    found = held.read(settings.CONFIGURATION.home)
    return presenter.page(found, feed_rows(), sources.names, timezone.now(), rules)
