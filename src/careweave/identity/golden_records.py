"""Golden records in the store: read what sources say, and keep each person's own readable record up to date."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose
from careweave.record.content import PLACE, content_hash
from careweave.record.ids import resource_id
from careweave.record.joining import members_of
from careweave.record.load import Loader, LoadRow
from careweave.record.people import Extracted
from careweave.record.registrations import practices_on

from .golden import SourcePatient, golden_patient

LINKER = Actor("system:linker", "system", name="Linkage")
_CHUNK = 2000


def linker_gate() -> Gate:
    return Gate(LINKER, Purpose.IDENTITY)


def new_person_id(subjects: Sequence[str]) -> str:
    """The id of a person first made by parting these records from another's."""
    return resource_id(PLACE, "Person", min(subjects))


def read_patients(
    gate: Gate, subjects: Sequence[str] | None = None
) -> tuple[dict[str, SourcePatient], dict[str, dict[str, Any]]]:
    patients: dict[str, SourcePatient] = {}
    goldens: dict[str, dict[str, Any]] = {}
    for batch in gate.extract(["Patient"], subjects=subjects):
        for one in batch:
            body = orjson.loads(one.body)
            if one.source == PLACE:
                goldens[one.subject] = body
            else:
                patients[one.subject] = _source_patient(one, body)
    return dict(sorted(patients.items())), goldens


def _source_patient(one: Extracted, body: dict[str, Any]) -> SourcePatient:
    stamp = (body.get("meta") or {}).get("lastUpdated")
    updated = (
        datetime.fromisoformat(stamp.replace("Z", "+00:00")) if stamp else datetime(1970, 1, 1, tzinfo=UTC)
    )
    return SourcePatient(body, one.source, updated, one.source in practices_on(body, timezone.localdate()))


def write_golden(
    assigned: dict[str, str], patients: dict[str, SourcePatient], goldens: dict[str, dict[str, Any]]
) -> None:
    """Refresh the golden Patient of every person whose sources say something new; the rest are left alone."""
    people: dict[str, list[SourcePatient]] = {}
    for subject, person in assigned.items():
        people.setdefault(person, []).append(patients[subject])
    changed = list(_changed_golden(people, goldens))
    if not changed:
        return
    loader = Loader(
        source=PLACE, file_name="golden records", file_hash=f"golden {time.time_ns()}", format="golden"
    )
    for number, start in enumerate(range(0, len(changed), _CHUNK)):
        loader.write(number, changed[start : start + _CHUNK])
    loader.finish()


def _changed_golden(
    people: dict[str, list[SourcePatient]], goldens: dict[str, dict[str, Any]]
) -> Iterator[LoadRow]:
    now = datetime.now(UTC)
    for person, sources in people.items():
        current = goldens.get(person)
        body = golden_patient(person, sources, current=current)
        if current is None or content_hash(body) != content_hash(_as_stored(current, person)):
            yield LoadRow("Patient", person, person, now, (), (), body)


def _as_stored(body: dict[str, Any], person: str) -> dict[str, Any]:
    return {**body, "id": person}


def refresh_golden(gate: Gate, person_ids: Sequence[str]) -> None:
    """Bring these people's golden records up to date after a decision."""
    assigned = members_of(gate, person_ids)
    patients, goldens = read_patients(gate, [*assigned, *person_ids])
    write_golden(assigned, patients, goldens)
