"""Who has which long-term condition since when, and how frail each person is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from careweave.demonstration.days import NONE
from careweave.demonstration.figures import gradient, logistic, logit
from careweave.demonstration.people import Floats, Ints, People

Figures = Mapping[str, Any]
SOUTH_ASIAN = frozenset("HJK")
BLACK = frozenset("MNPDE")
SLIGHT = 0.35  # how far a logistic model flattens when a normal with sd 1 is added (0.588 squared)


@dataclass
class Health:
    """`since[person, condition]` is the day of diagnosis or NONE; `sickliness` is a lifelong tendency to be ill."""

    ids: tuple[str, ...]
    since: NDArray[np.int64]
    sickliness: Floats
    frailty: Floats

    def has(self, condition: str, day: int) -> NDArray[np.bool_]:
        since = self.since[:, self.ids.index(condition)]
        return np.asarray((since > NONE) & (since <= day))

    def ever(self, condition: str) -> NDArray[np.bool_]:
        return np.asarray(self.since[:, self.ids.index(condition)] > NONE)

    def count_on(self, day: int) -> Ints:
        return np.asarray(((self.since > NONE) & (self.since <= day)).sum(axis=1))

    def frailty_on(self, days_before_today: int, rise_a_year: float, age: Floats) -> Floats:
        """Frailty grows with time; it was less before."""
        past = rise_a_year * np.where(age > 60, 1.0, 0.0) * days_before_today / 365.25
        return np.clip(self.frailty - past, 0.0, 0.75)


def fall_ill(
    rng: np.random.Generator,
    figures: Figures,
    groups: Sequence[Mapping[str, Any]],
    people: People,
    until: int,
) -> Health:
    """`until` is the last day that is simulated, so that some conditions still lie ahead of today."""
    codes = np.array([group["code"] for group in groups])[people.ethnicity]
    asian = np.isin(codes, list(SOUTH_ASIAN))
    black = np.isin(codes, list(BLACK))
    sickliness = rng.normal(0, 1, len(people)) + figures["deprived_are_sicker"] * (5.5 - people.decile)
    table = figures["condition"]
    since = np.full((len(people), len(table)), NONE, dtype=np.int64)
    age = people.age_on(until)
    for place, condition in enumerate(table):
        odds = _odds(condition, people, asian, black)
        onset = _age_at_onset(rng, figures["ages"], condition, age, odds, sickliness)
        found = np.isfinite(onset)
        since[found, place] = (people.birth[found] + onset[found] * 365.25).astype(np.int64)
    return Health(
        ids=tuple(condition["id"] for condition in table),
        since=since,
        sickliness=sickliness,
        frailty=np.zeros(len(people)),
    )


def _odds(
    condition: Mapping[str, Any], people: People, asian: NDArray[np.bool_], black: NDArray[np.bool_]
) -> Floats:
    women = condition.get("women", 1.0)
    odds = np.where(people.female, np.sqrt(women), 1 / np.sqrt(women))
    odds = odds * gradient(people.decile, condition.get("deprived", 1.0))
    odds = odds * np.where(asian, condition.get("south_asian", 1.0), 1.0)
    return np.asarray(odds * np.where(black, condition.get("black", 1.0), 1.0))


def _age_at_onset(
    rng: np.random.Generator,
    ages: Sequence[float],
    condition: Mapping[str, Any],
    age: Floats,
    odds: Floats,
    sickliness: Floats,
) -> Floats:
    """Infinite for those who stay well. The day lies where the prevalence curve reached the drawn level."""
    curve = np.maximum.accumulate(np.array(condition["percent"], dtype=float)) / 100
    here = np.interp(age, ages, np.array(condition["percent"], dtype=float) / 100)
    pull = condition.get("latent", 0.0)
    chance = logistic(logit(here) * np.sqrt(1 + SLIGHT * pull**2) + np.log(odds) + pull * sickliness)
    drawn = rng.random(len(age))
    ill = (drawn < chance) & (here > 0) & (age > 0)
    if condition.get("lifelong"):
        return np.where(ill, np.minimum(age * 0.9, rng.uniform(1, 8, len(age))), np.inf)
    reached = drawn / np.where(chance > 0, chance, 1.0) * np.interp(age, ages, curve)
    steady = curve + np.arange(len(curve)) * 1e-9
    onset = np.interp(reached, steady, ages)
    recent = age - rng.exponential(2.5, len(age))
    onset = np.where(onset >= age, np.maximum(recent, age * 0.8), onset)
    return np.where(ill, np.clip(onset, 0.05, age), np.inf)


def grow_frail(
    rng: np.random.Generator, figures: Figures, people: People, health: Health, today: int
) -> None:
    rules = figures["frailty"]
    weights = np.array([condition.get("frailty", 0.5) for condition in figures["condition"]])
    has = (health.since > NONE) & (health.since <= today)
    age = people.age_on(today)
    level = rules["base"] + rules["per_condition_weight"] * (has * weights).sum(axis=1)
    level = level + rules["per_year_over_60"] * np.clip(age - 60, 0, None)
    level = level + rules["latent"] * (0.6 * health.sickliness + 0.8 * rng.normal(0, 1, len(people)))
    health.frailty = np.clip(level * np.where(age < 18, 0.4, 1.0), 0.0, 0.75)


def frailty_names(cuts: Mapping[str, float], frailty: Floats, age: Floats) -> NDArray[np.object_]:
    """Frailty is named from 65 years only."""
    bounds = [cuts["mild"], cuts["moderate"], cuts["severe"]]
    names = np.array(["fit", "mild", "moderate", "severe"], dtype=object)[
        np.digitize(frailty, bounds, right=True)
    ]
    return np.where(age >= 65, names, "")
