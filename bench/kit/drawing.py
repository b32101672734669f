"""Figures that people compare, drawn: bars beside the goal and the reference, and a cost against a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW = 860, 340, 120, 46
OURS, THEIRS, GOAL = "#005eb8", "#aeb7bd", "#212b32"
FONT = 'font-family="Arial, sans-serif"'


@dataclass(frozen=True)
class Bar:
    """One thing that was measured, larger is better; 0 where there is no goal or no reference."""

    what: str
    ours: float
    reference: float = 0
    goal: float = 0


def bars(title: str, unit: str, drawn: Sequence[Bar]) -> str:
    """Ours above the reference, and the goal as a line across ours."""
    most = max(max(each.ours, each.reference, each.goal) for each in drawn)
    room = WIDTH - LEFT - RIGHT

    def across(value: float) -> float:
        return room * value / most

    parts = [_text(0, 18, title, weight="bold"), _legend(36)]
    for number, each in enumerate(drawn):
        top = 62 + number * ROW
        parts.append(_text(0, top + 18, each.what))
        for value, colour, down in ((each.ours, OURS, 0), (each.reference, THEIRS, 16)):
            if value:
                width = across(value)
                parts.append(
                    f'<rect x="{LEFT}" y="{top + down}" width="{width:.1f}" height="14" fill="{colour}"/>'
                )
                parts.append(_text(LEFT + width + 6, top + down + 12, f"{value:,.0f} {unit}", size=13))
        if each.goal:
            x = LEFT + across(each.goal)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 3}" y2="{top + 17}" stroke="{GOAL}" stroke-width="3"/>'
            )
    return _svg(title, 62 + len(drawn) * ROW, parts)


def line(title: str, across: str, up: str, points: Sequence[tuple[float, float]]) -> str:
    """A cost against a size; both begin at nothing, so that a level line is a level cost."""
    height, low, room = 300, 250, WIDTH - 100 - 40
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points) * 1.25
    placed = [(100 + room * x / most_x, low - 200 * y / most_y) for x, y in points]
    parts = [_text(0, 18, title, weight="bold"), _text(0, 42, up, size=13)]
    parts += [
        f'<line x1="100" x2="{WIDTH - 40}" y1="{low}" y2="{low}" stroke="{GOAL}"/>',
        f'<line x1="100" x2="100" y1="{low - 200}" y2="{low}" stroke="{GOAL}"/>',
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}" fill="none"'
        f' stroke="{OURS}" stroke-width="2"/>',
    ]
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{OURS}"/>' for x, y in placed]
    for part in (0.0, 0.5, 1.0):
        parts.append(_text(92, low - 200 * part + 4, f"{most_y * part:.2f}", size=13, anchor="end"))
        parts.append(_text(100 + room * part, low + 20, f"{most_x * part:,.0f}", size=13, anchor="middle"))
    parts.append(_text(100 + room / 2, low + 42, across, size=13, anchor="middle"))
    return _svg(title, height, parts)


def _legend(top: float) -> str:
    words = ((OURS, "Careweave"), (THEIRS, "reference"), (GOAL, "goal"))
    return "".join(
        f'<rect x="{LEFT + 130 * n}" y="{top - 10}" width="12" height="12" fill="{colour}"/>'
        + _text(LEFT + 18 + 130 * n, top, word, size=13)
        for n, (colour, word) in enumerate(words)
    )


def _text(
    x: float, y: float, words: str, *, size: int = 15, weight: str = "normal", anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
        f' fill="#212b32" {FONT}>{escape(words)}</text>'
    )


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -5 {WIDTH + 20} {height + 10:.0f}" role="img"'
        f' aria-label="{escape(title)}"><rect x="-10" y="-5" width="100%" height="100%" fill="#fff"/>'
        + "\n".join(parts)
        + "</svg>\n"
    )
