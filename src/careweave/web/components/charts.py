"""Control charts as accessible SVG: a pure function from a chart to a drawing; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, log10

from markupsafe import Markup, escape

from careweave.measures.spc import Chart, Variation

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 340, 76, 16, 18, 44
_MANY_LABELS = 12
# A special point differs from a common one in shape as well as in colour: up and down triangles.
_BLUE, _ORANGE, _PURPLE, _GREY = "#005eb8", "#b5470a", "#5b2d8c", "#4c6272"


def control_chart(
    chart: Chart,
    labels: Sequence[str],
    *,
    title: str,
    summary: str,
    written: Callable[[float], str],
    small: bool = False,
) -> Markup:
    """Points joined by a line, the mean, and the limits within which chance moves them."""
    low, high = _bounds(chart)

    def across(number: int) -> float:
        return _LEFT + (number + 0.5) * (_WIDTH - _LEFT - _RIGHT) / len(chart.points)

    def down(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_frame(title, summary)]
    if not small:
        parts += [_scale(low, high, down, written), _months(labels, across)]
    parts += [_lines(chart, across, down), _points(chart, across, down)]
    return Markup("".join(parts)) + Markup("</svg>")  # noqa: S704  each text inside is escaped where it is set


def _bounds(chart: Chart) -> tuple[float, float]:
    ends = [each for point in chart.points for each in (point.value, point.limits.lower, point.limits.upper)]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.06 or 1.0
    least = 0.0 if min(point.value for point in chart.points) >= 0 else low - room
    return max(low - room, least), high + room


def _frame(title: str, summary: str) -> str:
    return (
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(summary)}</desc>'
    )


def _scale(low: float, high: float, down: Callable[[float], float], written: Callable[[float], str]) -> str:
    marks = _round_marks(low, high)
    drawn = "".join(
        f'<line x1="{_LEFT}" y1="{down(mark):.1f}" x2="{_WIDTH - _RIGHT}" y2="{down(mark):.1f}" stroke="#e8edee"/>'
        f'<text x="{_LEFT - 8}" y="{down(mark) + 5:.1f}" text-anchor="end" class="app-chart__text">'
        f"{escape(written(mark))}</text>"
        for mark in marks
    )
    return f'<g aria-hidden="true">{drawn}</g>'


def _round_marks(low: float, high: float) -> list[float]:
    """Three to seven round numbers between the two."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first, last = ceil(low / step), floor(high / step)
    return [number * step for number in range(first, last + 1)]


def _months(labels: Sequence[str], across: Callable[[int], float]) -> str:
    every = max(1, -(-len(labels) // _MANY_LABELS))
    drawn = "".join(
        f'<text x="{across(number):.1f}" y="{_HEIGHT - 14}" text-anchor="middle" class="app-chart__text">'
        f"{escape(label)}</text>"
        for number, label in enumerate(labels)
        if number % every == 0
    )
    return f'<g aria-hidden="true">{drawn}</g>'


def _lines(chart: Chart, across: Callable[[int], float], down: Callable[[float], float]) -> str:
    def path(values: Sequence[float]) -> str:
        return " ".join(f"{across(number):.1f},{down(value):.1f}" for number, value in enumerate(values))

    points = chart.points
    drawn = [
        f'<polyline points="{path([max(p.limits.lower, 0.0) if p.value >= 0 else p.limits.lower for p in points])}" '
        f'fill="none" stroke="{_GREY}" stroke-width="1.5" stroke-dasharray="7 5"/>',
        f'<polyline points="{path([p.limits.upper for p in points])}" fill="none" stroke="{_GREY}" '
        f'stroke-width="1.5" stroke-dasharray="7 5"/>',
        f'<polyline points="{path([p.limits.mean for p in points])}" fill="none" stroke="#212b32" stroke-width="1.5"/>',
        f'<polyline points="{path([p.value for p in points])}" fill="none" stroke="#8a949c" stroke-width="2"/>',
    ]
    return f'<g aria-hidden="true">{"".join(drawn)}</g>'


def _points(chart: Chart, across: Callable[[int], float], down: Callable[[float], float]) -> str:
    drawn = [_mark(across(n), down(point.value), point.variation) for n, point in enumerate(chart.points)]
    return f'<g aria-hidden="true">{"".join(drawn)}</g>'


def _mark(x: float, y: float, variation: Variation) -> str:
    if variation is Variation.COMMON:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_GREY}"/>'
    is_high = variation in (Variation.IMPROVEMENT_HIGH, Variation.CONCERN_HIGH, Variation.NEUTRAL_HIGH)
    way = -1 if is_high else 1
    corners = f"{x:.1f},{y + 9 * way:.1f} {x - 8:.1f},{y - 6 * way:.1f} {x + 8:.1f},{y - 6 * way:.1f}"
    return f'<polygon points="{corners}" fill="{_colour(variation)}"/>'


def _colour(variation: Variation) -> str:
    if variation in (Variation.IMPROVEMENT_HIGH, Variation.IMPROVEMENT_LOW):
        return _BLUE
    return _ORANGE if variation in (Variation.CONCERN_HIGH, Variation.CONCERN_LOW) else _PURPLE
