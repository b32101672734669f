"""Whether a role that is being given must wait for a second person."""

from __future__ import annotations

from careweave.record import Gate

from .sign_in_rules import powerful_roles


def is_waiting(gate: Gate, role: str) -> bool:
    """Powerful roles wait; what is set up from the machine itself, as the first administrator is, does not."""
    return role in powerful_roles() and gate.actor.role != "system"
