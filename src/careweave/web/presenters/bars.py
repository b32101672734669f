"""What a bar chart draws: a name, a length and its words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """`value` None is a hidden or unknown number: no bar is drawn, and `told` says why."""

    name: str
    value: float | None
    told: str
