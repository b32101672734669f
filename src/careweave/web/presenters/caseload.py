"""A team's caseload in words and as bars: people, limit, away until."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from careweave.care.teams.caseload import Load
from careweave.web import wording
from careweave.web.presenters.roles import role_name

_WIDTH, _ROW, _LEFT, _RIGHT = 960, 44, 220, 90
# Over the limit differs in its pattern of outline and in words as well as in colour.
_BLUE, _ORANGE, _LINE = "#005eb8", "#b5470a", "#212b32"


def load_words(load: Load) -> str:
    """“Tom Reid, care coordinator: 12 of 60 people, away until 3 December”."""
    words = f"{load.worker.name}, {role_name(load.worker.role)}: {load.people} of {load.limit} people"
    return f"{words}, {away_words(load)}" if load.away_until else words


def away_words(load: Load) -> str:
    """“away until 3 December”, or from when, for an absence that is still to come."""
    if load.away_until is None or load.away_from is None:
        return ""
    if load.away_from == load.away_until:
        return f"away on {wording.weekday(load.away_from)}"
    return f"away {wording.weekday(load.away_from)} to {wording.weekday(load.away_until)}"


def room_words(load: Load) -> str:
    """“Room for 4”, “Full” or “2 over”."""
    if load.is_over:
        return f"{-load.room} over the limit"
    return f"Room for {load.room}" if load.room else "Full"


def bars(loads: Sequence[Load], title: str) -> Markup:
    """One bar a worker with a mark at their limit; the table below says the same."""
    most = max([1, *(max(one.people, one.limit) for one in loads)])
    height = _ROW * len(loads) + 12
    drawn = "".join(_bar(number, one, most) for number, one in enumerate(loads))
    return Markup(  # noqa: S704  each text inside is escaped where it is set
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {height}" role="img" focusable="false"'
        f' aria-labelledby="caseload-title" xmlns="http://www.w3.org/2000/svg"><title id="caseload-title">'
        f'{escape(title)}. The table below says the same.</title><g aria-hidden="true">{drawn}</g></svg>'
    )


def _bar(number: int, load: Load, most: int) -> str:
    top, room = number * _ROW + 8, _WIDTH - _LEFT - _RIGHT
    width, limit = room * load.people / most, _LEFT + room * load.limit / most
    colour = _ORANGE if load.is_over else _BLUE
    return (
        f'<text x="{_LEFT - 12}" y="{top + 20}" text-anchor="end" class="app-chart__text">{escape(load.worker.name)}</text>'
        f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="28" fill="{colour}"/>'
        f'<line x1="{limit:.1f}" y1="{top - 4}" x2="{limit:.1f}" y2="{top + 32}" stroke="{_LINE}" stroke-width="3"/>'
        f'<text x="{_LEFT + width + 8:.1f}" y="{top + 20}" class="app-chart__text">{load.people}</text>'
    )
