"""One at a time: of many who would do the same thing once, each waits for the one before and sees what it did."""

from __future__ import annotations

from . import writing
from .gate import Gate


def alone(gate: Gate, what: str) -> None:
    """Hold this name until the transaction of the caller ends. Look only afterwards whether it is done already."""
    writing.lock(gate.door, [what])
