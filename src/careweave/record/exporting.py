"""An export is what a search would show, person by person, as FHIR NDJSON; each person's part is audited as read."""

from __future__ import annotations

from collections.abc import Iterator

from .fhir import resource_types
from .gate import Gate
from .validation import write


def export_lines(gate: Gate) -> Iterator[bytes]:
    """Every resource this actor may see of everyone they stand in a relationship to, one JSON line each."""
    types = sorted(resource_types())
    for person_id in sorted(gate.everyone_known()):
        for resource in gate.about(person_id, types):
            yield write(resource.body)
