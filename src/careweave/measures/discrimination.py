"""How well a score tells apart those to whom something happens: AUC, calibration, Brier, and what a full caseload finds.

AUC with DeLong's interval (DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837-45, by midranks as in Sun and Xu,
IEEE Signal Processing Letters 2014;21:1389-93); calibration slope and intercept by logistic recalibration (Cox 1958; Van
Calster and others, BMC Medicine 2019;17:230); Brier 1950.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from careweave.measures.rates import Interval, wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Z95 = NormalDist().inv_cdf(0.975)
_SMALLEST = 1e-6  # a probability of nought or one has no odds


@dataclass(frozen=True)
class Calibration:
    """`slope` 1 and `intercept` 0 are right. The intercept is that “in the large”: with the slope held at 1."""

    slope: Interval
    intercept: Interval


@dataclass(frozen=True)
class Tenth:
    """People from one score to another: how many, to how many it happened, and how many were expected."""

    people: int
    events: int
    expected: float | None


@dataclass(frozen=True)
class AtCapacity:
    """What the first `people` of the list hold. `needed`: how many must be looked at to meet one to whom it happens."""

    people: int
    events: int
    found: Interval  # positive predictive value
    sensitivity: Interval
    needed: float | None


def auc(scores: Floats, happened: Bools) -> Interval | None:
    """The chance that one to whom it happened scores higher than one to whom it did not; a tie counts half."""
    parts = _placements([scores], happened)
    if parts is None:
        return None
    (value,), variance = parts
    return _around(value, float(variance[0, 0]))


def auc_difference(one: Floats, other: Floats, happened: Bools) -> Interval | None:
    """By how much `one` beats `other` on the same people (DeLong's paired comparison)."""
    parts = _placements([one, other], happened)
    if parts is None:
        return None
    (first, second), variance = parts
    between = float(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1])
    return _around(first - second, between, least=-1.0)


def _around(value: float, variance: float, least: float = 0.0) -> Interval:
    half = Z95 * max(variance, 0.0) ** 0.5
    return Interval(value, max(value - half, least), min(value + half, 1.0))


def _placements(scores: list[Floats], happened: Bools) -> tuple[list[float], Floats] | None:
    """Each score's AUC, and the covariance of them all; None when it happened to nobody or to everyone."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return None
    of_yes, of_no, values = np.empty((len(scores), yes)), np.empty((len(scores), no)), []
    for place, score in enumerate(scores):
        everyone, among_yes, among_no = _ranks(score), _ranks(score[happened]), _ranks(score[~happened])
        of_yes[place] = (everyone[happened] - among_yes) / no
        of_no[place] = 1 - (everyone[~happened] - among_no) / yes
        values.append(float(of_yes[place].mean()))
    variance = _covariance(of_yes) / yes + _covariance(of_no) / no
    return values, variance


def _covariance(rows: Floats) -> Floats:
    if rows.shape[1] < 2:
        return np.zeros((len(rows), len(rows)))
    return np.atleast_2d(np.cov(rows))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the middle of theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return np.asarray((last - (times - 1) / 2)[place])


def brier(chances: Floats, happened: Bools) -> float:
    """The mean squared distance between what was said and what came; nought is best."""
    return float(np.mean((chances - happened) ** 2))


def calibration(chances: Floats, happened: Bools) -> Calibration | None:
    """Whether three in ten happen to those of whom three in ten was said; None when nothing differs."""
    if not 0 < int(happened.sum()) < len(happened) or float(np.ptp(chances)) == 0:
        return None
    said = _log_odds(chances)
    ones = np.ones_like(said)
    both = _logistic(np.column_stack([ones, said]), happened, np.zeros_like(said))
    large = _logistic(ones[:, None], happened, said)
    if both is None or large is None:
        return None
    return Calibration(_wald(*both, 1), _wald(*large, 0))


def _wald(found: Floats, variance: Floats, place: int) -> Interval:
    value, half = float(found[place]), Z95 * float(variance[place, place]) ** 0.5
    return Interval(value, value - half, value + half)


def _log_odds(chances: Floats) -> Floats:
    safe = np.clip(chances, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(safe / (1 - safe)))


def _logistic(columns: Floats, happened: Bools, offset: Floats) -> tuple[Floats, Floats] | None:
    """Maximum likelihood by Newton's steps; None where it has no maximum (everything told apart)."""
    found: Floats = np.zeros(columns.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(columns @ found + offset, -35, 35)))
        information = (columns * (chance * (1 - chance))[:, None]).T @ columns
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, columns.T @ (happened - chance))
        found = found + step
        if float(np.abs(step).max()) < 1e-10:
            return np.asarray(found), np.asarray(np.linalg.inv(information))
    return None


def tenths(scores: Floats, happened: Bools, chances: Floats | None = None, parts: int = 10) -> list[Tenth]:
    """The list cut into ten equal parts, the highest first; `chances` where the score says how likely it is."""
    order = np.argsort(-scores, kind="stable")
    return [
        Tenth(
            people=len(part),
            events=int(happened[part].sum()),
            expected=None if chances is None else float(chances[part].sum()),
        )
        for part in np.array_split(order, parts)
    ]


def at_capacity(scores: Floats, happened: Bools, capacity: int) -> AtCapacity | None:
    """What so many places find when the highest scores are taken first; None without places or people."""
    chosen = chosen_first(scores, capacity)
    if not chosen.any() or not happened.any():
        return None
    people, events = int(chosen.sum()), int(happened[chosen].sum())
    return AtCapacity(
        people=people,
        events=events,
        found=wilson(events, people),
        sensitivity=wilson(events, int(happened.sum())),
        needed=people / events if events else None,
    )


def chosen_first(scores: Floats, capacity: int) -> Bools:
    """Who has a place; among equal scores the earlier row, as the list itself would."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[: max(capacity, 0)]] = True
    return chosen
