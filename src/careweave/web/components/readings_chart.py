"""Readings over time as accessible SVG: a pure function from dated numbers; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil, floor, log10

from markupsafe import Markup, escape

from careweave.web import wording
from careweave.web.presenters.own_readings import Series, Shown

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 260, 48, 14, 40, 36
# Each line has a mark of its own as well as a colour.
_COLOURS = ("#005eb8", "#7c2855")


def readings_chart(shown: Shown) -> Markup:
    """One kind in one picture; nothing for fewer than two readings, which a table shows better."""
    lines = shown.lines
    points = [point for line in lines for point in line.points]
    if len({at for at, _ in points}) < 2:
        return Markup("")
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    low, high = _bounds([value for _, value in points])

    def place(at: datetime, value: float) -> tuple[float, float]:
        across = (at - first) / (last - first)
        down = (high - value) / (high - low)
        return _LEFT + across * (_WIDTH - _LEFT - _RIGHT), _TOP + down * (_HEIGHT - _TOP - _BOTTOM)

    count = wording.people(len(lines[0].points), "reading", "readings")
    parts = [_frame(shown.kind.title, f"{count}. The table below says the same in numbers.")]
    parts += [_scale(low, high, first, last)]
    parts += [_line(number, [place(*point) for point in line.points]) for number, line in enumerate(lines)]
    if len(lines) > 1:
        parts += [_key(number, line) for number, line in enumerate(lines)]
    return Markup("".join(parts)) + Markup("</svg>")  # noqa: S704  each text inside is escaped where it is set


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.15 or 1.0
    return low - room, high + room


def _frame(title: str, summary: str) -> str:
    return (
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(summary)}</desc>'
    )


def _scale(low: float, high: float, first: datetime, last: datetime) -> str:
    drawn = []
    for value in _round_marks(low, high):
        down = _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
        drawn.append(
            f'<line x1="{_LEFT}" y1="{down:.1f}" x2="{_WIDTH - _RIGHT}" y2="{down:.1f}" stroke="#d8dde0"/>'
            f'<text x="{_LEFT - 8}" y="{down + 5:.1f}" text-anchor="end" class="app-chart__text">{value:g}</text>'
        )
    for at, x, anchor in ((first, _LEFT, "start"), (last, _WIDTH - _RIGHT, "end")):
        drawn.append(
            f'<text x="{x}" y="{_HEIGHT - 10}" text-anchor="{anchor}" class="app-chart__text">'
            f"{at.day} {at:%b %Y}</text>"
        )
    return f'<g aria-hidden="true">{"".join(drawn)}</g>'


def _round_marks(low: float, high: float) -> list[float]:
    """Two to five round numbers between the two."""
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    return [round(number * step, 6) for number in range(ceil(low / step), floor(high / step) + 1)]


def _line(number: int, places: Sequence[tuple[float, float]]) -> str:
    colour = _COLOURS[number % len(_COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(_mark(number, x, y, colour) for x, y in places)
    return (
        f'<g aria-hidden="true"><polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f"{marks}</g>"
    )


def _mark(number: int, x: float, y: float, colour: str) -> str:
    if number % 2:
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{colour}"/>'


def _key(number: int, line: Series) -> str:
    """Which mark is which line, in a row above the picture."""
    x = _LEFT + number * (_WIDTH - _LEFT - _RIGHT) / 2
    mark = _mark(number, x + 6, 18, _COLOURS[number % len(_COLOURS)])
    words = f'<text x="{x + 18:.0f}" y="23" class="app-chart__text">{escape(line.name)}</text>'
    return f'<g aria-hidden="true">{mark}{words}</g>'
