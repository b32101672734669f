"""Population: who the people are, without names, and how fresh each organisation's data is (pages.md §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.measures import population as held
from careweave.measures.feed_rules import load_feed_rules
from careweave.warehouse.builds import Manifest, current_version, read_manifest
from careweave.web import access, directory
from careweave.web.access import signed_in
from careweave.web.components import bars, csv_files
from careweave.web.presenters import population as presenter
from careweave.web.presenters.timeline import SECTORS, Sources

HIDDEN_BELOW = 5


@dataclass(frozen=True)
class Feed:
    """One organisation that sends, and how late its news is."""

    name: str
    sector: str
    received: datetime
    days: int
    is_late: bool


@signed_in("analyst")
def place(request: HttpRequest) -> HttpResponse:
    """How many people, contacts and conditions are counted, as at which day, from whom."""
    access.gate_of(request)
    found = feeds(directory.sources(), timezone.now())
    manifest = latest_build()
    context = {
        "manifest": manifest,
        "counts": counts(manifest),
        "feeds": found,
        "late": [one for one in found if one.is_late],
        "people": presenter.page(held.read(settings.CONFIGURATION.home)),
        "bars": bars.bars,
    }
    return render(request, "place/population.jinja", context)


@signed_in("analyst")
def download(request: HttpRequest) -> HttpResponse:
    """Who the people are, as a file."""
    access.gate_of(request)
    found = held.read(settings.CONFIGURATION.home)
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(found) if found else (), "population")


def latest_build() -> Manifest | None:
    """What the last build of the warehouse says of itself; its rows are not opened here."""
    version = current_version(settings.CONFIGURATION.home / "warehouse")
    return read_manifest(version) if version else None


def counts(manifest: Manifest | None) -> tuple[tuple[str, str], ...]:
    """Totals in words; a small one is hidden."""
    names = {"person": "People", "event": "Contacts and stays", "condition": "Conditions and reasons"}
    held = manifest.counts if manifest else {}
    return tuple((words, shown(held[name])) for name, words in names.items() if name in held)


def shown(number: int) -> str:
    """A number, or why it is not shown."""
    return (
        f"{number:,}"
        if number >= HIDDEN_BELOW or number == 0
        else f"Hidden: fewer than {HIDDEN_BELOW} people"
    )


def feeds(sources: Sources, now: datetime) -> tuple[Feed, ...]:
    """Every organisation that has sent a file, the latest last."""
    rules = load_feed_rules(timezone.localdate(now))
    found = [
        Feed(
            sources.names.get(code, code),
            SECTORS[sources.sector(code)],
            at,
            (now - at).days,
            rules.is_late(code, (now - at).days),
        )
        for code, at in sources.received.items()
        if code != "careweave"
    ]
    return tuple(sorted(found, key=lambda one: (one.sector, one.name)))
