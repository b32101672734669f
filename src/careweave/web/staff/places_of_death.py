"""“Where people died”: as they had wished or elsewhere, with small numbers hidden (requirement A58)."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.care.plans import places_of_death as counted
from careweave.measures.suppression import THRESHOLD, Total, hidden
from careweave.web import access
from careweave.web.access import signed_in

COLUMNS = (
    (counted.AS_WISHED, "As wished"),
    (counted.ELSEWHERE, "Not as wished"),
    (counted.NOT_KNOWN, "Not known"),
)
Cell = tuple[str, str]


@signed_in(*access.PROFESSIONALS)
def places(request: HttpRequest) -> HttpResponse:
    """One row a place; no name, and nothing that could be worked out about one."""
    found = counted.places_of_death(access.gate_of(request), today=timezone.localdate())
    context = {
        "columns": [title for _, title in COLUMNS],
        "rows": shown(found.counts, found.places),
        "since": found.since,
        "fewest": THRESHOLD,
    }
    return render(request, "staff/places_of_death.jinja", context)


def shown(counts: Mapping[Cell, int], places: list[str]) -> list[tuple[str, list[str]]]:
    """Every cell and every sum in words, those hidden that are small or would give a small one away; pure."""
    cells: dict[Cell, int] = {
        (place, key): counts.get((place, key), 0) for place in places for key, _ in COLUMNS
    }
    rows = [Total((place, "all"), tuple((place, key) for key, _ in COLUMNS)) for place in places]
    every = [Total(("all", key), tuple((place, key) for place in places)) for key, _ in COLUMNS]
    every.append(Total(("all", "all"), tuple((place, "all") for place in places)))
    for total in (*rows, *every):
        cells[total.key] = sum(cells[cell] for cell in total.of)
    kept_back = hidden(cells, [*rows, *every], is_said_why=False)
    wanted = [*(key for key, _ in COLUMNS), "all"]
    named = [*((place, place) for place in places), ("all", "Everywhere")]
    return [
        (title, [_words(cells[(place, key)], (place, key) in kept_back) for key in wanted])
        for place, title in named
        if places
    ]


def _words(count: int, is_hidden: bool) -> str:
    return "Hidden" if is_hidden else f"{count:,}"
