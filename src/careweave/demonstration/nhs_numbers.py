"""NHS numbers of the 999 test range: check digits, a shuffled supply, and the ways in which they go wrong."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

FIRST = 999_000_000  # the nine digits before the check digit
RESERVED = 2_000  # the first of the range are kept for named people and for tests
WEIGHTS = np.array([10, 9, 8, 7, 6, 5, 4, 3, 2], dtype=np.int64)
POWERS = 10 ** np.arange(8, -1, -1, dtype=np.int64)


def check_digits(stems: Numbers) -> Numbers:
    """Modulus 11 over nine digits; 10 means that no number exists for this stem."""
    digits = (stems[:, None] // POWERS) % 10
    rest = 11 - (digits * WEIGHTS).sum(axis=1) % 11
    return np.where(rest == 11, 0, rest)


def with_check_digit(stems: Numbers) -> Numbers:
    """Ten-digit numbers; -1 where the stem has none."""
    digits = check_digits(stems)
    return np.where(digits == 10, -1, stems * 10 + digits)


def is_valid(numbers: Numbers) -> NDArray[np.bool_]:
    return np.asarray(check_digits(numbers // 10) == numbers % 10)


@lru_cache(maxsize=1)
def all_numbers() -> Numbers:
    """Every valid number of the range but the reserved ones: about 907,000."""
    numbers = with_check_digit(np.arange(FIRST + RESERVED, FIRST + 1_000_000, dtype=np.int64))
    return numbers[numbers > 0]


@lru_cache(maxsize=2)
def shuffled(seed: int) -> Numbers:
    return np.asarray(np.random.default_rng([seed, 999]).permutation(all_numbers()))


def numbers_of(people: Numbers, seed: int) -> Numbers:
    """The number of each person by their place in the register; -1 beyond the range, which holds no more."""
    supply = shuffled(seed)
    return np.where(people < len(supply), supply[np.minimum(people, len(supply) - 1)], -1)


def earlier_numbers_of(people: Numbers, seed: int, register: int) -> Numbers:
    """A number that a person had before, taken from the far end of the supply; -1 where none is left."""
    supply = shuffled(seed)
    place = len(supply) - 1 - people
    return np.where(place > register, supply[np.clip(place, 0, None)], -1)


def mistyped_but_valid(numbers: Numbers, rng: np.random.Generator) -> Numbers:
    """One digit wrong and the check digit with it, so that the number looks right and is someone else's or no one's."""
    wrong = numbers.copy()
    waiting = np.arange(len(numbers))
    while len(waiting):
        stems = numbers[waiting] // 10
        power = np.power(10, rng.integers(0, 6, len(waiting)), dtype=np.int64)
        digit = (stems // power) % 10
        other = (digit + rng.integers(1, 10, len(waiting))) % 10
        wrong[waiting] = with_check_digit(np.asarray(stems + (other - digit) * power, dtype=np.int64))
        waiting = waiting[wrong[waiting] < 0]
    return wrong


def with_bad_check_digit(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)
