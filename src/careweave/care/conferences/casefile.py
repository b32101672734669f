"""A case as it is kept: read through the gate, and changed by several people at once without a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from careweave.record import Conflict, Gate

from .meetings import Meeting, Slot
from .shapes import Case, case_of

_TRIES = 5


def agenda(gate: Gate, meeting: Meeting) -> list[tuple[Slot, Case | None]]:
    """The cases in order; None stands for one that is not for this actor."""
    return [(slot, read_case(gate, slot.case_id)) for slot in meeting.slots]


def read_case(gate: Gate, id_: str) -> Case | None:
    found = gate.read("Composition", id_)
    return case_of(found) if found else None


def change_case(gate: Gate, id_: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Case:
    """Change a part of a case. Several people write in one case at once, each in a part of their own: nothing is lost."""
    for left in reversed(range(_TRIES)):
        current = gate.read("Composition", id_)
        if current is None:
            raise gate.door.refuse("not there, or not allowed", act="conference")
        try:
            return case_of(gate.update(change(current.body), version=current.version))
        except Conflict:
            if not left:
                raise
    raise AssertionError("unreachable: the last try returns or raises")
