"""How an invitation ends: answered, declined, closed unanswered, or stopped; nothing more is sent of it."""

from __future__ import annotations

from careweave.record import Gate, deliveries, invitations
from careweave.record.invitations import Invitation

from .messages import ended


def close(gate: Gate, one: Invitation, *, state: str, why: str = "") -> bool:
    """End it, once: False when somebody else was first. Together with what the caller writes, or on its own."""
    with gate.transaction():
        if not invitations.move(gate, one, now=state, act_at=None, why=why):
            return False
        deliveries.stop(gate, person_id=one.person_id, entity=one.id)
        sent = gate.read("Communication", one.id)
        if sent is not None:
            gate.update(ended(sent.body, state, why), version=sent.version)
    return True
