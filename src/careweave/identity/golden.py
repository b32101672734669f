"""The golden Patient: one readable record of who someone is, drawn from what each source says; pure.

Sources are never altered. For each part the newest trustworthy statement wins: the practice's register for names,
address and birth date, and for an NHS number one that most sources agree on. What the place itself wrote stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
KEPT_HERE = "https://careweave.org/fhir/kept-here"
_SINGLE = ("gender", "birthDate", "maritalStatus", "deceasedDateTime", "deceasedBoolean")
_MERGED = ("name", "telecom", "address", "communication", "photo", "generalPractitioner")
_PLACEHOLDER_NAMES = {"baby", "infant", "unknown", "not known"}


@dataclass(frozen=True)
class SourcePatient:
    """One source's Patient; `is_practice` when the source is the person's GP practice."""

    body: dict[str, Any]
    source: str
    updated: datetime
    is_practice: bool


def golden_patient(
    person_id: str, patients: Sequence[SourcePatient], *, current: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The golden body; parts that the place wrote itself (named in `kept-here` extensions) are taken over."""
    ranked = sorted(
        patients, key=lambda p: (_says_little(p.body), not p.is_practice, -p.updated.timestamp(), p.source)
    )
    body: dict[str, Any] = {"resourceType": "Patient", "id": person_id, "active": True}
    body["identifier"] = _identifiers(ranked)
    for part in (*_SINGLE, *_MERGED):
        value = next((p.body[part] for p in ranked if p.body.get(part)), None)
        if value is not None:
            body[part] = value
    died = [p.body for p in ranked if p.body.get("deceasedDateTime") or p.body.get("deceasedBoolean")]
    body.pop("deceasedBoolean", None) if body.get("deceasedDateTime") else None
    if died and "deceasedDateTime" not in body:
        body["deceasedBoolean"] = True
    body["name"] = _names(ranked)
    extensions = _extensions(ranked)
    if extensions:
        body["extension"] = extensions
    return _with_kept(body, current)


def kept_parts(body: dict[str, Any] | None) -> list[str]:
    """The parts of a golden Patient that the place itself wrote."""
    return [e["valueCode"] for e in (body or {}).get("extension", []) if e.get("url") == KEPT_HERE]


def _with_kept(body: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    for part in kept_parts(current):
        if current and part in current:
            body[part] = current[part]
    marks = [e for e in (current or {}).get("extension", []) if e.get("url") == KEPT_HERE]
    if marks:
        body["extension"] = [*body.get("extension", []), *marks]
    return {key: value for key, value in body.items() if value not in ([], None)}


def _identifiers(ranked: Sequence[SourcePatient]) -> list[dict[str, Any]]:
    """The number that most sources agree on, then those that it superseded, which people may still be asked for by."""
    stated = [
        (identifier["value"], identifier.get("use") == "old", patient.is_practice)
        for patient in ranked
        for identifier in patient.body.get("identifier", [])
        if identifier.get("system") == NHS_NUMBER and identifier.get("value")
    ]
    if not stated:
        return []
    superseded = {number for number, is_old, _ in stated if is_old}
    present = [each for each in stated if each[0] not in superseded] or stated
    counts = Counter(number for number, _, _ in present)
    trusted = {number for number, is_old, is_practice in present if is_practice and not is_old}
    best = max(counts, key=lambda number: (counts[number], number in trusted, number))
    former = [{"use": "old", "system": NHS_NUMBER, "value": each} for each in sorted(superseded - {best})]
    return [{"system": NHS_NUMBER, "value": best}, *former]


def _names(ranked: Sequence[SourcePatient]) -> list[dict[str, Any]]:
    """The official name of the best source, then every other name anyone knows them by, each once."""
    seen: set[tuple[str, str, str]] = set()
    names: list[dict[str, Any]] = []
    for patient in ranked:
        for name in sorted(
            patient.body.get("name", []), key=lambda n: n.get("use") not in (None, "official", "usual")
        ):
            key = (
                name.get("family", "").casefold(),
                " ".join(name.get("given", [])).casefold(),
                name.get("text", ""),
            )
            if key not in seen and not _is_placeholder(name):
                seen.add(key)
                use = name.get("use") or "official"
                names.append(
                    {**name, "use": use if not names or use in ("nickname", "maiden", "old") else "old"}
                )
    if not names:
        names = [name for patient in ranked for name in patient.body.get("name", [])][:1]
    return names


def _is_placeholder(name: dict[str, Any]) -> bool:
    return any(
        given.casefold().split()[0:1] and given.casefold().split()[0] in _PLACEHOLDER_NAMES
        for given in name.get("given", [])
    )


def _extensions(ranked: Sequence[SourcePatient]) -> list[dict[str, Any]]:
    """One of each kind (ethnic category, …) from the best source that gives it."""
    found: dict[str, dict[str, Any]] = {}
    for patient in ranked:
        for extension in patient.body.get("extension", []):
            if extension.get("url") and extension["url"] != KEPT_HERE:
                found.setdefault(extension["url"], extension)
    return list(found.values())


def _says_little(body: dict[str, Any]) -> bool:
    return not body.get("name")
