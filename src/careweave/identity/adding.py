"""A new record becomes a person of its own at once; the next linkage looks at it like at any other."""

from __future__ import annotations

from careweave.record import Actor
from careweave.record.joining import members_now, place

from .golden_records import linker_gate, new_person_id, refresh_golden


def make_person_of(subject: str, *, source: str, by: Actor) -> str:
    """The person of this source record, made when it has none yet; returns their id."""
    linker = linker_gate()
    person_id = members_now(linker, [subject]).get(subject)
    if person_id is None:
        person_id = new_person_id([subject])
        place(linker, {subject: person_id}, sources={subject: source}, rule="added by hand", by=by.id)
        refresh_golden(linker, [person_id])
    return person_id
