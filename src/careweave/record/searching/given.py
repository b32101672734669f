"""The actor's facts as values of a statement, for those who keep them over several statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from .. import reading
from ..door import Door


def given(door: Door, held: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """How the actor stands to each of these subjects, and all else that the rule asks about the actor."""
    return {
        "subjects": [UUID(subject) for subject in held],
        "held": reading.held(held),
        "role": door.actor.role,
        "purpose": door.purpose.value,
        "mine": door.parties,
        "agreed": door.agreed,
    }
