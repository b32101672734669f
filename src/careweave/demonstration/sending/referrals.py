"""Referrals to community and mental-health services, and the contacts that follow from each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.people import Floats, Ints


@dataclass(frozen=True)
class Service:
    """`gap` = usual days between contacts; `home` = share of contacts at the person's home."""

    id: str
    team: str
    role: str
    activity: str
    contacts: float
    gap: float
    home: float
    phone: float


@dataclass(frozen=True)
class Referral:
    """One course of contacts; `closed` NONE = still open."""

    person: int
    service: Service
    day: int
    origin: str
    reason: str
    contacts: tuple[int, ...]
    closed: int


class ReferralBook:
    """Collects referrals within the window and while the person lives."""

    def __init__(self, chunk: Chunk, rng: np.random.Generator) -> None:
        self.chunk, self.rng = chunk, rng
        self.list: list[Referral] = []

    def yearly(self, service: Service, chance: Floats, origin: str, reason: str) -> None:
        """Each person may be referred once in each of the three years."""
        for year in range(3):
            refers = np.flatnonzero(self.rng.random(len(chance)) < chance)
            day = self.chunk.first_day + year * 365 + self.rng.integers(0, 365, len(refers))
            self.refer(service, refers, day, origin, reason)

    def refer(self, service: Service, who: Ints, day: Ints, origin: str, reason: str) -> None:
        times = self.rng.poisson(service.contacts, len(who)) + 1
        for person, start, count in zip(who.tolist(), day.tolist(), times.tolist(), strict=True):
            self._one(service, person, int(start), count, origin, reason)

    def _one(self, service: Service, person: int, day: int, count: int, origin: str, reason: str) -> None:
        chunk = self.chunk
        death = int(chunk.people.death[person])
        last = min(chunk.today, death if death > NONE else chunk.today)
        if day > last or day < max(chunk.first_day, int(chunk.people.birth[person]) + 3):
            return
        gaps = self.rng.gamma(2.2, service.gap / 2.2, count)
        gaps[0] = 1 + self.rng.exponential(9)
        planned = (day + np.cumsum(gaps)).astype(np.int64)
        weekday = (planned + 3) % 7
        planned = np.where(weekday >= 5, planned - 2, planned)
        kept = planned[(planned <= last) & (planned >= day)]
        minutes = kept * DAY + 510 + 15 * self.rng.integers(0, 34, len(kept))
        over = len(kept) == count
        closed = int(kept[-1]) if over and count else death if NONE < death <= chunk.today else NONE
        self.list.append(Referral(person, service, day, origin, reason, tuple(minutes.tolist()), closed))

    def in_order(self) -> Iterator[tuple[int, Referral]]:
        return enumerate(sorted(self.list, key=lambda each: (each.person, each.day, each.service.id)))


def contact_draws(rng: np.random.Generator, service: Service) -> tuple[str, str, str]:
    """Medium, place and whether the person was seen."""
    phone, home, seen = rng.random(3)
    medium = "02" if phone < service.phone else "01"
    place = "A" if home < service.home or medium == "02" else "E"
    attended = "5" if seen < 0.915 else "3" if seen < 0.945 else "2" if seen < 0.975 else "4"
    return medium, place, attended


def admitted_with(chunk: Chunk, *causes: str) -> tuple[Ints, Ints]:
    """People and days of leaving hospital after these causes."""
    ids = [row["id"] for row in chunk.figures.causes["cause"]]
    spells = chunk.hospital.spells
    fits = (spells["kind"] == 0) & np.isin(spells["reason"], [ids.index(cause) for cause in causes])
    left = fits & (spells["end"] > NONE) & ~spells["died"].astype(bool)
    return spells["person"][left].astype(np.int64), (spells["end"][left] // DAY).astype(np.int64)


def often_admitted(chunk: Chunk, times: int) -> tuple[Ints, Ints]:
    """People with this many emergency admissions within a year, and the day of the last of them."""
    spells = chunk.hospital.spells
    spells = spells.where(spells["kind"] == 0).by("person", "start")
    person, day = spells["person"], spells["start"] // DAY
    if len(person) < times:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    back = times - 1
    again = (person[back:] == person[: len(person) - back]) & (day[back:] - day[: len(day) - back] < 365)
    who, first = np.unique(person[back:][again], return_index=True)
    return who.astype(np.int64), day[back:][again][first].astype(np.int64)
