"""What the care actions need to know about staff and teams; looked up by identity, handed in as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Worker:
    """A member of staff as an action needs them: may they take someone on, and who are they to the person?"""

    party: str
    name: str
    role: str
    organisation: str
    telephone: str
    team: str | None
    team_name: str = ""
    caseload_limit: int | None = None
    has_left: bool = False
