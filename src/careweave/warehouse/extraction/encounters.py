"""An Encounter as an event, with the coded reasons for it and the Conditions it says it was about."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.dates import first_day
from careweave.warehouse.extraction.reading import (
    Body,
    Extracted,
    Row,
    coding_of,
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


def encounter_rows(body: Body, told: Extracted) -> Iterator[tuple[str, Row]]:
    """Nothing for a contact that did not happen, or whose time nobody knows."""
    period = body.get("period", {})
    start = instant_of(period.get("start"))
    if body.get("status") in DID_NOT_HAPPEN or start is None:
        return
    kind, outcome = _kind(body), extension_of(body, "event-outcome")
    yield (
        "event",
        {
            "event": body["id"],
            "kind": kind,
            "start": start,
            "end": instant_of(period.get("end")),
            "organisation": body.get("serviceProvider", {}).get("identifier", {}).get("value") or told.source,
            "method": _method(body) if kind == "admission" else None,
            "type": next((code for each in body.get("type", ()) if (code := first_code(each))), None),
            "outcome": outcome if isinstance(outcome, str) else None,
            "client": extension_of(body, "client-type"),
            "route": extension_of(body, "route-of-access"),
            "referral": next(
                (id for each in body.get("basedOn", ()) if (id := reference_id(each, "ServiceRequest"))), None
            ),
            **(_stay(body) if kind == "admission" else {}),
        },
    )
    yield from _reasons(body)
    for each in body.get("diagnosis", ()):
        id = reference_id(each.get("condition"), "Condition")
        if id:
            yield "link", {"condition": id, "event": body["id"], "rank": each.get("rank")}


def _stay(body: Body) -> Row:
    """How someone came and went, in the codes of the NHS data dictionary, and whether leaving was put off."""
    held = body.get("hospitalization", {})
    return {
        "method_code": _coded(body, "AdmissionMethod"),
        "admitted_from": first_code(held.get("admitSource")) or None,
        "destination": first_code(held.get("dischargeDisposition")) or None,
        "discharge_method": _coded(body, "DischargeMethod"),
        "ready": first_day(extension_of(body, "discharge-ready-date")),
        "delay_reason": extension_of(body, "wait-reason"),
        "pathway": extension_of(body, "discharge-pathway"),
        "specialty": first_code(body.get("serviceType")) or None,
        "classification": next((each.get("text") for each in body.get("type", ()) if each.get("text")), None),
    }


def _coded(body: Body, name: str) -> str | None:
    """The code in an extension of UK Core, on the Encounter or on its hospitalization."""
    for each in (*body.get("hospitalization", {}).get("extension", ()), *body.get("extension", ())):
        if str(each.get("url", "")).endswith(name):
            return first_code(each.get("valueCodeableConcept")) or None
    return None


def _reasons(body: Body) -> Iterator[tuple[str, Row]]:
    """Why someone came, as coded; a reason is not yet a diagnosis."""
    for concept in body.get("reasonCode", ()):
        coded = coding_of(concept)
        if coded:
            about = {"event": body["id"], "start": first_day(body.get("period", {}).get("start"))}
            yield "condition", {"system": coded[0], "code": coded[1], "role": "reason", **about}


def _kind(body: Body) -> str:
    held = body.get("class", {})
    if held.get("system") == CONTACT:
        return str(held.get("code", "other"))
    return KINDS.get(held.get("code", ""), "other")


def _method(body: Body) -> str | None:
    method = _coded(body, "AdmissionMethod")
    return METHODS.get(method[:1]) if method else PRIORITIES.get(first_code(body.get("priority")))
