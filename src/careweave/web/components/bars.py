"""Bars as accessible SVG, for whoever reads shapes faster than numbers; the table beside them says the same."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from careweave.web.presenters.bars import Bar

_WIDTH, _ROW, _LEFT, _RIGHT = 560, 34, 250, 84
_BLUE, _GREY = "#005eb8", "#425563"


def bars(rows: Sequence[Bar], *, title: str) -> Markup:
    """One bar a row, from nought; the longest fills the width."""
    most = max((row.value for row in rows if row.value), default=1.0) or 1.0
    drawn = "".join(_bar(row, number, most) for number, row in enumerate(rows))
    told = "; ".join(f"{row.name}: {row.told}" for row in rows)
    return Markup(  # noqa: S704  each text inside is escaped where it is set
        f'<svg class="app-chart app-chart--bars" viewBox="0 0 {_WIDTH} {_ROW * len(rows) + 8}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(told)}</desc>'
        f'<g aria-hidden="true">{drawn}</g></svg>'
    )


def _bar(row: Bar, number: int, most: float) -> str:
    top = number * _ROW + 4
    wide = (row.value or 0) / most * (_WIDTH - _LEFT - _RIGHT)
    words = (row.told if row.value is not None else "hidden")[:12]
    fill = _BLUE if row.value is not None else "none"
    return (
        f'<text x="{_LEFT - 8}" y="{top + 20}" text-anchor="end" class="app-chart__text">{escape(_clip(row.name))}</text>'
        f'<rect x="{_LEFT}" y="{top + 4}" width="{wide:.1f}" height="22" fill="{fill}"/>'
        f'<text x="{_LEFT + wide + 6:.1f}" y="{top + 20}" class="app-chart__text" fill="{_GREY}">{escape(words)}</text>'
    )


def _clip(text: str, most: int = 36) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
