"""Which practices differ by more than chance, their people's age and sex allowed for: positions in words, never ranks.

Expected counts are standardised indirectly: the place's own rate in each age band and sex, for the people of the practice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import Any

from careweave.measures.funnels import Unit, funnel, poisson_limits
from careweave.measures.indicators import Result

NOT_KNOWN = "not known"
FEWEST_UNITS = 3  # a funnel of two says only that they differ
FEWEST_EXPECTED = 1.0
# How far practices differ beyond chance is estimated from many; among few, one outlier would hide itself.
FEWEST_FOR_OVERDISPERSION = 10


@dataclass(frozen=True)
class Position:
    """A practice's ratio of observed to expected, and how far out: 0, or 2 or 3 with the sign of the side."""

    practice: str
    observed: int
    expected: float
    ratio: float
    limits_95: tuple[float, float]
    limits_998: tuple[float, float]
    outside: int


@dataclass(frozen=True)
class Variation:
    """Of one measure over some months; `phi` above 1 says that practices differ more than chance alone would make them."""

    measure: str
    version: str
    as_at: date
    first: date
    last: date
    phi: float
    tau_squared: float  # what practices differ by beyond chance, on the square-root scale
    positions: tuple[Position, ...]

    def limits(self, expected: float, z: float) -> tuple[float, float]:
        """Between which ratios chance leaves a practice of this size, and what practices differ by anyhow."""
        if len(self.positions) < FEWEST_FOR_OVERDISPERSION:
            return poisson_limits(expected, NormalDist().cdf(-z))
        error = sqrt(1 / (4 * expected) + self.tau_squared)
        return max(1 - z * error, 0.0) ** 2, (1 + z * error) ** 2

    def of(self, practice: str) -> Position | None:
        return next((each for each in self.positions if each.practice == practice), None)

    @property
    def outliers(self) -> tuple[Position, ...]:
        return tuple(each for each in self.positions if abs(each.outside) == 3)


def expected(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Events that each group would have at the place's own rates for its people's ages and sexes."""
    events: dict[tuple[int, str], int] = defaultdict(int)
    people: dict[tuple[int, str], int] = defaultdict(int)
    of_group: dict[str, dict[tuple[int, str], int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        stratum = row["band"], row["sex"]
        events[stratum] += row["numerator"]
        people[stratum] += row["denominator"]
        of_group[row["group"]][stratum] += row["denominator"]
    return {
        group: sum(count * events[stratum] / people[stratum] for stratum, count in strata.items() if count)
        for group, strata in of_group.items()
    }


def variation(found: Result, rows: Sequence[Mapping[str, Any]]) -> Variation:
    """The practices whose figures are shown; whose number is hidden has no position either."""
    wanted = expected(rows)
    shown = [
        group
        for group in found.groups
        if group.numerator is not None
        and group.name != NOT_KNOWN
        and wanted.get(group.name, 0) >= FEWEST_EXPECTED
    ]
    units = [Unit(each.name, float(each.numerator or 0), wanted[each.name]) for each in shown]
    about = (found.indicator, found.version, found.as_at, found.first, found.last)
    if len(units) < FEWEST_UNITS:
        return Variation(*about, 0.0, 0.0, ())
    made = funnel(units, method="square-root", overdispersed=len(units) >= FEWEST_FOR_OVERDISPERSION)
    positions = tuple(
        Position(
            each.name,
            int(unit.observed),
            unit.expected,
            each.value,
            each.limits_95,
            each.limits_998,
            each.outside,
        )
        for unit, each in zip(units, made.units, strict=True)
    )
    return Variation(*about, made.phi, made.tau_squared, positions)


def outlier_in_words(one: Variation, position: Position, title: str) -> str:
    """“Emergency admissions: 130 where 92 are expected for its people's age and sex, …”."""
    return (
        f"{title}: {position.observed:,} where {position.expected:,.0f} would be expected for the age and sex of its "
        f"people, {one.first:%B %Y} to {one.last:%B %Y}. Chance does not explain it (outside 3 sigma)."
    )


def in_words(position: Position | None) -> str:
    """Where a practice stands, without a rank."""
    if position is None:
        return "No position: too few, or hidden"
    far = {0: "Within what chance explains", 2: "A little {} than expected", 3: "{} than chance explains"}
    side = "higher" if position.outside > 0 else "lower"
    words = far[abs(position.outside)].format(side)
    return words[:1].upper() + words[1:]
