"""A team's figure as the sum of its practices' published ones: what is hidden of one is hidden of the team."""

from __future__ import annotations

from collections.abc import Collection

from careweave.measures import rates
from careweave.measures.disclosing import BESIDE
from careweave.measures.indicators import Figure
from careweave.measures.published import Published

BY = "practice"


def team_figure(one: Published, practices: Collection[str], per: int) -> Figure | None:
    """None where nothing was counted for any of them. Only published numbers are added, so nothing new is told."""
    found = one.by(BY)
    parts = [group for group in found.groups if group.name in practices] if found else []
    if not parts:
        return None
    if any(part.numerator is None or part.denominator is None for part in parts):
        return Figure("team", None, None, None, None, None, BESIDE)
    numerator, denominator = sum(p.numerator or 0 for p in parts), sum(p.denominator or 0 for p in parts)
    if not denominator:
        return Figure("team", numerator, denominator, None, None, None)
    limits = interval(one.kind, numerator, denominator, per)
    return Figure("team", numerator, denominator, limits.value, limits.lower, limits.upper)


def interval(kind: str, numerator: int, denominator: int, per: int) -> rates.Interval:
    """As for the practices themselves: people are counted once a month."""
    if kind == "rate":
        return rates.crude(numerator, denominator / 12, per=per)
    if kind == "share":
        return rates.wilson(numerator, denominator)
    counted = rates.byar(numerator)
    return rates.Interval(*(each / denominator for each in (counted.value, counted.lower, counted.upper)))
