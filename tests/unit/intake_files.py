"""Small files as organisations send them, good and bad, and a reader for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from careweave.intake.preparing import Outcome, Preparer
from careweave.intake.reading.chunks import read
from careweave.intake.reading.files import SourceFile
from careweave.intake.reading.plans import AUTO, plan
from careweave.intake.reading.rows import Limits, Refusal

TODAY = date(2026, 11, 22)
SOURCE = "RVR"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


def patient(id: str = "p1", **other: Any) -> dict[str, Any]:
    body = {"resourceType": "Patient", "id": id, "gender": "male", "birthDate": "1941-03-04"}
    return {**body, "name": [{"family": "Holloway", "given": ["Joe"]}], **other}


def observation(id: str, subject: str = "Patient/p1", **other: Any) -> dict[str, Any]:
    body = {"resourceType": "Observation", "id": id, "status": "final", "code": {"text": "Weight"}}
    return {**body, "subject": {"reference": subject}, **other}


def entry(resource: dict[str, Any], full_url: str = "") -> dict[str, Any]:
    return {"fullUrl": full_url, "resource": resource} if full_url else {"resource": resource}


def bundle(*entries: dict[str, Any], type: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


def lines(*bodies: Any) -> bytes:
    return b"".join(line(body) + b"\n" for body in bodies)


def line(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def outcomes(
    path: Path, *, source: str = SOURCE, format: str = AUTO, limits: Limits | None = None, today: date = TODAY
) -> Outcome:
    """Everything a file holds, prepared for the record, without a database."""
    found = plan(SourceFile(path, path.name), source, format=format, today=today, limits=limits or Limits())
    together = Outcome()
    if isinstance(found, Refusal):
        together.refusals.append(found)
        together.read = 1
        return together
    preparer = Preparer(source, path.name, today)
    for parcel in read(found):
        one = preparer.prepare(parcel)
        together.rows += one.rows
        together.refusals += one.refusals
        together.read += one.read
        together.unstamped += one.unstamped
    return together


def reasons(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.reason) for each in outcome.refusals]


def table(headers: Sequence[str], *rows: dict[str, str]) -> bytes:
    out = [",".join(headers)] + [",".join(row.get(name, "") for name in headers) for row in rows]
    return "\r\n".join(out).encode() + b"\r\n"
