"""What one administrator may not do alone: give a powerful role, or hold the key of a powerful colleague."""

from __future__ import annotations

from careweave.record import Gate

from .models import Staff
from .sign_in_rules import powerful_roles


def is_waiting(gate: Gate, role: str) -> bool:
    """Powerful roles wait; what is set up from the machine itself, as the first administrator is, does not."""
    return role in powerful_roles() and gate.actor.role != "system"


def is_beyond_one(gate: Gate, staff: Staff) -> bool:
    """Who could set a powerful colleague's password or card would come in as them, and approve what takes two."""
    if gate.actor.role == "system":
        return False
    return not powerful_roles().isdisjoint(staff.roles.held().values_list("role", flat=True))
