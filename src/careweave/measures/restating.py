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
    """`was`: None where it would tell of a few; `after`: the sources whose files came since it was published.

    `is_of_people`: what was counted is the same, and the people whom the rate is for are others.
    """

    on: date
    was: Figure | None
    after: tuple[str, ...] = ()
    is_of_people: bool = False


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
            known = (*known, Restatement(now.as_at, old, tuple(after), is_of_people_alone(kind, old, month)))
        if known:
            found[month.name] = _safe(kind, month, known)
    return found


def _safe(kind: str, now: Figure, known: Sequence[Restatement]) -> tuple[Restatement, ...]:
    """The newest first choose what is shown; an older one that is too near to any of them is not."""
    shown, made = [now], list[Restatement]()
    for one in reversed(known):
        was = next((each for each in _ways_to_tell(kind, one.was) if _is_safe(kind, each, shown)), None)
        if was is not None:
            shown.append(was)
        made.append(replace(one, was=was))
    return tuple(reversed(made))


def _ways_to_tell(kind: str, was: Figure | None) -> Iterator[Figure]:
    """As it was; of a rate else only how much was counted, since its people differ by a few nearly always."""
    if was is not None:
        yield was
        if kind == RATE:
            yield replace(was, denominator=None, value=None, lower=None, upper=None)


def _is_safe(kind: str, was: Figure, shown: Sequence[Figure]) -> bool:
    return not any(tells_of_few(kind, was, other) for other in shown)


def tells_of_few(kind: str, one: Figure, other: Figure) -> bool:
    """Whether the difference of two figures of the same month could be a few people's; so it is when one is hidden."""
    if one.numerator is None or other.numerator is None:
        return True
    pairs = zip(_behind(kind, one), _behind(kind, other), strict=True)
    apart = [abs(mine - theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
    if any(0 < each < THRESHOLD for each in apart):
        return True
    # The same stays with other nights: how many of them changed is not known.
    is_alike = _items(kind, one) == _items(kind, other)
    return is_alike and one.numerator != other.numerator and kind != SHARE


def _items(kind: str, figure: Figure) -> int | None:
    """How many were counted, one by one."""
    if kind == RATE:
        return figure.numerator if figure.behind is None else figure.behind
    return figure.denominator


def _behind(kind: str, figure: Figure) -> Iterator[int | None]:
    """Whatever a difference could single somebody out by; None is not shown."""
    numerator, denominator = figure.numerator or 0, figure.denominator
    yield denominator
    if kind in (RATE, SHARE):
        yield _items(RATE, figure)
    if kind == MEAN:  # its sum: two more handovers are two people's at most
        yield numerator
    if kind == SHARE:
        yield None if denominator is None else denominator - numerator


def is_of_people_alone(kind: str, was: Figure, now: Figure) -> bool:
    """A rate of which only the people changed: said once, not for each month."""
    return kind == RATE and was.numerator == now.numerator and _items(kind, was) == _items(kind, now)


def _counts(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator
