"""Staff beside the people they look after, topic by topic, as accessible SVG; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from careweave.measures.experience.gap import Topic
from careweave.measures.experience.results import Estimate

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 54, 230, 24, 34, 40
_BLUE, _ORANGE, _GREY, _LINE = "#005eb8", "#b5470a", "#4c6272", "#d8dde0"


def gap_chart(topics: Sequence[Topic], *, title: str) -> Markup:
    """A circle for staff and a diamond for people on a line from 0% to 100%, each with its interval."""
    tall = _TOP + _ROW * len(topics) + _BOTTOM
    drawn = [_scale(tall)] + [
        _row(topic, _TOP + (number + 0.5) * _ROW) for number, topic in enumerate(topics)
    ]
    told = "; ".join(f"{topic.title}: {topic.words}" for topic in topics)
    return Markup(  # noqa: S704  each text inside is escaped where it is set
        f'<svg class="app-chart" viewBox="0 0 {_WIDTH} {tall}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(told)}</desc>'
        f'<g aria-hidden="true">{"".join(drawn)}{_key(tall)}</g></svg>'
    )


def _across(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _scale(tall: int) -> str:
    lines = "".join(
        f'<line x1="{_across(tenth / 4):.1f}" y1="{_TOP - 8}" x2="{_across(tenth / 4):.1f}" y2="{tall - _BOTTOM}" '
        f'stroke="{_LINE}"/><text x="{_across(tenth / 4):.1f}" y="{_TOP - 14}" text-anchor="middle" '
        f'class="app-chart__text" fill="{_GREY}">{tenth * 25}%</text>'
        for tenth in range(5)
    )
    return lines


def _row(topic: Topic, down: float) -> str:
    name = (
        f'<text x="{_LEFT - 14}" y="{down + 5:.1f}" text-anchor="end" class="app-chart__text">'
        f"{escape(topic.title)}</text>"
    )
    between = ""
    if topic.staff.value is not None and topic.people.value is not None:
        width = 5 if topic.is_gap else 1
        between = (
            f'<line x1="{_across(topic.staff.value):.1f}" y1="{down:.1f}" x2="{_across(topic.people.value):.1f}" '
            f'y2="{down:.1f}" stroke="{_LINE if topic.is_gap else _GREY}" stroke-width="{width}"/>'
        )
    if topic.staff.value is None and topic.people.value is None:
        return f'{name}<text x="{_LEFT + 6}" y="{down + 5:.1f}" class="app-chart__text" fill="{_GREY}">hidden</text>'
    return name + between + _staff(topic.staff, down - 8) + _people(topic.people, down + 8)


def _staff(one: Estimate, down: float) -> str:
    if one.value is None:
        return ""
    return _interval(one, down, _BLUE) + (
        f'<circle cx="{_across(one.value):.1f}" cy="{down:.1f}" r="7" fill="{_BLUE}"/>'
    )


def _people(one: Estimate, down: float) -> str:
    if one.value is None:
        return ""
    return _interval(one, down, _ORANGE) + _diamond(_across(one.value), down)


def _diamond(across: float, down: float) -> str:
    ends = ((0, -8), (8, 0), (0, 8), (-8, 0))
    points = " ".join(f"{across + right:.1f},{down + below:.1f}" for right, below in ends)
    return f'<polygon points="{points}" fill="{_ORANGE}"/>'


def _interval(one: Estimate, down: float, colour: str) -> str:
    low, high = _across(one.lower or 0.0), _across(one.upper or 0.0)
    return f'<line x1="{low:.1f}" y1="{down:.1f}" x2="{high:.1f}" y2="{down:.1f}" stroke="{colour}" stroke-width="2"/>'


def _key(tall: int) -> str:
    down = tall - 14
    return (
        f'<circle cx="{_LEFT + 8}" cy="{down - 5}" r="7" fill="{_BLUE}"/>'
        f'<text x="{_LEFT + 22}" y="{down}" class="app-chart__text">Staff</text>'
        f"{_diamond(_LEFT + 100, down - 5)}"
        f'<text x="{_LEFT + 114}" y="{down}" class="app-chart__text">People they look after</text>'
        f'<text x="{_LEFT + 310}" y="{down}" class="app-chart__text" fill="{_GREY}">Lines: 95% interval</text>'
    )
