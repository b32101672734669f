"""Statistical process control: XmR charts by the rules and icons of NHS England's Making Data Count.

Limits are the mean ± 2.66 times the average moving range. With `screened`, moving ranges of 3.267 times their average or
more are left out once before the average is taken again; Making Data Count's own spreadsheet does not do so, so a chart
says which it is. A point on the mean ends a run; so does a new baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

SPREAD = 2.66  # 3 / 1.128: three standard deviations from moving ranges of two
NEAR = SPREAD * 2 / 3
SCREEN = 3.267
RUN = 7
FEWEST = 2  # below it there is no moving range


class Better(StrEnum):
    """Which way is improvement."""

    UP = "increase"
    DOWN = "decrease"
    NEITHER = "neutral"


class Cause(StrEnum):
    """Why a point is unlikely to be chance, in the order in which the rules are tried."""

    COMMON = "Common cause"
    ABOVE_LIMIT = "Above the upper limit"
    BELOW_LIMIT = "Below the lower limit"
    RISING = "Seven points rising"
    FALLING = "Seven points falling"
    NEAR_UPPER = "Two of three points near the upper limit"
    NEAR_LOWER = "Two of three points near the lower limit"
    RUN_ABOVE = "Seven points above the mean"
    RUN_BELOW = "Seven points below the mean"

    @property
    def side(self) -> int:
        """+1 high, -1 low, 0 common cause."""
        if self is Cause.COMMON:
            return 0
        high = (Cause.ABOVE_LIMIT, Cause.RISING, Cause.NEAR_UPPER, Cause.RUN_ABOVE)
        return 1 if self in high else -1


class Variation(StrEnum):
    """The icon of the last point."""

    COMMON = "common cause"
    IMPROVEMENT_HIGH = "improvement, high"
    IMPROVEMENT_LOW = "improvement, low"
    CONCERN_HIGH = "concern, high"
    CONCERN_LOW = "concern, low"
    NEUTRAL_HIGH = "high, neither good nor bad"
    NEUTRAL_LOW = "low, neither good nor bad"


class Assurance(StrEnum):
    """Whether the process as it is can be relied on to meet a target."""

    NONE = "no target"
    PASS = "consistently meets the target"  # noqa: S105 - not a password
    FAIL = "consistently misses the target"
    HIT_AND_MISS = "meets and misses the target by chance"


@dataclass(frozen=True)
class Limits:
    mean: float
    lower: float
    upper: float
    near_lower: float
    near_upper: float


@dataclass(frozen=True)
class Point:
    value: float
    limits: Limits
    cause: Cause
    variation: Variation


@dataclass(frozen=True)
class Chart:
    points: tuple[Point, ...]
    assurance: Assurance
    screened: bool

    @property
    def limits(self) -> Limits:
        """Those in force now."""
        return self.points[-1].limits

    @property
    def variation(self) -> Variation:
        return self.points[-1].variation


def chart(
    values: Sequence[float],
    *,
    better: Better,
    target: float | None = None,
    screened: bool = True,
    rebased_at: Sequence[int] = (),
    fixed_after: int | None = None,
) -> Chart:
    """`rebased_at` are the positions at which a new baseline starts; `fixed_after` freezes the first n as baseline.

    Raises ValueError when a baseline has fewer than two points, so no moving range.
    """
    starts = [0, *sorted(set(rebased_at) - {0})]
    if starts[-1] >= len(values):
        raise ValueError(
            f"A new baseline starts at point {starts[-1] + 1}, but there are {len(values)} points."
        )
    points: list[Point] = []
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        part = list(values[start:end])
        points += _points(part, limits_of(part[:fixed_after], screened=screened), better)
    return Chart(tuple(points), _assurance(points[-1].limits, target, better), screened)


def limits_of(values: Sequence[float], *, screened: bool = True) -> Limits:
    """The limits that one baseline sets."""
    if len(values) < FEWEST:
        raise ValueError(f"A chart needs at least {FEWEST} points in each baseline; there are {len(values)}.")
    moves = [abs(after - before) for before, after in pairwise(values)]
    average = fmean(moves)
    if screened:
        kept = [move for move in moves if move < SCREEN * average]
        average = fmean(kept) if kept else average
    mean = fmean(values)
    wide, near = SPREAD * average, NEAR * average
    return Limits(mean, mean - wide, mean + wide, mean - near, mean + near)


def _points(values: list[float], limits: Limits, better: Better) -> Iterator[Point]:
    sides = [(value > limits.mean) - (value < limits.mean) for value in values]
    near = [_is_near(value, limits) for value in values]
    trend, two, run = _trends(values), _two_of_three(sides, near), _runs(sides)
    for number, value in enumerate(values):
        cause = (
            _outside(value, limits)
            or (trend[number] and (Cause.RISING if trend[number] > 0 else Cause.FALLING))
            or (two[number] and (Cause.NEAR_UPPER if two[number] > 0 else Cause.NEAR_LOWER))
            or (run[number] and (Cause.RUN_ABOVE if run[number] > 0 else Cause.RUN_BELOW))
            or Cause.COMMON
        )
        yield Point(value, limits, cause, _variation(cause, better))


def _outside(value: float, limits: Limits) -> Cause | None:
    if value > limits.upper:
        return Cause.ABOVE_LIMIT
    return Cause.BELOW_LIMIT if value < limits.lower else None


def _is_near(value: float, limits: Limits) -> bool:
    """Near a limit, not beyond it."""
    return limits.near_upper < value <= limits.upper or limits.lower <= value < limits.near_lower


def _trends(values: list[float]) -> list[int]:
    """+1 or -1 for every point of seven that go one way, six steps in a row."""
    steps = [(after > before) - (after < before) for before, after in pairwise(values)]
    found = [0] * len(values)
    for start in range(len(steps) - RUN + 2):
        way = steps[start]
        if way and all(step == way for step in steps[start : start + RUN - 1]):
            found[start : start + RUN] = [way] * RUN
    return found


def _runs(sides: list[int]) -> list[int]:
    """+1 or -1 for every point of seven on one side of the mean."""
    found = [0] * len(sides)
    for start in range(len(sides) - RUN + 1):
        side = sides[start]
        if side and all(each == side for each in sides[start : start + RUN]):
            found[start : start + RUN] = [side] * RUN
    return found


def _two_of_three(sides: list[int], near: list[bool]) -> list[int]:
    """+1 or -1 for the points near a limit where two of three are, and all three lie on one side of the mean."""
    found = [0] * len(sides)
    for start in range(len(sides) - 2):
        three = range(start, start + 3)
        side = sides[start]
        if side and all(sides[each] == side for each in three) and sum(near[each] for each in three) >= 2:
            for each in three:
                found[each] = side if near[each] else found[each]
    return found


def _variation(cause: Cause, better: Better) -> Variation:
    if cause is Cause.COMMON:
        return Variation.COMMON
    is_high = cause.side > 0
    if better is Better.NEITHER:
        return Variation.NEUTRAL_HIGH if is_high else Variation.NEUTRAL_LOW
    if is_high == (better is Better.UP):
        return Variation.IMPROVEMENT_HIGH if is_high else Variation.IMPROVEMENT_LOW
    return Variation.CONCERN_HIGH if is_high else Variation.CONCERN_LOW


def _assurance(limits: Limits, target: float | None, better: Better) -> Assurance:
    if target is None or better is Better.NEITHER:
        return Assurance.NONE
    if limits.lower <= target <= limits.upper:
        return Assurance.HIT_AND_MISS
    is_out_of_reach = (target > limits.upper) == (better is Better.UP)
    return Assurance.FAIL if is_out_of_reach else Assurance.PASS
