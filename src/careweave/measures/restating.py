"""Months that changed after they were published: what each was, since when and after which files; never silently.

What a month was is shown only where nothing about a few can be worked out from it: between any two numbers that are shown
of one month, each count behind them differs by nothing or by as many as may be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from careweave.measures.indicators import Figure, Result
from careweave.measures.suppression import THRESHOLD
from careweave.warehouse.indicators.definition import MEAN, RATE, SHARE


@dataclass(frozen=True)
class Restatement:
    """`was`: None where it would tell of a few; `after`: the sources whose files came since it was published."""

    on: date
    was: Figure | None
    after: tuple[str, ...] = ()


Restated = Mapping[str, tuple[Restatement, ...]]


def restated(
    kind: str, earlier: Restated, was: Result, now: Result, after: Sequence[str]
) -> dict[str, tuple[Restatement, ...]]:
    """By month, oldest first: those known already, and those whose figure this publication changes."""
    before = {month.name: month for month in was.months}
    found = {}
    for month in now.months:
        known = earlier.get(month.name, ())
        old = before.get(month.name)
        if old is not None and _counts(old) != _counts(month):
            known = (*known, Restatement(now.as_at, old, tuple(after)))
        if known:
            found[month.name] = _safe(kind, month, known)
    return found


def _safe(kind: str, now: Figure, known: Sequence[Restatement]) -> tuple[Restatement, ...]:
    """The newest first choose what is shown; an older one that is too near to any of them is not."""
    shown, made = [now], list[Restatement]()
    for one in reversed(known):
        is_told = one.was is not None and not any(tells_of_few(kind, one.was, other) for other in shown)
        if one.was is not None and is_told:
            shown.append(one.was)
        made.append(one if is_told else replace(one, was=None))
    return tuple(reversed(made))


def tells_of_few(kind: str, one: Figure, other: Figure) -> bool:
    """Whether the difference of two figures of the same month could be a few people's; so it is when one is hidden."""
    if one.numerator is None or other.numerator is None:
        return True
    apart = [
        abs(mine - theirs) for mine, theirs in zip(_behind(kind, one), _behind(kind, other), strict=True)
    ]
    if any(0 < each < THRESHOLD for each in apart):
        return True
    # The same stays with other nights: how many of them changed is not known.
    return not any(apart) and one.numerator != other.numerator


def _behind(kind: str, figure: Figure) -> Iterator[int]:
    """Whatever a difference could single somebody out by."""
    numerator, denominator = figure.numerator or 0, figure.denominator or 0
    yield denominator
    if kind in (RATE, SHARE):
        yield numerator if figure.behind is None else figure.behind
    if kind == SHARE:
        yield denominator - numerator
    if kind == MEAN and figure.behind is not None:
        yield figure.behind


def _counts(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator
