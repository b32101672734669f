"""How a model's chances are fitted, from its definition: on which year, and by a line or by a staircase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fitting:
    """`least_share`: of a year's stays, how many the year before must have to be told of; `isotonic_from`: people."""

    is_later: bool
    least_share: float
    isotonic_from: int


def read_fitting(told: Any, problems: list[str]) -> Fitting:
    given = told.get("fitting") if isinstance(told, Mapping) else None
    given = given if isinstance(given, Mapping) else {}
    later, share, people = (given.get(key) for key in ("is_later", "least_share", "isotonic_from"))
    if not isinstance(later, bool):
        problems.append("calibration.fitting: is_later must be true or false")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        problems.append("calibration.fitting: least_share must be above 0 and at most 1")
        share = 1.0
    if isinstance(people, bool) or not isinstance(people, int) or people < 0:
        problems.append("calibration.fitting: isotonic_from must be a whole number")
        people = 0
    return Fitting(bool(later), float(share), people)
