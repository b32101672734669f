"""When a model's chances do not hold, and what is said then: each figure's own limits and words, from its definition.

Calibration in the large and slope: Van Calster and others, BMC Medicine 2019;17:230.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIGURES = ("slope", "intercept")
_NUMBERS, _WORDS = ("right_from", "right_to"), ("above", "below", "advice")


@dataclass(frozen=True)
class Tolerance:
    """Right is from one number to another; `above` and `below` say what it means where the interval has none of them."""

    figure: str
    right_from: float
    right_to: float
    above: str
    below: str
    advice: str

    def warning(self, lower: float, upper: float) -> str:
        """Nothing while the interval reaches what is right."""
        if lower > self.right_to:
            return f"{self.above}. {self.advice}"
        if upper < self.right_from:
            return f"{self.below}. {self.advice}"
        return ""


def read_tolerances(told: Any, problems: list[str]) -> tuple[Tolerance, ...]:
    """One for each figure: a model that nobody is warned of is refused."""
    given = told if isinstance(told, Mapping) else {}
    problems += [f"calibration.{name} is not known" for name in sorted(set(given) - {*FIGURES, "fitting"})]
    return tuple(_read(figure, given.get(figure), problems) for figure in FIGURES)


def _read(figure: str, told: Any, problems: list[str]) -> Tolerance:
    given = told if isinstance(told, Mapping) else {}
    for name in _NUMBERS:
        if isinstance(given.get(name), bool) or not isinstance(given.get(name), int | float):
            problems.append(f"calibration.{figure}: {name} must be a number")
    problems += [f"calibration.{figure}: {name} is missing" for name in _WORDS if not given.get(name)]
    if problems:
        return Tolerance(figure, 0.0, 0.0, "", "", "")
    low, high = (float(given[name]) for name in _NUMBERS)
    if low > high:
        problems.append(f"calibration.{figure}: right_from is above right_to")
    return Tolerance(figure, low, high, *(str(given[name]) for name in _WORDS))
