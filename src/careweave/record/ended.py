"""Access that has ended: whoever knew a person by name until then is told so, and nobody else learns anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition

from .gate import Gate
from .ids import is_id


@dataclass(frozen=True)
class Ended:
    """Since when, and the names that the person had then (FHIR HumanName)."""

    since: datetime
    names: tuple[dict[str, Any], ...]


def access_ended(gate: Gate, person_id: str) -> Ended | None:
    """When this reader's access to a person ended; None for whoever never had any by name, and while it stands.

    What is asked of the database is the same whether there is such a person or not.
    """
    stands = gate.person(person_id) is not None
    if not is_id(person_id):
        return None
    rows = gate.door.rows(
        "SELECT ended, names FROM record.gate_ended(%s, %s, %s)", [gate.door.token(), person_id, _days()]
    )
    if stands or not rows:
        return None
    since, names = rows[0]
    with gate.transaction():  # the person sees that somebody asked, and was refused
        gate.door.open([])
        gate.door.audit("refused", [person_id], why="access has ended", ended=since.isoformat())
    return Ended(since, tuple(json.loads(names) if isinstance(names, str) else names or ()))


def is_told(role: str) -> bool:
    """Whether somebody of this role is told at all, of a person they knew."""
    found = load_definition("access", "ended", datetime.now(UTC).date()).content["roles"]
    groups = load_definition("access", "words", datetime.now(UTC).date()).content["role_groups"]
    return any(role == each or role in groups.get(each, ()) for each in found)


@lru_cache(maxsize=1)
def _days() -> int:
    return int(load_definition("access", "ended", datetime.now(UTC).date()).content["days"])
