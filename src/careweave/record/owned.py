"""Which open tasks name a party, over everyone: for the background work that looks after whoever is away."""

from __future__ import annotations

from collections.abc import Sequence

from .actor import Purpose
from .clocks import WORKER
from .gate import Gate
from .relations import party_token

_OPEN = ("requested", "received", "accepted", "ready", "in-progress")


def tasks_naming(parties: Sequence[str]) -> list[str]:
    """The ids of open tasks that name one of these parties; the token index leads to them."""
    if not parties:
        return []
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT DISTINCT r.id::text FROM record.token t"
            " JOIN record.resource r ON r.id = t.id AND r.subject = t.subject"
            " WHERE t.token = ANY (%s::bigint[]) AND r.type = 'Task' AND r.body ->> 'status' = ANY (%s) ORDER BY 1",
            [[party_token("Task", party) for party in parties], list(_OPEN)],
        )
        gate.door.audit("search", (), type="Task", parameters=["party"], parties=len(parties))
    return [str(row[0]) for row in rows]
