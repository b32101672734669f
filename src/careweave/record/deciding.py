"""What an actor may read of a kind, asked before there is a resource: for what is worked out from entries of others."""

from __future__ import annotations

from collections.abc import Iterable

from .content import PLACE
from .gate import Gate


def may_read_made(gate: Gate, person_id: str, type_: str) -> bool:
    """Whether this actor could read something of this type that the place made about a person."""
    return bool(open_sources(gate, person_id, type_, [PLACE]))


def open_sources(gate: Gate, person_id: str, type_: str, sources: Iterable[str]) -> frozenset[str]:
    """Of these sources, those whose entries of a type (without labels) this actor may read about a person."""
    grant = gate.door.people([person_id]).get(person_id)
    if grant is None:
        return frozenset()
    return frozenset(each for each in sources if gate.door.decide(grant, "read", type_, source=each).allowed)
