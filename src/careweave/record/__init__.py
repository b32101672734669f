"""The one store of everything about a person, and its one door.

The names below load on first use, so that the pure parts (policy, validation, indexing) can be used without Django.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .actor import (
        Actor,
        Conflict,
        Draft,
        Invalid,
        Look,
        Member,
        Page,
        PersonRecord,
        Purpose,
        Refusal,
        Refused,
        Resource,
        SearchError,
        TextEntry,
        TextPage,
    )
    from .gate import Gate
    from .naming import Naming

_HOME = dict.fromkeys(
    (
        "Actor",
        "Conflict",
        "Draft",
        "Invalid",
        "Look",
        "Member",
        "Page",
        "PersonRecord",
        "Purpose",
        "Refusal",
        "Refused",
        "Resource",
        "SearchError",
        "TextEntry",
        "TextPage",
    ),
    "careweave.record.actor",
) | {"Gate": "careweave.record.gate", "Naming": "careweave.record.naming"}

__all__ = [
    "Actor",
    "Conflict",
    "Draft",
    "Gate",
    "Invalid",
    "Look",
    "Member",
    "Naming",
    "Page",
    "PersonRecord",
    "Purpose",
    "Refusal",
    "Refused",
    "Resource",
    "SearchError",
    "TextEntry",
    "TextPage",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(name)
