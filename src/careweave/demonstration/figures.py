"""The dated English figures of `definitions/demonstration`, as tables by age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from careweave.definitions import load_definition

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """All definitions of Riverside that hold on a day."""

    population: Mapping[str, Any]
    use: Mapping[str, Any]
    conditions: Mapping[str, Any]
    causes: Mapping[str, Any]
    careers: Mapping[str, Any]
    errors: Mapping[str, Any]
    medicines: Mapping[str, Any]
    names: Mapping[str, Any]
    geography: Mapping[str, Any]


def load_figures(on: date) -> Figures:
    def content(name: str) -> Mapping[str, Any]:
        return load_definition("demonstration", f"riverside-{name}", on).content

    return Figures(
        population=content("population"),
        use=content("use-of-care"),
        conditions=content("conditions"),
        causes=content("causes"),
        careers=content("careers"),
        errors=content("errors"),
        medicines=content("medicines"),
        names=content("names"),
        geography=content("geography"),
    )


def at_age(age: Floats, ages: Sequence[float], values: Sequence[float]) -> Floats:
    """A figure read off between the ages for which it is given."""
    return np.interp(age, ages, values)


def by_age(age: Floats, table: Mapping[str, Any], column: str = "percent") -> Floats:
    return at_age(age, table["ages"], table[column])


def steps(age: Floats, table: Mapping[str, float]) -> Floats:
    """A figure that holds from an age until the next: { "0" = 12, "65" = 52 }."""
    ages = np.array(sorted(int(key) for key in table))
    values = np.array([table[str(key)] for key in ages], dtype=float)
    return values[np.clip(np.searchsorted(ages, age, side="right") - 1, 0, None)]


def gradient(decile: NDArray[np.int64], ratio: float) -> Floats:
    """A rate that is `ratio` times as high in the most deprived tenth as in the least, with mean near 1."""
    return np.power(ratio, (5.5 - decile) / 9)


def logit(share: Floats) -> Floats:
    safe = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(safe / (1 - safe))


def logistic(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-value))


def choose(rng: np.random.Generator, weights: Floats) -> NDArray[np.int64]:
    """One column for each row of a table of weights."""
    totals = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights)) * totals[:, -1]
    return np.asarray(np.minimum((totals < drawn[:, None]).sum(axis=1), weights.shape[1] - 1))
