"""FHIR search through the gate."""

from __future__ import annotations

from collections.abc import Sequence

from .actor import Page
from .door import Door


def search(door: Door, type_: str, params: Sequence[tuple[str, str]], *, count: int, cursor: str | None) -> Page:
    raise NotImplementedError
