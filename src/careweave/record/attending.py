"""What several people may see together: of what one of them has read, the entries that every one of them may read."""

from __future__ import annotations

from collections.abc import Sequence

from .actor import Actor, PersonRecord, Purpose, Resource
from .door import Door
from .ids import is_id
from .people import may_open

Attending = tuple[Actor, Purpose]


def seen_by_all(
    attending: Sequence[Attending], person_id: str, resources: Sequence[Resource]
) -> list[Resource]:
    """Those of these entries that each of them may read, each in their own role; nothing more is read from the record."""
    kept = list(resources)
    for actor, purpose in attending:
        door = Door(actor, purpose)
        grant = _grant(door, person_id)
        kept = [one for one in kept if _may_read(door, grant, one)]
    return kept


def known_to(attending: Attending, person_id: str) -> bool:
    """Whether this person's page could be opened by this actor at all."""
    door = Door(*attending)
    grant = _grant(door, person_id)
    return grant is not None and may_open(door, grant)


def _grant(door: Door, person_id: str) -> PersonRecord | None:
    return door.people([person_id]).get(person_id) if is_id(person_id) else None


def _may_read(door: Door, grant: PersonRecord | None, one: Resource) -> bool:
    return door.decide(
        grant, "read", one.type, labels=one.labels, parties=one.parties, source=one.source
    ).allowed
