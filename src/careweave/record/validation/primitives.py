"""One check for each FHIR R4 primitive type (https://hl7.org/fhir/R4/datatypes.html#primitive)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date as calendar_date
from decimal import Decimal
from math import isfinite

from careweave.record.validation.issue import Issue, Problems, json_kind, shown

Check = Callable[[object], Problems]

_DAY = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])%s)?)?"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = re.compile(_DAY % "").fullmatch
_DATE_TIME = re.compile(_DAY % f"(?:T{_CLOCK}{_ZONE})?").fullmatch
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T" + _CLOCK + _ZONE).fullmatch
_TIME = re.compile(_CLOCK).fullmatch
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*").fullmatch
_URI = re.compile(r"\S+").fullmatch
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]").search
# Repeats are bounded so that no text, however hostile, costs more than its length.
_ACTIVE_MARKUP = re.compile(
    r"<(?:script|iframe|object|embed|form|input|link|meta|base|style)\b|<!(?:DOCTYPE|ENTITY)"
    r"|[\s\"'/]on[a-z]{3,20}\s{0,9}=|(?:href|src)\s{0,9}=\s{0,9}[\"']?\s{0,9}(?:javascript|vbscript|data:text)",
    re.IGNORECASE,
).search
_LONGEST_STRING = 1024 * 1024
_EXPONENT = 300  # no measurement needs more, and every store and reader can hold this much

EXPECTED = {
    "base64Binary": "base64 text",
    "boolean": "true or false",
    "canonical": "a URL without spaces",
    "code": "a code without spaces at either end",
    "date": "a date as YYYY, YYYY-MM or YYYY-MM-DD",
    "dateTime": "a date, or a date and time with seconds and a time zone, such as 2024-03-01T09:30:00Z",
    "decimal": "a number",
    "id": "1 to 64 letters, digits, hyphens or full stops",
    "instant": "a date and time with seconds and a time zone, such as 2024-03-01T09:30:00Z",
    "integer": "a whole number between -2147483648 and 2147483647",
    "markdown": "text",
    "oid": "urn:oid: and numbers with full stops, such as urn:oid:1.2.3",
    "positiveInt": "a whole number of 1 or more",
    "string": "text of at least one visible character and at most one megabyte",
    "time": "a time as hh:mm:ss",
    "unsignedInt": "a whole number of 0 or more",
    "uri": "a URI without spaces",
    "url": "a URL without spaces",
    "uuid": "urn:uuid: and a UUID",
    "xhtml": "a <div> of plain XHTML, without scripts, forms or styles",
}


def refuse(kind: str, value: object, code: str = "format", reason: str = "") -> list[Issue]:
    if value is None:
        code, reason = "null", "is null"
    elif not reason and isinstance(value, str):
        reason = f"“{shown(value)}” is not a valid {kind}"
    elif not reason and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        reason = f"{shown(str(value))} is not a valid {kind}"
    elif not reason:
        code, reason = "wrong-type", f"is {json_kind(value)}, not a {kind}"
    return [Issue("", reason, EXPECTED[kind], code)]


def _exists(text: str) -> bool:
    """Whether the calendar has this day; the patterns alone would let 30 February and year 0 through."""
    try:
        calendar_date(int(text[:4]), int(text[5:7] or 1), int(text[8:10] or 1))
    except ValueError:
        return False
    return True


def _temporal(kind: str, matches: Callable[[str], object]) -> Check:
    def check(value: object) -> Problems:
        if type(value) is not str or not matches(value):
            return refuse(kind, value)
        if (value[8:10] > "28" or value[:3] == "000") and not _exists(value):
            return refuse(kind, value, "no-such-date", f"“{shown(value)}” is a day that does not exist")
        return None

    return check


def _pattern(kind: str, matches: Callable[[str], object]) -> Check:
    def check(value: object) -> Problems:
        return None if type(value) is str and matches(value) else refuse(kind, value)

    return check


def _instant_matches(text: str) -> bool:
    return bool(_INSTANT(text)) and bool(_DATE(text[:10]))


def string(value: object) -> Problems:
    if type(value) is not str:
        return refuse("string", value)
    if not value.isprintable() and _UNPRINTABLE(value):
        return refuse("string", value, "control-character", f"“{shown(value)}” holds a control character")
    if not value or value.isspace() or len(value) > _LONGEST_STRING:
        reason = "is longer than one megabyte" if len(value) > _LONGEST_STRING else "is empty"
        return refuse("string", value, "empty" if reason == "is empty" else "too-long", reason)
    return None


def boolean(value: object) -> Problems:
    return None if value is True or value is False else refuse("boolean", value, "wrong-type")


def code(value: object) -> Problems:
    if type(value) is str and value.isprintable() and _CODE(value):
        return None
    return refuse("code", value)


def uri(value: object) -> Problems:
    if type(value) is not str or not value.isprintable() or not _URI(value):
        return refuse("uri", value)
    if value.startswith("urn:"):
        if value.startswith("urn:oid:") and not _OID(value):
            return refuse("oid", value)
        if value.startswith("urn:uuid:") and not _UUID(value):
            return refuse("uuid", value)
    return None


def decimal(value: object) -> Problems:
    if type(value) is float:
        good = isfinite(value)
    elif type(value) is Decimal:
        good = value.is_finite() and -_EXPONENT < value.adjusted() < _EXPONENT
    elif type(value) is int:
        good = value.bit_length() < _EXPONENT
    elif type(value) is str and _DECIMAL_TEXT(value):
        return refuse("decimal", value, "wrong-type", f"“{shown(value)}” is text, not a number")
    else:
        good = False
    return None if good else refuse("decimal", value)


def _whole(kind: str, least: int, most: int = 2147483647) -> Check:
    def check(value: object) -> Problems:
        if type(value) is int and least <= value <= most:
            return None
        return refuse(kind, value)

    return check


def base64_binary(value: object) -> Problems:
    if type(value) is not str or not value.isascii():
        return refuse("base64Binary", value)
    try:
        binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except binascii.Error:
        return refuse("base64Binary", value)
    return None if value else refuse("base64Binary", value, "empty", "is empty")


def xhtml(value: object) -> Problems:
    problems = string(value)
    if problems or type(value) is not str:
        return problems
    text = value.strip()
    if not (text.startswith("<div") and text.endswith(("</div>", "/>"))):
        return refuse("xhtml", value, "format", "is not one <div> element")
    if _ACTIVE_MARKUP(text):
        return refuse("xhtml", value, "active-content", "holds a script, a form or other active content")
    return None


PRIMITIVES: dict[str, Check] = {
    "base64Binary": base64_binary,
    "boolean": boolean,
    "canonical": uri,
    "code": code,
    "date": _temporal("date", _DATE),
    "dateTime": _temporal("dateTime", _DATE_TIME),
    "decimal": decimal,
    "id": _pattern("id", _ID),
    "instant": _temporal("instant", _instant_matches),
    "integer": _whole("integer", -2147483648),
    "markdown": string,
    "oid": _pattern("oid", _OID),
    "positiveInt": _whole("positiveInt", 1),
    "string": string,
    "time": _pattern("time", _TIME),
    "unsignedInt": _whole("unsignedInt", 0),
    "uri": uri,
    "url": uri,
    "uuid": _pattern("uuid", _UUID),
    "xhtml": xhtml,
}
