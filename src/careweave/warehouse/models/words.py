"""Why a model puts someone high, in words: what adds most for this person, and nothing that is merely absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any

from careweave.warehouse.models.definition import Model
from careweave.warehouse.registers.words import count_in_words

MOST = 4
LEAST = 0.05  # of the odds' logarithm: less is not worth a word


@dataclass(frozen=True)
class Reason:
    """`points`: what it adds to the logarithm of the odds, against people on average."""

    feature: str
    words: str
    points: float


def reasons(
    model: Model, row: Mapping[str, Any], values: list[float], adds: list[float], on: date
) -> tuple[Reason, ...]:
    """The heaviest first; features that say the same thing twice are told once, with their weights together."""
    weights: dict[str, float] = {}
    for feature, points in zip(model.features, adds, strict=True):
        told = model.told_as.get(feature, feature)
        weights[told] = weights.get(told, 0.0) + points
    known = dict(zip(model.features, values, strict=True))
    found = [
        Reason(feature, words, round(points, 2))
        for feature, points in sorted(weights.items(), key=lambda each: -each[1])
        if points >= LEAST and (words := _in_words(model, feature, known[feature], row, on))
    ]
    return tuple(found[:MOST])


def _in_words(model: Model, feature: str, value: float, row: Mapping[str, Any], on: date) -> str:
    if isnan(value):
        return ""
    one, many = model.words(feature)
    own = model.own.get(feature, {}).get("kind")
    kind = own or model.measures[feature].kind
    match kind:
        case "age":
            return f"aged {value:.0f}"
        case "sex":
            return "woman" if value else "man"
        case "deprivation":
            return "lives in a more deprived area" if value <= 5 else ""
        case "condition" | "service":
            return one if value else ""
    first = row.get(f"{feature}_first")
    return count_in_words(int(value), one, many, first, on) if value else ""


def in_a_hundred(chance: float) -> str:
    """“34 in 100”; no more precise than a chance can be."""
    number = round(100 * chance)
    return f"{number} in 100" if number >= 1 else "fewer than 1 in 100"
