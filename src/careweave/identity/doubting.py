"""“This is wrong”: someone who knows the person says that a joined record is another's. Apart at once, then looked at."""

from __future__ import annotations

from collections.abc import Sequence

from careweave.record import Gate, Refusal
from careweave.record.review_queue import Proposed, doubt

from .golden_records import linker_gate
from .reviewing import Decided, part

DOUBTED = "doubted"


def say_wrong(gate: Gate, *, person_id: str, subjects: Sequence[str], reason: str) -> Decided | Refusal:
    """Hold these records apart from the person's now, and ask a data clerk to look.

    Apart is the safe side: a record wrongly shown harms two people, a record wrongly kept back is found by asking.
    """
    grant = gate.person(person_id)
    if grant is None:
        return Refusal("not there, or not allowed")
    held = [each.subject for each in grant.subjects if each.source != "careweave"]
    leaving = [each for each in held if each in set(subjects)]
    staying = [each for each in held if each not in leaving]
    with gate.transaction():
        done = part(gate, person_id=grant.id, subjects=leaving, reason=reason)
        if isinstance(done, Refusal):
            return done
        linker = linker_gate()
        for one in leaving:
            why = f"{gate.actor.name or gate.actor.role}: {reason.strip()}"
            doubt(linker, Proposed(one, staying[0], why, DOUBTED, 0.0, []), by=gate.actor.id)
    return done
