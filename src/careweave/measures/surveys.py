"""Scores of survey answers; who answered too little has no score, which is not a low score.

CTM-15 and CTM-3 (Coleman et al. 2002): strongly disagree 1 … strongly agree 4, “don't know” and “not applicable” left
out; score = (mean - 1) / 3 × 100. P3CEQ (Sugavanam et al. 2018): items 0–3. The words are in definitions/surveys, those of
P3CEQ in the place's own folder; here are item numbers and arithmetic only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Answer = int | Literal["dont-know"]
DONT_KNOW: Literal["dont-know"] = "dont-know"


@dataclass(frozen=True)
class Instrument:
    """`items` by number, each answered `lowest`…`highest`; a score needs `fewest` answers of these."""

    name: str
    items: tuple[int, ...]
    lowest: int
    highest: int
    fewest: int
    caveat: str = ""


CTM_15 = Instrument("CTM-15", tuple(range(1, 16)), 1, 4, 8)
CTM_3 = Instrument(
    "CTM-3", (1, 2, 3), 1, 4, 2, "Three items are too few to compare teams: published α is .42 to .63."
)


@dataclass(frozen=True)
class Score:
    """0–100, or None when too little was answered; `answered` counts the answers that a score can use."""

    value: float | None
    answered: int


class AnswerRefused(ValueError):
    """An answer that this instrument does not have; the message names the item."""


def score(instrument: Instrument, answers: Mapping[int, Answer | None]) -> Score:
    """Mean of what was answered, from 0 (all lowest) to 100 (all highest). Raises AnswerRefused."""
    usable = [value for item, value in answers.items() if _is_usable(instrument, item, value)]
    if len(usable) < instrument.fewest:
        return Score(None, len(usable))
    mean = sum(int(value) for value in usable if value is not None) / len(usable)
    return Score((mean - instrument.lowest) / (instrument.highest - instrument.lowest) * 100, len(usable))


def _is_usable(instrument: Instrument, item: int, value: Answer | None) -> bool:
    if item not in instrument.items:
        raise AnswerRefused(f"{instrument.name} has no item {item}.")
    if value is None or value == DONT_KNOW:
        return False
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not instrument.lowest <= value <= instrument.highest
    ):
        raise AnswerRefused(
            f"Item {item} of {instrument.name}: {value!r} is not an answer from {instrument.lowest} to {instrument.highest}."
        )
    return True


P3CEQ_ITEMS = ("1", "2", "3", "4", "5", "6", "7a", "7b", "7c", "7d", "8", "9", "10")
PERSON_CENTRED = ("1", "2", "3", "4", "5", "8", "9", "10")
COORDINATED = ("5", "6", "7a", "7b", "7c", "7d", "8", "9")


def p3ceq(answers: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    """Person-centred (0–24) and coordinated (0–24) sums; None for a scale with an item that was not answered."""
    for item, value in answers.items():
        if item not in P3CEQ_ITEMS:
            raise AnswerRefused(f"P3CEQ has no item {item}.")
        if value is not None and (isinstance(value, bool) or value not in (0, 1, 2, 3)):
            raise AnswerRefused(f"Item {item} of P3CEQ: {value!r} is not an answer from 0 to 3.")
    return _sum(answers, PERSON_CENTRED), _sum(answers, COORDINATED)


def _sum(answers: Mapping[str, int | None], items: Sequence[str]) -> int | None:
    values = [answers.get(item) for item in items]
    return None if None in values else sum(value for value in values if value is not None)


@dataclass(frozen=True)
class Response:
    """Of those asked: how many answered, and how many of these for somebody else."""

    asked: int
    answered: int
    by_proxy: int

    @property
    def rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None
