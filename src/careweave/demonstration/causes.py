"""Why people come to hospital: the causes as tables of weights, and a draw for those who come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration.figures import choose
from careweave.demonstration.health import Health
from careweave.demonstration.people import Bools, Floats, Ints

EVENTS = ("fall", "urine-infection", "chest-infection", "earlier-fall")


@dataclass(frozen=True)
class Cause:
    """One reason for an emergency admission."""

    id: str
    title: str
    icd10: tuple[str, ...]
    also: tuple[str, ...]
    stay: tuple[float, float]
    specialty: str
    ward: str
    complaint: str
    seen: str
    procedures: tuple[str, ...]
    deaths: float


class Causes:
    """Draws causes by age, sex, condition and what happened this month."""

    def __init__(self, figures: Mapping[str, Any]) -> None:
        self.ages = figures["ages"]
        self.table = figures["cause"]
        self.list = tuple(_cause(row) for row in self.table)
        self.share = np.array([row["share"] for row in self.table], dtype=float)
        self.women_only = np.array([row.get("women_only", False) for row in self.table])
        self.ids = [row["id"] for row in self.table]

    def number(self, cause: str) -> int:
        return self.ids.index(cause)

    def draw(
        self,
        rng: np.random.Generator,
        who: Ints,
        age: Floats,
        female: Bools,
        health: Health,
        day: int,
        happened: Mapping[str, Bools],
    ) -> Ints:
        """`age`, `female` and `happened` are of everyone; the answer has one cause for each of `who`."""
        weights = np.stack([np.interp(age[who], self.ages, share) for share in self.share], axis=1)
        for place, row in enumerate(self.table):
            for reason, times in row.get("given", {}).items():
                has = happened[reason] if reason in EVENTS else health.has(reason, day)
                weights[:, place] *= np.where(has[who], times, 1.0)
        fertile = female[who] & (age[who] >= 16) & (age[who] < 46)
        weights[:, self.women_only] *= np.where(fertile, 2.0, 0.0)[:, None]
        return choose(rng, weights)

    def nights(self, rng: np.random.Generator, cause: Ints, age: Floats, frailty: Floats) -> Floats:
        """Days in hospital, longer for the old and the frail."""
        young, old = (np.array([each.stay[end] for each in self.list])[cause] for end in (0, 1))
        median = young + (old - young) * np.clip((age - 45) / 40, 0, 1.15)
        spread = rng.lognormal(0, 0.85, len(cause))
        return np.asarray(np.clip(median * spread * np.exp(1.1 * (frailty - 0.12)), 0.05, 120))


def _cause(row: Mapping[str, Any]) -> Cause:
    def texts(name: str) -> tuple[str, ...]:
        values: Sequence[str] = row.get(name, ())
        return tuple(values)

    return Cause(
        id=row["id"],
        title=row["title"],
        icd10=texts("icd10"),
        also=texts("also"),
        stay=(row["stay"][0], row["stay"][1]),
        specialty=row["specialty"],
        ward=row["ward"],
        complaint=row["complaint"],
        seen=row["seen"],
        procedures=texts("procedures"),
        deaths=row.get("deaths", 1.0),
    )
