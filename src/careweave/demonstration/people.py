"""The people of one practice list, as columns: one row a person, filled step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from careweave.demonstration.days import NONE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

OWNED, SOCIAL_RENT, PRIVATE_RENT = 0, 1, 2


@dataclass
class People:
    """`register` is a person's true number in the whole place. An index of -1 means nobody."""

    practice: int
    register: Ints
    female: Bools
    birth: Ints
    partner: Ints
    mother: Ints
    twin: Ints
    household: Ints
    child_at_home: Bools
    in_care_home_at_start: Bools
    ethnicity: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    decile: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    tenure: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sheltered: Bools = field(default_factory=lambda: np.zeros(0, bool))
    pool: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    text: dict[str, Texts] = field(default_factory=dict)
    nhs: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    earlier_nhs: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    registered: Bools = field(default_factory=lambda: np.zeros(0, bool))
    death: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.register)

    def age_on(self, day: int | Ints) -> Floats:
        return np.asarray((day - self.birth) / 365.25)

    def is_dead_by(self, day: int) -> Bools:
        return (self.death > NONE) & (self.death <= day)

    def living_alone(self) -> Bools:
        sizes = np.bincount(self.household)
        return np.asarray(sizes[self.household] == 1)
