"""A list's tenths, and what it foresaw against what came, as accessible SVG; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from careweave.measures.performance import Part

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 340, 60, 20, 16, 52
_BLUE, _ORANGE, _GREY = "#005eb8", "#b5470a", "#4c6272"
Place = Callable[[float], float]


def tenths_chart(parts: Sequence[Part], *, title: str, summary: str) -> Markup:
    """A bar for each tenth with its interval; a diamond where the list says how many to expect."""
    most = max([_upper(part) for part in parts] + [part.expected or 0 for part in parts]) * 1.08 or 1.0
    wide = (_WIDTH - _LEFT - _RIGHT) / max(len(parts), 1)

    def down(share: float) -> float:
        return _TOP + (most - share) / most * (_HEIGHT - _TOP - _BOTTOM)

    drawn = [_scale(most, down)]
    for number, part in enumerate(parts):
        middle = _LEFT + (number + 0.5) * wide
        drawn += [_bar(part, middle, wide, down), _label(part.name, middle)]
    return _framed(drawn, "Tenths of the list, the highest first", title, summary)


def calibration_chart(parts: Sequence[Part], *, title: str, summary: str) -> Markup:
    """Each tenth as a dot: across what was foreseen, up what came. On the line both are the same."""
    shown = [part for part in parts if part.expected is not None and part.observed is not None]
    most = (
        max([_upper(part) for part in shown] + [part.expected or 0 for part in shown]) * 1.05
        if shown
        else 1.0
    )

    def across(share: float) -> float:
        return _LEFT + share / most * (_WIDTH - _LEFT - _RIGHT)

    def down(share: float) -> float:
        return _TOP + (most - share) / most * (_HEIGHT - _TOP - _BOTTOM)

    line = (
        f'<line x1="{across(0):.1f}" y1="{down(0):.1f}" x2="{across(most):.1f}" y2="{down(most):.1f}" '
        f'stroke="{_GREY}" stroke-dasharray="7 5"/>'
    )
    marks = "".join(
        f'<text x="{across(mark):.1f}" y="{_HEIGHT - 30}" text-anchor="middle" class="app-chart__text">{mark:.0%}</text>'
        for mark in _round_marks(most)
    )
    drawn = [_scale(most, down), marks, line, *(_dot(part, across, down) for part in shown)]
    return _framed(drawn, "Foreseen", title, summary)


def _framed(drawn: Sequence[str], under: str, title: str, summary: str) -> Markup:
    return Markup(  # noqa: S704  each text inside is escaped where it is set
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(summary)}</desc>'
        f'<g aria-hidden="true">{"".join(drawn)}<text x="{(_WIDTH + _LEFT) / 2}" y="{_HEIGHT - 6}" '
        f'text-anchor="middle" class="app-chart__text">{escape(under)}</text></g></svg>'
    )


def _scale(most: float, down: Place) -> str:
    return "".join(
        f'<line x1="{_LEFT}" y1="{down(mark):.1f}" x2="{_WIDTH - _RIGHT}" y2="{down(mark):.1f}" stroke="#e8edee"/>'
        f'<text x="{_LEFT - 8}" y="{down(mark) + 5:.1f}" text-anchor="end" class="app-chart__text">{mark:.0%}</text>'
        for mark in _round_marks(most)
    )


def _round_marks(most: float) -> list[float]:
    """From nought, six at most."""
    step = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2) if most / each <= 6)
    return [number * step for number in range(int(most / step) + 1)]


def _bar(part: Part, middle: float, wide: float, down: Place) -> str:
    if part.observed is None:
        return f'<text x="{middle:.1f}" y="{down(0) - 6:.1f}" text-anchor="middle" class="app-chart__text">hidden</text>'
    top, half = down(part.observed.value), wide * 0.32
    drawn = (
        f'<rect x="{middle - half:.1f}" y="{top:.1f}" width="{2 * half:.1f}" height="{down(0) - top:.1f}" fill="{_BLUE}"/>'
        f'<line x1="{middle:.1f}" y1="{down(part.observed.upper):.1f}" x2="{middle:.1f}" '
        f'y2="{down(part.observed.lower):.1f}" stroke="#212b32" stroke-width="2"/>'
    )
    return drawn + ("" if part.expected is None else _diamond(middle, down(part.expected)))


def _dot(part: Part, across: Place, down: Place) -> str:
    assert part.expected is not None and part.observed is not None
    x = across(part.expected)
    return (
        f'<line x1="{x:.1f}" y1="{down(part.observed.upper):.1f}" x2="{x:.1f}" y2="{down(part.observed.lower):.1f}" '
        f'stroke="{_BLUE}" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{down(part.observed.value):.1f}" r="5" fill="{_BLUE}"/>'
    )


def _diamond(x: float, y: float) -> str:
    corners = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    return f'<polygon points="{corners}" fill="{_ORANGE}" stroke="#ffffff"/>'


def _label(name: str, middle: float) -> str:
    return f'<text x="{middle:.1f}" y="{_HEIGHT - 30}" text-anchor="middle" class="app-chart__text">{escape(name)}</text>'


def _upper(part: Part) -> float:
    return part.observed.upper if part.observed else 0.0
