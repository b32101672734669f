"""Since when each person is on the list of their practice, and which list of the place they left for it."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.fhir import Resource, organisation


def old_practice(chunk: Chunk, practices: int) -> str:
    """Everyone who moved within the place came from the next practice on."""
    return f"Y{90001 + (chunk.practice + 1) % practices}"


def practices_of(chunk: Chunk, practices: int) -> list[list[Resource]]:
    """Each person's practices as the national demographics service states them: with the days of each registration."""
    rng, people, rates = chunk.rng("registrations"), chunk.people, chunk.figures.population["registration"]
    lasted = rng.exponential(rates["mean_years"] * 365.25, len(people)).astype(np.int64)
    since = np.maximum(chunk.today - lasted, people.birth + 10)
    is_within = rng.random(len(people)) * 100 < rates["from_within_place_percent"]
    left = (
        is_within
        & (chunk.today - since < rates["stated_days"])
        & (since > people.birth + 400)
        & (practices > 1)
    )
    found = []
    for person, first in enumerate(since.tolist()):
        told = [_registered(chunk.code, start=days.iso(min(first, chunk.today)))]
        if left[person]:
            told.append(_registered(old_practice(chunk, practices), end=days.iso(first - 1)))
        found.append(told)
    return found


def _registered(practice: str, **period: str) -> Resource:
    told = organisation(practice)
    told["identifier"]["period"] = period
    return told
