"""Rates and proportions with intervals: Wilson, Byar, and direct standardisation with Dobson's method.

Byar's approximation for counts (Breslow and Day 1987), Dobson et al. 1991 for weighted sums of counts, Wilson 1927 for
proportions: the methods that the English public health profiles use. Events that one person can have several times are
not independent; `standardised` then takes the number of events each person had and widens the interval by the variance
of the compound Poisson distribution (Glynn et al. 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

FEWEST_EVENTS = 10  # below it a directly standardised rate is not published
EUROPE_2013 = (
    *(5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000),
    *(7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000),
)
"""European Standard Population 2013: people in 0–4, 5–9, … 85–89, 90 and over, of 100,000."""


@dataclass(frozen=True)
class Interval:
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Stratum:
    """One age and sex group: how many had 1, 2, 3… events each, among how many people, with which standard weight."""

    people: float
    weight: float
    people_by_events: Mapping[int, int]

    @classmethod
    def of_events(cls, events: int, people: float, weight: float) -> Stratum:
        """When each event is another person's, so that the events are independent."""
        return cls(people, weight, {1: events})

    @property
    def events(self) -> int:
        return sum(number * people for number, people in self.people_by_events.items())

    @property
    def variance(self) -> float:
        """Of the count of events: Σ k²·(people with k events), which is the count itself when nobody has two."""
        return sum(number**2 * people for number, people in self.people_by_events.items())


def z_of(confidence: float) -> float:
    """1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def byar(events: float, *, confidence: float = 0.95) -> Interval:
    """Limits of a Poisson count. For 0 events the lower limit is 0."""
    if events < 0:
        raise ValueError("A count of events cannot be negative.")
    z, more = z_of(confidence), events + 1
    lower = events * (1 - 1 / (9 * events) - z / (3 * sqrt(events))) ** 3 if events else 0.0
    return Interval(events, lower, more * (1 - 1 / (9 * more) + z / (3 * sqrt(more))) ** 3)


def wilson(numerator: int, denominator: int, *, confidence: float = 0.95) -> Interval:
    """A proportion of people, between 0 and 1."""
    if not 0 <= numerator <= denominator or denominator == 0:
        raise ValueError(f"{numerator} of {denominator} is not a proportion.")
    z = z_of(confidence)
    share = numerator / denominator
    middle = (share + z * z / (2 * denominator)) / (1 + z * z / denominator)
    half = (
        z / (1 + z * z / denominator) * sqrt(share * (1 - share) / denominator + (z / (2 * denominator)) ** 2)
    )
    # Of nobody the lower limit is 0 and of everybody the upper is 1; rounding takes them a little past it.
    lower = middle - half if numerator else 0.0
    return Interval(share, lower, middle + half if numerator < denominator else 1.0)


def mean_of(total: float, squares: float, number: int, *, confidence: float = 0.95) -> Interval:
    """A mean of numbers from 0 on, from their sum and the sum of their squares, by the normal distribution."""
    if number <= 0:
        raise ValueError("A mean needs at least one number.")
    mean = total / number
    spread = max(squares / number - mean**2, 0.0) * number / (number - 1) if number > 1 else 0.0
    half = z_of(confidence) * sqrt(spread / number)
    return Interval(mean, max(mean - half, 0.0), mean + half)


def crude(events: int, people: float, *, per: float = 100_000, confidence: float = 0.95) -> Interval:
    """Events for each `per` people (or person-years), with Byar's limits."""
    if people <= 0:
        raise ValueError("A rate needs at least one person.")
    found = byar(events, confidence=confidence)
    return Interval(*(each / people * per for each in (found.value, found.lower, found.upper)))


def standardised(
    strata: Sequence[Stratum], *, per: float = 100_000, confidence: float = 0.95
) -> Interval | None:
    """Directly standardised rate with Dobson's limits; None below ten events, which is too few to publish."""
    if any(each.people <= 0 for each in strata):
        raise ValueError(
            "Every group of a standardised rate needs people; leave out a group that nobody is in."
        )
    events = sum(each.events for each in strata)
    if events < FEWEST_EVENTS:
        return None
    weights = sum(each.weight for each in strata)
    rate = sum(each.weight * each.events / each.people for each in strata) / weights
    variance = sum(each.weight**2 * each.variance / each.people**2 for each in strata) / weights**2
    limits = byar(events, confidence=confidence)
    scale = sqrt(variance / events)
    lower, upper = rate + scale * (limits.lower - events), rate + scale * (limits.upper - events)
    return Interval(rate * per, max(lower, 0.0) * per, upper * per)
