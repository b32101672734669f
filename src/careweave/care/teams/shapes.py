"""How team acts are held as FHIR R4: the few codes and extensions that this package writes and reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from careweave.record import Actor
from careweave.record.relations import party_reference

EXTENSION = "https://careweave.org/fhir/"
CODES = "https://careweave.org/codes"
# Of a Task: why it was asked and what professionals wrote on it. Earlier versions keep it for the team.
NOT_FOR_VOLUNTEERS = ("note", "reasonCode", "reasonReference", "statusReason", "output")


def code(value: str, text: str = "") -> dict[str, Any]:
    """A CodeableConcept in the product's own code system."""
    concept: dict[str, Any] = {"coding": [{"system": CODES, "code": value}]}
    return {**concept, "text": text} if text else concept


def has_code(concept: dict[str, Any] | None, value: str) -> bool:
    return any(c.get("system") == CODES and c.get("code") == value for c in (concept or {}).get("coding", []))


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": EXTENSION + name, **value}


def extension_value(body: dict[str, Any], name: str) -> Any:
    """The value[x] of the first extension of this name, None when there is none."""
    for each in body.get("extension", []):
        if each.get("url") == EXTENSION + name:
            return next((value for key, value in each.items() if key.startswith("value")), None)
    return None


def about(person_id: str) -> dict[str, Any]:
    return {"reference": f"Patient/{person_id}"}


def author(actor: Actor) -> dict[str, Any]:
    return party_reference(actor.id, actor.name)


def instant(when: datetime | None = None) -> str:
    return (
        (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
