"""What changes by itself: a population that drifts away from a model, and people who fall back towards the mean.

Population stability index: Siddiqi, Credit Risk Scorecards (2006), with its usual readings of 0.1 and 0.25. Regression
to the mean: Barnett, van der Pols and Dobson, International Journal of Epidemiology 2005;34:215-20.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALL, LARGE = 0.1, 0.25
_FEWEST = 1e-4  # the share that an empty part is given, so that the index stays finite


@dataclass(frozen=True)
class FallBack:
    """Those who had most in one year, and what the same people had in the next, with nobody's help."""

    share: float
    people: int
    before: float
    after: float

    @property
    def fall(self) -> float | None:
        return 1 - self.after / self.before if self.before else None


def stability_index(before: Floats, now: Floats) -> float:
    """Σ (now − before) · ln(now / before) over parts that each hold some share of the people."""
    old, new = (np.maximum(part / part.sum(), _FEWEST) for part in (before, now))
    return float(np.sum((new - old) * np.log(new / old)))


def in_words(index: float) -> str:
    if index < SMALL:
        return "as before"
    return "somewhat different" if index < LARGE else "quite different: look again before you rely on it"


def fall_back(before: Floats, after: Floats, share: float) -> FallBack | None:
    """The `share` with most in the first year; among equals, those who come first. None without anything to fall."""
    people = round(len(before) * share)
    if not people or not before.any():
        return None
    top = np.argsort(-before, kind="stable")[:people]
    return FallBack(share, people, float(before[top].mean()), float(after[top].mean()))
