"""Turns one line or document of FHIR JSON into a parcel: the resource, or the entries of its Bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from careweave.intake.reading.documents import BrokenOff, split_entries
from careweave.intake.reading.json_text import Unreadable, read_json
from careweave.intake.reading.rows import Body, Parcel, Refusal, Sent, kept
from careweave.record.fhir.definitions import resource_types

_NOT_ROWS = frozenset({"OperationOutcome"})  # what a server says about a search, not a record
_NO_RECORD = frozenset({"Parameters", "OperationOutcome"})


def parcel_of_json(raw: bytes, file: str, line: int) -> Parcel:
    """What one line (or one whole document) holds; what cannot be read is a refusal in it."""
    try:
        found = read_json(raw)
    except Unreadable as problem:
        return _salvaged(raw, file, line) or _refused(raw, file, line, problem)
    if found.get("resourceType") == "Bundle":
        return _parcel_of_bundle(found, file, line)
    sent, refusal = _resource(found, "", file, line)
    parcel = Parcel(line, [sent] if sent else [], raw=raw)
    if refusal:
        parcel.refusals.append(replace(refusal, raw=kept(raw)))
    return parcel


def parcel_of_entry(raw: bytes, file: str, line: int, index: int, listed: bool = False) -> Parcel:
    """One entry of a Bundle too long to be read at once (or one element of a list)."""
    path = f"[{index}]" if listed else f"Bundle.entry[{index}]"
    try:
        found = read_json(raw)
    except Unreadable as problem:
        parcel = _refused(raw, file, line, problem)
        parcel.refusals[0] = Refusal(
            file, line, path, problem.reason, problem.value, problem.expected, kept(raw)
        )
        return parcel
    parcel = Parcel(line, [])
    if listed:
        _add(parcel, _resource(found, path, file, line))
    else:
        _add_entry(parcel, found, path, file, line)
    return parcel


def _salvaged(raw: bytes, file: str, line: int) -> Parcel | None:
    """The good entries of a Bundle that is not JSON as a whole; None where there is none."""
    if b'"Bundle"' not in raw[:1000]:
        return None
    parcel = Parcel(line, [])
    for entry in split_entries([raw], len(raw)):
        if isinstance(entry, BrokenOff):
            reason = "There is more after the end of the Bundle" if entry.goes_on else "The JSON is cut short"
            expected = "One Bundle a line" if entry.goes_on else "The whole Bundle; send it again"
            parcel.refusals.append(Refusal(file, line, f"Bundle.entry[{entry.index}]", reason, "", expected))
        elif entry.raw is not None:
            one = parcel_of_entry(entry.raw, file, line, entry.index)
            parcel.sent += one.sent
            parcel.refusals += one.refusals
    return parcel if parcel.sent and parcel.refusals else None


def _refused(raw: bytes, file: str, line: int, problem: Unreadable) -> Parcel:
    refusal = Refusal(file, line, problem.field, problem.reason, problem.value, problem.expected, kept(raw))
    return Parcel(line, [], [refusal])


def _parcel_of_bundle(bundle: Body, file: str, line: int) -> Parcel:
    parcel = Parcel(line, [])
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        parcel.refusals.append(
            Refusal(
                file,
                line,
                "Bundle.entry",
                "The Bundle's entries are not a list",
                expected="A list of entries",
            )
        )
        return parcel
    for index, entry in enumerate(entries):
        _add_entry(parcel, entry, f"Bundle.entry[{index}]", file, line)
    return parcel


def _add_entry(parcel: Parcel, entry: Any, path: str, file: str, line: int) -> None:
    if not isinstance(entry, dict):
        reason = "The entry is not an object"
        parcel.refusals.append(Refusal(file, line, path, reason, expected="An entry with a resource"))
        return
    request = entry.get("request")
    method = request.get("method") if isinstance(request, dict) else None
    if method == "DELETE":
        parcel.refusals.append(_deletion(entry, path, file, line))
        return
    if method in ("GET", "HEAD"):
        where, reason = f"{path}.request.method", "The entry asks for something and brings nothing"
        parcel.refusals.append(Refusal(file, line, where, reason, method, "Entries with a resource"))
        return
    search = entry.get("search")
    if isinstance(search, dict) and search.get("mode") == "outcome":
        return
    sent, refusal = _resource(entry.get("resource"), f"{path}.resource", file, line)
    if sent:
        full_url = entry.get("fullUrl")
        sent.full_url = full_url if isinstance(full_url, str) else ""
        sent.named = _name(entry)
    _add(parcel, (sent, refusal))


def _deletion(entry: Body, path: str, file: str, line: int) -> Refusal:
    return Refusal(
        file,
        line,
        f"{path}.request.method",
        "A file cannot delete what was sent before",
        str(entry["request"].get("url", "")),
        "Send the resource again with a status such as entered-in-error",
    )


def _name(entry: Body) -> str:
    """What an entry without an id is unique by: its condition, or its address in the Bundle."""
    request = entry.get("request")
    condition = request.get("ifNoneExist") if isinstance(request, dict) else None
    if isinstance(condition, str) and condition:
        return condition.split("identifier=")[-1]
    full_url = entry.get("fullUrl")
    return full_url.rsplit(":", 1)[-1].rsplit("/", 1)[-1] if isinstance(full_url, str) else ""


def _add(parcel: Parcel, read: tuple[Sent | None, Refusal | None]) -> None:
    sent, refusal = read
    if sent:
        parcel.sent.append(sent)
    if refusal:
        parcel.refusals.append(refusal)


def _resource(found: Any, path: str, file: str, line: int) -> tuple[Sent | None, Refusal | None]:
    if not isinstance(found, dict):
        reason = "There is no resource" if found is None else "This is not a resource"
        return None, Refusal(file, line, path, reason, expected="A FHIR R4 resource with a resourceType")
    kind = found.get("resourceType")
    if not isinstance(kind, str) or kind not in resource_types():
        field = f"{path}.resourceType" if path else "resourceType"
        shown = kind if isinstance(kind, str) else ""
        expected = "The name of a FHIR R4 resource, such as Patient"
        return None, Refusal(
            file, line, field, "The resource type is not one of FHIR R4", shown[:60], expected
        )
    if kind == "Bundle":
        reason = "A Bundle inside a Bundle is not read"
        return None, Refusal(
            file, line, path or kind, reason, expected="Its entries in one Bundle, or one a line"
        )
    if kind in _NO_RECORD:
        reason = f"{kind} is a message, not part of a record"
        return None, Refusal(file, line, path or kind, reason, kind, "Resources about people and services")
    return Sent(found, path), None
