"""What no rule of access can open: writing as another source, about someone else, or over another's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .actor import Purpose, Resource
from .ids import DIRECTORY
from .relations import VOLUNTARY_WORKER, party_of

PLACE = "careweave"
# Who may answer what was sent to them, but not change it, and the parts that are theirs to write.
_ANSWERS = frozenset({"status", "statusReason", "received", "output", "extension", "meta"})
_ANSWERING_ROLES = frozenset({"person", "carer", "volunteer"})
# What a person or a carer said is theirs: whoever may write about them answers it, and changes none of it.
_SAID = ("payload", "sender", "sent", "about")
_WHOSE = ("subject", "patient", "for", "beneficiary")
_ASSURED = ("/assured-on", "/assured-by", "/stands-for")
# What the writer of an own reading puts right: what was measured and when, never of whom or by whom.
OWN_READING, ONLY_NAMED = "own-reading", "only-named"
_READING = _ANSWERS | {"valueQuantity", "valueInteger", "component", "effectiveDateTime", "note"}


def write_refusal(
    purpose: Purpose,
    body: Mapping[str, Any],
    *,
    source: str,
    subject: str,
    records: Collection[str],
    organisation: str = "",
) -> str | None:
    """Why this body may not be stored under this source and subject, None when it may.

    `records` are the ids of the person's records, the place's own included. Only intake writes what sources send, and
    the system of an `organisation` writes what that organisation sends and nothing else.
    """
    if purpose is Purpose.INTAKE and organisation and source != organisation:
        return "the system of an organisation writes in the name of its own organisation alone"
    if source != PLACE and purpose is not Purpose.INTAKE:
        return "what a source sent is never altered, and nobody writes in its name"
    if subject == DIRECTORY:
        return None
    if _whose(body) not in {None, subject, *records}:
        return "the entry is about someone else"
    return None


def answer_refusal(
    role: str, before: Resource, after: Mapping[str, Any], *, is_handled_alike: bool
) -> str | None:
    """Why a recipient's change may not be stored: they answer and acknowledge, and what was said stays as it was.

    `is_handled_alike`: the labels and the named parties stay as they were.
    """
    if _is_rewording(before, after):
        return "what a person or a carer said stays in their words; it can be answered"
    if before.type == "Communication" and ONLY_NAMED in before.labels and not is_handled_alike:
        return "whoever wrote it chose who can read it, and nobody adds a reader"
    if role == VOLUNTARY_WORKER and before.type == "HealthcareService" and _is_beyond_keeping(before, after):
        return "a worker of an organisation neither gives its service to another nor assures it"
    if role not in _ANSWERING_ROLES:
        return None
    if after.get("status") == "entered-in-error" != before.body.get("status"):
        return "a recipient answers an entry and does not take it back"
    changed = {key for key in {*before.body, *after} if before.body.get(key) != after.get(key)}
    if before.type == "Observation" and OWN_READING in before.labels and is_handled_alike:
        return None if changed <= _READING else "of a reading only what was measured is put right"
    said, says = before.body.get("extension", []), after.get("extension", [])
    if changed <= _ANSWERS and says[: len(said)] == said and is_handled_alike:
        return None
    return "a recipient answers an entry and does not change it"


def _is_rewording(before: Resource, after: Mapping[str, Any]) -> bool:
    said_by = party_of(before.body.get("sender")) if before.type == "Communication" else None
    is_theirs = bool(said_by and said_by.startswith("person:")) and before.source == PLACE
    return is_theirs and any(before.body.get(name) != after.get(name) for name in _SAID)


def _is_beyond_keeping(before: Resource, after: Mapping[str, Any]) -> bool:
    """Whose service it is and what it stands for stay; an assurance may only go, for words that change need a new one."""
    assured = [each for each in after.get("extension", ()) if str(each.get("url", "")).endswith(_ASSURED)]
    is_new = any(each not in before.body.get("extension", ()) for each in assured)
    return is_new or before.body.get("providedBy") != after.get("providedBy")


def _whose(body: Mapping[str, Any]) -> str | None:
    """The record that the body says it is about, None when it names none."""
    if body.get("resourceType") == "Patient":
        return str(body.get("id"))
    for key in _WHOSE:
        reference = body.get(key)
        text = reference.get("reference", "") if isinstance(reference, Mapping) else ""
        type_, _, id_ = str(text).partition("/")
        if type_ == "Patient":
            return id_.partition("/")[0]
    return None
