"""“No e-mails and no texts”: the person's own choice, a Consent of theirs; whoever has news calls or writes instead."""

from __future__ import annotations

from datetime import UTC, datetime

from careweave.record import Gate, Resource
from careweave.record.wishes import OWN_CHOICE

from .shapes import about, code, has_code, instant

NOTICES = "notices"


def wants_none(gate: Gate, person_id: str) -> bool:
    """Whether the person chose to have no e-mails and no texts."""
    return _standing(gate, person_id) is not None


def stop_notices(gate: Gate, person_id: str) -> None:
    """None from now on. Twice is once."""
    with gate.transaction():
        if _standing(gate, person_id) is None:
            gate.create(_consent(person_id), subject=person_id, labels=(OWN_CHOICE,))


def take_notices_again(gate: Gate, person_id: str) -> None:
    """The person changed their mind."""
    with gate.transaction():
        held = _standing(gate, person_id)
        if held is not None:
            gate.update({**held.body, "status": "inactive"}, version=held.version)


def _standing(gate: Gate, person_id: str) -> Resource | None:
    return next(
        (
            one
            for one in gate.about(person_id, ["Consent"])
            if OWN_CHOICE in one.labels
            and one.body.get("status") == "active"
            and any(has_code(each, NOTICES) for each in one.body.get("category", []))
        ),
        None,
    )


def _consent(person_id: str) -> dict[str, object]:
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [code(NOTICES, "E-mails and text messages")],
        "patient": about(person_id),
        "dateTime": instant(),
        "policyRule": code("person-says", "The person's own choice"),
        "provision": {"type": "deny", "period": {"start": instant(datetime.now(UTC))}},
    }
