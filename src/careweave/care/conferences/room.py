"""One shared screen: it shows only what everyone in the room may see, asked of the gate for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from careweave.record import Actor, Gate, Purpose, Resource
from careweave.record.attending import known_to, seen_by_all

from .meetings import Meeting
from .shapes import Case
from .voices import people_here


@dataclass(frozen=True)
class Shown:
    """What the screen shows, how many entries it leaves out, and who in the room has no part in this person's care."""

    resources: tuple[Resource, ...]
    hidden: int
    strangers: tuple[str, ...]


def shown_in_room(gate: Gate, meeting: Meeting, case: Case, resources: Sequence[Resource]) -> Shown:
    """Of what this actor may see, what all the others in the room may see too."""
    colleagues = [each for each in meeting.here if each.party != gate.actor.id]
    actors = [(each.actor, Purpose.DIRECT_CARE) for each in colleagues]
    people = [(_own(party, case), Purpose.OWN_CARE) for party in people_here(case)]
    strangers = [
        each.name for each in colleagues if not known_to((each.actor, Purpose.DIRECT_CARE), case.person_id)
    ]
    kept = seen_by_all([*actors, *people], case.person_id, resources)
    return Shown(tuple(kept), len(resources) - len(kept), tuple(strangers))


def _own(party: str, case: Case) -> Actor:
    return Actor(party, "person" if party == f"person:{case.person_id}" else "carer")
