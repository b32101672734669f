"""Where people died beside where they had wished to, counted over those a team looked after; nobody is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from careweave.record import Gate

from .end_of_life_after import Death, death_of

LOOKS_BACK = timedelta(days=365)
AT_ONCE = 200
AS_WISHED, ELSEWHERE, NOT_KNOWN = "as-wished", "elsewhere", "not-known"


@dataclass(frozen=True)
class Died:
    """How many died in each place, and whether that was where they had wished; `days` back from today."""

    counts: Counter[tuple[str, str]]
    since: date

    @property
    def places(self) -> list[str]:
        return sorted({place for place, _ in self.counts})


def places_of_death(gate: Gate, *, today: date) -> Died:
    """Over everyone whom this reader, their team or their practice looks or looked after, as far as they may see it."""
    people, since = gate.people_with("coordinator", "team", "practice"), today - LOOKS_BACK
    counts: Counter[tuple[str, str]] = Counter()
    for start in range(0, len(people), AT_ONCE):
        for entries in gate.about_many(people[start : start + AT_ONCE], ["Flag"]).values():
            death = death_of(entries)
            if death and death.died_on >= since.isoformat():
                counts[(death.place, outcome(death))] += 1
    return Died(counts, since)


def outcome(death: Death) -> str:
    """Whether this was as the person had wished; nobody knows when they were not asked or had not decided."""
    if death.is_as_wished is None:
        return NOT_KNOWN
    return AS_WISHED if death.is_as_wished else ELSEWHERE
