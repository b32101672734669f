"""Says what is wrong with a row in words that can be sent by email: no value, no name, and the same for each row."""

from __future__ import annotations

import re
from typing import Any

from careweave.intake.reading.rows import Body
from careweave.record.validation import Issue

_QUOTED = re.compile(r"\s*“[^”]*”,?")
_INDEX = re.compile(r"\[\d+\]")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NAMES = {
    "birthDate": "Date of birth",
    "deceasedDateTime": "Date of death",
    "gender": "Gender",
    "period.start": "The start",
    "period.end": "The end",
}
_BY_CODE = {
    "birth-date-in-future": "Date of birth is in the future",
    "birth-date-too-old": "Date of birth is more than 130 years ago",
    "death-in-future": "Date of death is in the future",
    "death-before-birth": "Date of death is before the birth",
    "period-order": "The end is before the start",
    "unknown-type": "The resource type is not one of FHIR R4",
    "too-deep": "The resource is nested too deeply",
}
OVER_130 = 130


def reason_of(issue: Issue) -> str:
    """The reason without the value, so that rows with the same fault can be counted together."""
    if issue.code in _BY_CODE:
        return _BY_CODE[issue.code]
    field = field_name(issue.path)
    if issue.code == "nhs-number":
        wrong = "check digit" in issue.reason
        return "NHS number has the wrong check digit" if wrong else "NHS number is not ten digits"
    if issue.code == "unknown-code":
        return f"{field} holds a code that is not in its list"
    if issue.code == "event-in-future":
        return f"{field} is in the future"
    if issue.code == "unknown-element":
        return f"{field.rpartition('.')[0] or field} has an element that FHIR R4 does not know"
    said = _QUOTED.sub("", issue.reason).strip()
    return f"{field} {said}" if said else f"{field} is wrong"


def field_name(path: str) -> str:
    """`Patient.name[0].family` → `Patient.name.family`; a few fields by the name people use."""
    plain = _INDEX.sub("", path)
    inner = plain.partition(".")[2]
    return _NAMES.get(inner, plain)


def placed(path: str, parcel_path: str) -> str:
    """The path within the line: `Bundle.entry[3].resource.birthDate` for an entry, else as it is."""
    if not parcel_path:
        return path
    inner = path.partition(".")[2] if "." in path else ""
    if not inner and "[" in path:
        inner = path[path.index("[") :]
    return f"{parcel_path}.{inner}" if inner else parcel_path


def value_at(body: Body, path: str) -> str:
    """What the resource said there, shortened; empty when there was nothing."""
    found: Any = body
    for name, index in _STEP.findall(path.partition(".")[2]):
        if name and isinstance(found, dict):
            found = found.get(name)
        elif index and isinstance(found, list):
            found = found[int(index)] if int(index) < len(found) else None
        else:
            return ""
    if found is None or isinstance(found, dict | list):
        return ""
    return str(found)[:200]
