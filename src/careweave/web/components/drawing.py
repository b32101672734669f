"""The web of care as an accessible SVG drawing: a pure function from nodes and edges."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from markupsafe import Markup, escape

from careweave.web.presenters.web_of_care import LETTERS, Node, Web

_WIDTH, _HEIGHT = 960, 640
_CENTRE = (_WIDTH / 2, _HEIGHT / 2)
# Sector marks differ in shape and letter as well as in colour; each colour has 4.5:1 against white.
_COLOURS = {
    "gp": "#005eb8",
    "hospital": "#d5281b",
    "community": "#007f3b",
    "mental-health": "#7c2855",
    "social-care": "#330072",
    "housing": "#8a5200",
    "voluntary": "#00687a",
    "team": "#003087",
    "family": "#425563",
    "other": "#4c6272",
}
_SHOWN = 24


def drawing(web: Web) -> Markup:
    """Draw the person in the middle, everyone else around, a dashed line for each handover."""
    shown = sorted(web.nodes[:_SHOWN], key=lambda node: (node.sector, node.name))
    places = {node.key: _place(index, len(shown)) for index, node in enumerate(shown)}
    parts = [_frame(web), _edges(web, places)]
    parts += [_node(node, places[node.key]) for node in shown]
    parts.append(_person(web.centre))
    return Markup("".join(parts)) + Markup("</svg>")  # noqa: S704  each text inside is escaped where it is set


def _frame(web: Web) -> str:
    left_out = len(web.nodes) - _SHOWN
    more = f" The {_SHOWN} with most contacts are drawn." if left_out > 0 else ""
    return (
        f'<svg class="app-web" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="web-title web-desc" '
        f'focusable="false" xmlns="http://www.w3.org/2000/svg"><title id="web-title">People around '
        f'{escape(web.centre)}</title><desc id="web-desc">{escape(web.summary)}.{more} '
        f"The list below says the same in words.</desc>"
    )


def _place(index: int, count: int) -> tuple[float, float, bool]:
    """Where a node stands: down the right side and up the left, each at a height of its own so that no words meet."""
    on_right = (count + 1) // 2
    right = index < on_right
    row, rows = (index, on_right) if right else (count - 1 - index, count - on_right)
    down = _HEIGHT * (row + 0.5) / rows
    across = 110 + 170 * sqrt(max(0.0, 1 - ((down - _CENTRE[1]) / _CENTRE[1]) ** 2))
    return _CENTRE[0] + (across if right else -across), down, right


def _edges(web: Web, places: dict[str, tuple[float, float, bool]]) -> str:
    drawn = []
    for edge in web.edges:
        start = places.get(edge.start, (*_CENTRE, True)) if edge.start else (*_CENTRE, True)
        end = places.get(edge.end)
        if end is None or (edge.start and edge.start not in places):
            continue
        drawn.append(_handover(start, end) if edge.handover else _line(start, end, edge.count))
    return f'<g aria-hidden="true">{"".join(drawn)}</g>'


def _line(start: Sequence[float], end: Sequence[float], count: int) -> str:
    width = min(1.5 + count**0.5, 8)
    return (
        f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" '
        f'stroke="#aeb7bd" stroke-width="{width:.1f}"/>'
    )


def _handover(start: Sequence[float], end: Sequence[float]) -> str:
    middle = (
        (start[0] + end[0]) / 2 + (end[1] - start[1]) * 0.18,
        (start[1] + end[1]) / 2 - (end[0] - start[0]) * 0.18,
    )
    return (
        f'<path d="M{start[0]:.0f} {start[1]:.0f} Q{middle[0]:.0f} {middle[1]:.0f} {end[0]:.0f} {end[1]:.0f}" '
        f'fill="none" stroke="#ed8b00" stroke-width="2" stroke-dasharray="6 5"/>'
    )


def _node(node: Node, place: tuple[float, float, bool]) -> str:
    across, down, right = place
    colour, letter = _COLOURS.get(node.sector, _COLOURS["other"]), LETTERS.get(node.sector, "O")
    anchor, shift = ("start", 22) if right else ("end", -22)
    name, role = _clip(node.name), _clip(node.role or node.organisation or node.sector_name)
    return (
        f'<g aria-hidden="true"><circle cx="{across:.0f}" cy="{down:.0f}" r="16" fill="{colour}"/>'
        f'<text x="{across:.0f}" y="{down + 6:.0f}" text-anchor="middle" class="app-web__letter">{letter}</text>'
        f'<text x="{across + shift:.0f}" y="{down - 1:.0f}" text-anchor="{anchor}" class="app-web__name">'
        f'{escape(name)}</text><text x="{across + shift:.0f}" y="{down + 15:.0f}" text-anchor="{anchor}" '
        f'class="app-web__role">{escape(role)}</text></g>'
    )


def _clip(text: str, most: int = 27) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _person(name: str) -> str:
    return (
        f'<g aria-hidden="true"><circle cx="{_CENTRE[0]:.0f}" cy="{_CENTRE[1]:.0f}" r="46" fill="#212b32"/>'
        f'<text x="{_CENTRE[0]:.0f}" y="{_CENTRE[1] + 7:.0f}" text-anchor="middle" class="app-web__person">'
        f"{escape(_clip(name, 10))}</text></g>"
    )
