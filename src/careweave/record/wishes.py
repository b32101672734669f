"""A wish about sharing, and the Consent that says it.

HL7 FHIR R4 Consent (https://hl7.org/fhir/R4/consent.html): `provision.type` deny; `purpose` says for what; the actors
with role CST (custodian) are the sources that the choice is about, those with IRCP (recipient) the readers whom it keeps
out; `securityLabel` the labels. Without sources and labels it covers everything, without recipients it is for everyone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .actor import OBJECTS, Purpose
from .content import PLACE
from .relations import PARTY_SYSTEM

EVERYTHING = "everything"
OWN_CHOICE = "own-choice"
CATEGORY = {"coding": [{"system": "https://careweave.org/codes", "code": "sharing-choice"}]}
_SCOPE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
}
_ROLES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_LABELS = "https://careweave.org/label"
_PURPOSES = "https://careweave.org/purpose"


@dataclass(frozen=True)
class Wish:
    """What is not to be shared: words `everything`, `source:<code>` or `label:<name>`; `to` are party keys, none: all."""

    covers: tuple[str, ...]
    to: tuple[str, ...] = ()
    purpose: Purpose = Purpose.DIRECT_CARE


def consent_of(wish: Wish, person_id: str, *, since: datetime) -> dict[str, Any]:
    """The Consent that says so."""
    sources = [word.removeprefix("source:") for word in wish.covers if word.startswith("source:")]
    labels = [word.removeprefix("label:") for word in wish.covers if word.startswith("label:")]
    provision: dict[str, Any] = {
        "type": "deny",
        "period": {"start": since.isoformat()},
        "purpose": [{"system": _PURPOSES, "code": wish.purpose.value}],
    }
    actors = [*(_actor("CST", each) for each in sources), *(_actor("IRCP", each) for each in wish.to)]
    provision |= {"actor": actors} if actors else {}
    provision |= {"securityLabel": [{"system": _LABELS, "code": each} for each in labels]} if labels else {}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _SCOPE,
        "category": [CATEGORY],
        "patient": {"reference": f"Patient/{person_id}"},
        "dateTime": since.isoformat(),
        "policyRule": {"text": "The person's own choice about sharing"},
        "provision": provision,
    }


def stated(body: dict[str, Any], *, source: str) -> Iterator[tuple[str, str, str]]:
    """(covers, to_party, purpose) of a Consent that stands; the trigger `follow_choices` projects the same."""
    provision = body.get("provision", {})
    if source != PLACE or body.get("status") != "active" or provision.get("type") != "deny":
        return
    wish = wish_of(body)
    for purpose in provision.get("purpose", ()):
        for covered in wish.covers:
            for party in wish.to or ("",):
                yield covered, party, purpose["code"]


def held_against(
    wishes: Collection[tuple[str, str, str]], parties: Collection[str], purpose: str
) -> frozenset[str]:
    """The words that stand beside the relationships of a reader with these parties."""
    return frozenset(
        f"{OBJECTS}{covered}" for covered, to, aim in wishes if aim == purpose and (not to or to in parties)
    )


def wish_of(body: dict[str, Any]) -> Wish:
    provision = body["provision"]
    sources = [f"source:{each}" for each in _parties(provision, "CST")]
    labels = [f"label:{each['code']}" for each in provision.get("securityLabel", ())]
    purposes = [each["code"] for each in provision.get("purpose", ())]
    covers = (*sources, *labels) or (EVERYTHING,)
    return Wish(
        covers, tuple(_parties(provision, "IRCP")), Purpose(purposes[0] if purposes else "direct-care")
    )


def _actor(role: str, party: str) -> dict[str, Any]:
    return {
        "role": {"coding": [{"system": _ROLES, "code": role}]},
        "reference": {"identifier": {"system": PARTY_SYSTEM, "value": party}},
    }


def _parties(provision: dict[str, Any], role: str) -> list[str]:
    return [
        each["reference"]["identifier"]["value"]
        for each in provision.get("actor", ())
        if each["role"]["coding"][0]["code"] == role
    ]
