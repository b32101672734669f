"""A funnel as accessible SVG: each practice by its size, and how far chance carries; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup, escape

from careweave.measures.funnels import LIMITS
from careweave.measures.variation import Position, Variation

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 360, 60, 24, 16, 48
_BLUE, _PURPLE, _GREY = "#005eb8", "#5b2d8c", "#4c6272"
_STEPS = 60
Place = Callable[[float], float]


def funnel_chart(one: Variation, labels: Mapping[str, str], *, title: str, summary: str) -> Markup:
    """Dots within the limits, diamonds beyond the outer ones: shape as well as colour."""
    positions = one.positions
    most = max(each.expected for each in positions) * 1.1
    ratios = [value for each in positions for value in (each.ratio, *each.limits_998)]
    low, high = max(min(ratios) - 0.2, 0.0), max(ratios) + 0.2

    def across(expected: float) -> float:
        return _LEFT + expected / most * (_WIDTH - _LEFT - _RIGHT)

    def down(ratio: float) -> float:
        return _TOP + (high - ratio) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_axes(low, high, most, across, down), _limits(one, most, (low, high), across, down)]
    parts += [_mark(each, labels.get(each.practice, each.practice), across, down) for each in positions]
    return Markup(  # noqa: S704  each text inside is escaped where it is set
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(summary)}</desc>'
        f'<g aria-hidden="true">{"".join(parts)}</g></svg>'
    )


def _axes(low: float, high: float, most: float, across: Place, down: Place) -> str:
    steps = [low + (high - low) * number / 4 for number in range(5)]
    drawn = "".join(
        f'<text x="{_LEFT - 8}" y="{down(each) + 5:.1f}" text-anchor="end" class="app-chart__text">{each:.1f}</text>'
        for each in steps
    )
    sizes = "".join(
        f'<text x="{across(most * number / 4):.1f}" y="{_HEIGHT - 26}" text-anchor="middle" class="app-chart__text">'
        f"{most * number / 4:,.0f}</text>"
        for number in range(1, 4)
    )
    even = (
        f'<line x1="{_LEFT}" y1="{down(1):.1f}" x2="{_WIDTH - _RIGHT}" y2="{down(1):.1f}" stroke="#212b32"/>'
    )
    words = f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 6}" text-anchor="middle" class="app-chart__text">Expected number</text>'
    return drawn + sizes + even + words


def _limits(one: Variation, most: float, shown: tuple[float, float], across: Place, down: Place) -> str:
    sizes = [most * number / _STEPS for number in range(1, _STEPS + 1)]

    def line(z: float, side: int, dashes: str) -> str:
        ends = [(size, one.limits(size, z)[side]) for size in sizes]
        points = " ".join(
            f"{across(size):.1f},{down(end):.1f}" for size, end in ends if shown[0] <= end <= shown[1]
        )
        return f'<polyline points="{points}" fill="none" stroke="{_GREY}" stroke-dasharray="{dashes}"/>'

    return "".join(
        line(z, side, dashes) for z, dashes in zip(LIMITS, ("2 4", "8 4"), strict=True) for side in (0, 1)
    )


def _mark(position: Position, label: str, across: Place, down: Place) -> str:
    x, y = across(position.expected), down(position.ratio)
    if abs(position.outside) == 3:
        shape = f"M{x:.1f} {y - 9:.1f}L{x + 9:.1f} {y:.1f}L{x:.1f} {y + 9:.1f}L{x - 9:.1f} {y:.1f}Z"
        mark = f'<path d="{shape}" fill="{_PURPLE}"/>'
    else:
        mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{_BLUE}"/>'
    return f'{mark}<text x="{x:.1f}" y="{y - 12:.1f}" text-anchor="middle" class="app-chart__text">{escape(label)}</text>'
