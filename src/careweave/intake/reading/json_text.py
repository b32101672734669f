"""Reads JSON text and says, when it cannot, which of the usual accidents happened to it."""

from __future__ import annotations

import re
from typing import Any

from careweave.record.validation import Malformed, parse


class Unreadable(Exception):
    """The text cannot be used; says what happened, without quoting it, and what to send instead."""

    def __init__(self, reason: str, value: str = "", expected: str = "", field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value
        self.expected = expected
        self.field = field


def read_json(raw: bytes) -> dict[str, Any]:
    """One JSON object, every number with the digits it came with."""
    try:
        return parse(raw, limit=len(raw))
    except Malformed as fault:
        raise _explained(raw, fault.reason) from None


def _explained(raw: bytes, reason: str) -> Unreadable:
    if b"\x00" in raw:
        return null_character(raw)
    wrong = not_utf8(raw)
    if wrong:
        return wrong
    if "too early" in reason:
        return Unreadable("The JSON is cut short", f"… {_end_of(raw)}", "The whole resource; send it again")
    if reason.startswith("is not a JSON object"):
        return Unreadable("This is not a JSON object", _end_of(raw), "One resource or Bundle a line, in { }")
    if " twice" in reason:
        name = reason.split("'")[1] if "'" in reason else ""
        return Unreadable("An element is given twice in one object", name, "Each element once", name)
    if "nested" in reason:
        return Unreadable("The JSON is nested too deeply", expected="At most 200 levels")
    place = re.search(r"\(line (\d+), column (\d+)\)", reason)
    where = f"line {place[1]}, character {place[2]}" if place else ""
    return Unreadable("This is not JSON", where or reason, "JSON, one resource or Bundle a line")


def _end_of(raw: bytes) -> str:
    return raw.rstrip()[-40:].decode("utf-8", "replace")


def null_character(raw: bytes) -> Unreadable:
    at = raw.index(b"\x00") + 1
    return Unreadable("There is a null character in the row", f"at byte {at}", "Text without null characters")


def not_utf8(raw: bytes) -> Unreadable | None:
    """What is wrong with the encoding, if anything is."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        guess = bytes([byte]).decode("cp1252", "ignore")
        perhaps = f", perhaps {guess} in Windows-1252" if guess.isprintable() and guess else ""
        value = f"byte 0x{byte:02X} at {error.start + 1}{perhaps}"
        return Unreadable("The text is not UTF-8", value, "Save the file as UTF-8")
    return None
