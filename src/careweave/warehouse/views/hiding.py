"""A resource with nothing left in it that names anyone: what views see. Ids become pseudonyms, words stay out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# Of a Patient only these; everything else about who someone is stays behind.
OF_PATIENT = {
    "resourceType",
    "id",
    "active",
    "gender",
    "birthDate",
    "deceasedBoolean",
    "deceasedDateTime",
    "maritalStatus",
    "communication",
    "generalPractitioner",
    "managingOrganization",
    "extension",
}
# Names, numbers, addresses, pictures, and whatever people write in words.
NEVER = {
    "identifier",
    "name",
    "telecom",
    "address",
    "photo",
    "contact",
    "text",
    "div",
    "display",
    "title",
    "description",
    "comment",
    "note",
    "patientInstruction",
    "instruction",
    "statusReason",
    "contained",
    "content",
    "payload",
    "attachment",
    "signature",
    "valueString",
    "valueMarkdown",
    "valueAttachment",
    "valueHumanName",
    "valueAddress",
    "valueContactPoint",
    "valueIdentifier",
    "valueAnnotation",
    "data",
    "answerString",
}
IN_CODING = {"display"}  # the term of a code names nobody
ODS = "ods-organization-code"


def without_names(body: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """Birth is told by month. References go on leading from row to row, by pseudonym."""
    kept = {
        key: value
        for key, value in body.items()
        if body.get("resourceType") != "Patient" or key in OF_PATIENT
    }
    hidden: dict[str, Any] = _hidden(kept, hide, is_coding=False)
    if "id" in body:
        hidden["id"] = hide(str(body["id"]))
    if isinstance(hidden.get("birthDate"), str):
        hidden["birthDate"] = hidden["birthDate"][:7]
    return hidden


def _hidden(value: Any, hide: Callable[[str], str], *, is_coding: bool) -> Any:
    if isinstance(value, list):
        return [_hidden(each, hide, is_coding=is_coding) for each in value]
    if not isinstance(value, Mapping):
        return value
    if "reference" in value or (
        set(value) <= {"identifier", "display", "type", "extension"} and "identifier" in value
    ):
        return _reference(value, hide)
    never = NEVER - IN_CODING if is_coding else NEVER
    return {
        key: _hidden(each, hide, is_coding=key in ("coding", "valueCoding", "class"))
        for key, each in value.items()
        if key not in never and not key.startswith("_")
    }


def _reference(value: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """An organisation keeps its public code; everyone else is a pseudonym."""
    told = value.get("identifier", {})
    kept: dict[str, Any] = {}
    if str(told.get("system", "")).endswith(ODS):
        kept["identifier"] = {"system": told["system"], "value": told.get("value")}
    type, _, id = str(value.get("reference", "")).split("/_history")[0].rpartition("/")
    if id and type:
        kept["reference"] = f"{type}/{hide(id)}"
    return kept
