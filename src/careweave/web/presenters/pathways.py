"""The pathways a person is on, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from careweave.care.pathways.reading import pathway
from careweave.care.pathways.standing import standings_in
from careweave.record import Resource


def on_pathways(resources: Sequence[Resource], today: date) -> tuple[str, ...]:
    """“Diabetes in the community. Tier 2: …”, for each pathway."""
    found = []
    for each in standings_in(resources):
        on_it = pathway(each.now.pathway_id, on=today)
        tier = on_it.tier(each.now.tier) if on_it else None
        if on_it:
            found.append(f"{on_it.title}. {tier.title}" if tier else on_it.title)
    return tuple(found)
