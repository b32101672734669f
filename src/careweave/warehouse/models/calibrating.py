"""From log-odds to chances that hold: Platt's line or an isotonic staircase, whichever foresees better on validation.

Platt 1999; Zadrozny and Elkan 2002. Fitted on people whom the model has not learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_LEAST = 1e-4


@dataclass(frozen=True)
class Platt:
    slope: float
    intercept: float
    name: str = "Platt"

    def chances(self, log_odds: Floats) -> Floats:
        return 1 / (1 + np.exp(-np.clip(self.intercept + self.slope * log_odds, -35, 35)))


@dataclass(frozen=True)
class Isotonic:
    """Between two steps the chance lies between theirs."""

    at: tuple[float, ...]
    chance: tuple[float, ...]
    name: str = "isotonic"

    def chances(self, log_odds: Floats) -> Floats:
        return np.clip(np.interp(log_odds, self.at, self.chance), _LEAST, 1 - _LEAST)


Calibrator = Platt | Isotonic


def calibrated(log_odds: Floats, happened: Bools, fold: Bools, *, isotonic_from: int = 0) -> Calibrator:
    """Each way is fitted on one half of the people (`fold`) and judged on the other, and the reverse.

    Of fewer than `isotonic_from` people a staircase would only repeat what they happened to have.
    """
    if len(happened) < isotonic_from:
        return _platt(log_odds, happened)
    losses = {way: _loss(way, log_odds, happened, fold) for way in (_platt, _isotonic)}
    return min(losses, key=lambda way: losses[way])(log_odds, happened)


def _loss(way: object, log_odds: Floats, happened: Bools, fold: Bools) -> float:
    total = 0.0
    for mine in (fold, ~fold):
        chances = way(log_odds[mine], happened[mine]).chances(log_odds[~mine])  # type: ignore[operator]
        total -= float(np.sum(np.log(np.where(happened[~mine], chances, 1 - chances))))
    return total


def _platt(log_odds: Floats, happened: Bools) -> Platt:
    from sklearn.linear_model import LogisticRegression

    made = LogisticRegression(C=np.inf, max_iter=500).fit(log_odds[:, None], happened)
    return Platt(float(made.coef_[0, 0]), float(made.intercept_[0]))


def _isotonic(log_odds: Floats, happened: Bools) -> Isotonic:
    from sklearn.isotonic import IsotonicRegression

    made = IsotonicRegression(out_of_bounds="clip").fit(log_odds, happened)
    return Isotonic(tuple(map(float, made.X_thresholds_)), tuple(map(float, made.y_thresholds_)))
