"""An Encounter as an event, with the coded reasons for it and the Conditions it says it was about."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.warehouse.extraction.reading import (
    Body,
    Row,
    coding_of,
    day_of,
    extension_of,
    first_code,
    instant_of,
    reference_id,
)
from careweave.warehouse.scores import EMERGENCY

DID_NOT_HAPPEN = {"planned", "cancelled", "entered-in-error", "unknown"}
CONTACT = "https://careweave.org/contact"
KINDS = {
    "EMER": "emergency-department",
    "HH": "home-visit",
    "VR": "call",
    "AMB": "clinic",
    "FLD": "clinic",
} | dict.fromkeys(("IMP", "ACUTE", "NONAC", "SS", "OBSENC"), "admission")
# The NHS data dictionary's admission methods by their first character; 9x is “not known” or “not applicable”.
METHODS = {"1": "elective", "2": EMERGENCY, "3": "other", "8": "other"}
# HL7 v3 ActPriority, for sources outside England.
PRIORITIES = {"EM": EMERGENCY, "UR": EMERGENCY, "EL": "elective", "R": "elective"}


def encounter_rows(body: Body, source: str) -> Iterator[tuple[str, Row]]:
    """Nothing for a contact that did not happen, or whose time nobody knows."""
    period = body.get("period", {})
    start = instant_of(period.get("start"))
    if body.get("status") in DID_NOT_HAPPEN or start is None:
        return
    kind, told = _kind(body), extension_of(body, "event-outcome")
    yield (
        "event",
        {
            "event": body["id"],
            "kind": kind,
            "start": start,
            "end": instant_of(period.get("end")),
            "organisation": body.get("serviceProvider", {}).get("identifier", {}).get("value") or source,
            "method": _method(body) if kind == "admission" else None,
            "type": next((code for each in body.get("type", ()) if (code := first_code(each))), None),
            "outcome": told if isinstance(told, str) else None,
        },
    )
    yield from _reasons(body)
    for each in body.get("diagnosis", ()):
        id = reference_id(each.get("condition"), "Condition")
        if id:
            yield "link", {"condition": id, "event": body["id"]}


def _reasons(body: Body) -> Iterator[tuple[str, Row]]:
    """Why someone came, as coded; a reason is not yet a diagnosis."""
    for concept in body.get("reasonCode", ()):
        coded = coding_of(concept)
        if coded:
            about = {"event": body["id"], "start": day_of(body.get("period", {}).get("start"))}
            yield "condition", {"system": coded[0], "code": coded[1], "role": "reason", **about}


def _kind(body: Body) -> str:
    held = body.get("class", {})
    if held.get("system") == CONTACT:
        return str(held.get("code", "other"))
    return KINDS.get(held.get("code", ""), "other")


def _method(body: Body) -> str | None:
    extensions = [*body.get("hospitalization", {}).get("extension", ()), *body.get("extension", ())]
    for each in extensions:
        if str(each.get("url", "")).endswith("AdmissionMethod"):
            return METHODS.get(first_code(each.get("valueCodeableConcept"))[:1])
    return PRIORITIES.get(first_code(body.get("priority")))
