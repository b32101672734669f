"""Acts that open nobody's record but must be answered for: sign-ins, roles, letters; one audit row each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .gate import Gate


def write_down(gate: Gate, act: str, subjects: Iterable[str] = (), **detail: Any) -> None:
    """Audit an act in the transaction that is open, or in one of its own."""
    with gate.transaction():
        gate.door.open(())
        gate.door.audit(act, subjects, **detail)
