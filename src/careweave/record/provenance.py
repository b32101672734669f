"""Who wrote something through which program, as a resource beside it (https://hl7.org/fhir/R4/provenance.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from .actor import Actor
from .changes import Act, Step
from .ids import DIRECTORY, new_id
from .registrations import ODS_SYSTEM
from .relations import party_reference

CLIENT_SYSTEM = "https://careweave.org/id/client"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_ACTIVITY = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_DONE = {Act.CREATE: "CREATE", Act.UPDATE: "UPDATE", Act.DELETE: "NULLIFY"}

Together = tuple[str, str, tuple[str, ...]]  # subject, source, labels


def together(steps: Iterable[tuple[Step, str]]) -> dict[Together, list[Step]]:
    """Steps that one statement can speak of: about one person, of one source, and not told to different readers."""
    found: dict[Together, list[Step]] = {}
    for step, source in steps:
        if step.subject != DIRECTORY and step.type != "Provenance":
            found.setdefault((step.subject, source, tuple(sorted(step.labels))), []).append(step)
    return found


def provenance(steps: Sequence[Step], *, actor: Actor, client: str, now: datetime) -> dict[str, Any]:
    """One statement about these versions: written now, by whom, for which organisation, through which program."""
    acts = {step.act for step in steps}
    body: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": new_id(),
        "target": [{"reference": f"{step.type}/{step.id}/_history/{step.version}"} for step in steps],
        "recorded": now.isoformat(timespec="milliseconds"),
        "agent": [_author(actor)],
    }
    if len(acts) == 1:
        code = _DONE[next(iter(acts))]
        body["activity"] = {"coding": [{"system": _ACTIVITY, "code": code}]}
    if client:
        body["agent"].append(_program(client))
    return body


def _author(actor: Actor) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "type": _agent("author"),
        "who": party_reference(actor.id, actor.name),
    }
    if actor.organisation and not actor.organisation.startswith("app:"):
        agent["onBehalfOf"] = {
            "type": "Organization",
            "identifier": {"system": ODS_SYSTEM, "value": actor.organisation},
        }
    return agent


def _program(client: str) -> dict[str, Any]:
    named = {"type": "Device", "identifier": {"system": CLIENT_SYSTEM, "value": client}}
    return {"type": _agent("transmitter"), "who": named}


def _agent(code: str) -> dict[str, Any]:
    system = _AGENT if code == "author" else "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
    return {"coding": [{"system": system, "code": code}]}
