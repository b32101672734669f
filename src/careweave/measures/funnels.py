"""Funnel plots: which providers differ from the place by more than chance, overdispersion allowed for.

Spiegelhalter 2005 and 2012: z scores on a transformed scale, the most extreme tenth on each side pulled in
(winsorised), φ = Σz²/n, and an additive variance τ² between providers by moments. Limits are at 95 % and 99.8 %. Ratios
without overdispersion have the exact limits of the Poisson distribution, by its χ² quantiles (as FunnelPlotR).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, exp, lgamma, log, sin, sqrt
from statistics import NormalDist
from typing import Literal

LIMITS = (1.959963984540054, 3.090232306167813)  # 95 % and 99.8 %
TAILS = (0.025, 0.001)  # of each side
LARGE = 1000
WINSORISED = 0.1

Method = Literal["log", "square-root", "proportion"]


@dataclass(frozen=True)
class Unit:
    """A provider: what was observed, of how many expected (for a proportion: of how many people)."""

    name: str
    observed: float
    expected: float


@dataclass(frozen=True)
class Placed:
    """A provider in the funnel; `outside` is 0 within the 95 % limits, else 2 or 3 with the sign of the side."""

    name: str
    size: float
    value: float
    limits_95: tuple[float, float]
    limits_998: tuple[float, float]
    outside: int


@dataclass(frozen=True)
class Funnel:
    centre: float
    phi: float
    tau_squared: float
    units: tuple[Placed, ...]


def funnel(units: Sequence[Unit], *, method: Method = "log", overdispersed: bool = True) -> Funnel:
    """Ratios of observed to expected (`log` as SHMI, `square-root` as CQC), or proportions of people.

    Raises ValueError for nothing expected, more than everyone, and for a log of nothing observed.
    """
    if not units:
        raise ValueError("A funnel needs at least one provider.")
    for unit in units:
        _refuse(unit, method)
    centre = (
        sum(unit.observed for unit in units) / sum(unit.expected for unit in units)
        if method == "proportion"
        else 1.0
    )
    target = _scaled(centre, method)
    values = [_scaled(unit.observed / unit.expected, method) for unit in units]
    errors = [_error(unit, method) for unit in units]
    scores = winsorised([(value - target) / error for value, error in zip(values, errors, strict=True)])
    phi = sum(score**2 for score in scores) / len(scores)
    tau = tau_squared(phi, errors) if overdispersed else 0.0
    is_exact = not overdispersed and method != "proportion"
    placed = tuple(
        _placed_exactly(unit) if is_exact else _placed(unit, value, sqrt(error**2 + tau), target, method)
        for unit, value, error in zip(units, values, errors, strict=True)
    )
    return Funnel(centre, phi, tau, placed)


def winsorised(scores: Sequence[float], share: float = WINSORISED) -> list[float]:
    """The scores with the highest and the lowest tenth set to the last one that stays."""
    ordered = sorted(scores)
    cut = int(share * len(ordered))
    low, high = ordered[cut], ordered[len(ordered) - 1 - cut]
    return [min(max(score, low), high) for score in scores]


def tau_squared(phi: float, errors: Sequence[float]) -> float:
    """Variance between providers beyond chance, by the method of moments; 0 when there is none."""
    number, weights = len(errors), [1 / error**2 for error in errors]
    total = sum(weights)
    below = total - sum(weight**2 for weight in weights) / total
    return max(0.0, (number * phi - (number - 1)) / below) if below > 0 else 0.0


def _refuse(unit: Unit, method: Method) -> None:
    if unit.expected <= 0 or unit.observed < 0:
        raise ValueError(f"{unit.name}: expected must be more than 0 and observed at least 0.")
    if method == "proportion" and unit.observed > unit.expected:
        raise ValueError(f"{unit.name}: {unit.observed} of {unit.expected} is not a proportion.")
    if method == "log" and unit.observed == 0:
        raise ValueError(f"{unit.name}: nothing observed has no logarithm; use the square-root method.")


def _scaled(value: float, method: Method) -> float:
    match method:
        case "log":
            return log(value)
        case "square-root":
            return sqrt(value)
        case "proportion":
            return asin(sqrt(value))


def _unscaled(value: float, method: Method) -> float:
    match method:
        case "log":
            return exp(value)
        case "square-root":
            return max(value, 0.0) ** 2
        case "proportion":
            return sin(min(max(value, 0.0), asin(1.0))) ** 2


def _error(unit: Unit, method: Method) -> float:
    return 1 / sqrt(unit.expected) if method == "log" else 1 / (2 * sqrt(unit.expected))


def _placed(unit: Unit, value: float, error: float, target: float, method: Method) -> Placed:
    inner, outer = (
        (_unscaled(target - z * error, method), _unscaled(target + z * error, method)) for z in LIMITS
    )
    distance = abs(value - target) / error
    how_far = 3 if distance > LIMITS[1] else 2 if distance > LIMITS[0] else 0
    side = 1 if value > target else -1
    return Placed(unit.name, unit.expected, unit.observed / unit.expected, inner, outer, side * how_far)


def _placed_exactly(unit: Unit) -> Placed:
    value = unit.observed / unit.expected
    inner, outer = (poisson_limits(unit.expected, tail) for tail in TAILS)
    how_far = 3 if not outer[0] <= value <= outer[1] else 2 if not inner[0] <= value <= inner[1] else 0
    return Placed(unit.name, unit.expected, value, inner, outer, how_far if value > 1 else -how_far)


def poisson_limits(expected: float, tail: float) -> tuple[float, float]:
    """Ratios of observed to expected that leave this much on each side: χ² quantiles with 2E and 2(E + 1) degrees."""
    return _gamma_quantile(tail, expected) / expected, _gamma_quantile(1 - tail, expected + 1) / expected


def _gamma_quantile(share: float, shape: float) -> float:
    """Half the χ² quantile with twice as many degrees of freedom; beyond a thousand, Wilson and Hilferty's is as near."""
    z = NormalDist().inv_cdf(share)
    near = shape * max(1 - 1 / (9 * shape) + z / (3 * sqrt(shape)), 1e-3) ** 3
    if shape > LARGE:
        return near
    low, high = 0.0, shape + 10 * sqrt(shape) + 20
    for _ in range(200):  # Newton's steps, halved where one would leave what is known of the place
        apart = _gamma_share(near, shape) - share
        low, high = (low, near) if apart > 0 else (near, high)
        density = exp((shape - 1) * log(near) - near - lgamma(shape))
        step = near - apart / density if density else -1.0
        after = step if low < step < high else (low + high) / 2
        if abs(after - near) < 1e-13 * shape:
            return after
        near = after
    return near


def _gamma_share(value: float, shape: float) -> float:
    """The regularised lower incomplete gamma function, by its series."""
    if value <= 0:
        return 0.0
    term = total = 1 / shape
    number = shape
    while term > total * 1e-16:
        number += 1
        term *= value / number
        total += term
    return total * exp(shape * log(value) - value - lgamma(shape))
