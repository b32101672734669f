"""Keeps golden records up to date as sources send changes, without waiting for the next linkage."""

from __future__ import annotations

from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch

from .golden_records import linker_gate, refresh_golden

READER = "golden records"


def refresh_changed_people() -> int:
    """Refresh the people whose source Patients changed since the last call; returns how many."""
    batch = next_batch(READER, ["Patient"])
    changed = {event.subject for event in batch.events}
    if changed:
        now = members_now(linker_gate(), list(changed))
        people = sorted({now[subject] for subject in changed if subject in now})
        refresh_golden(linker_gate(), people)
    done(READER, batch)
    return len(changed)
