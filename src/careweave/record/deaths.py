"""Whether somebody has died, as any record of theirs says: the team's own, or one that a source sent."""

from __future__ import annotations

from collections.abc import Iterable

from .actor import Resource


def has_died(entries: Iterable[Resource]) -> bool:
    """Whether any Patient among these says so (FHIR `deceased[x]`): with a date, or only that it is so."""
    return any(
        one.type == "Patient" and bool(one.body.get("deceasedDateTime") or one.body.get("deceasedBoolean"))
        for one in entries
    )
