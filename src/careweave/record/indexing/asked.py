"""Reads one value of a search parameter: escapes, codes, references, dates (https://hl7.org/fhir/R4/search.html)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from careweave.record.fhir import Interval, interval, resource_types
from careweave.record.indexing.parameters import Parameter
from careweave.record.indexing.query import CONDITIONS, Amount
from careweave.record.indexing.values import Coded
from careweave.record.validation.primitives import PRIMITIVES

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_TYPED = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})").fullmatch
_URL = re.compile(r"(?:https?://|urn:)\S+").fullmatch
_MINUTE = re.compile(r"([0-9-]{10}T[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?").fullmatch
_UNZONED = re.compile(r"[0-9-]{10}T[0-9:.]+").fullmatch
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_SYSTEMATIC = {"CodeableConcept", "Coding", "Identifier"}


class Unreadable(ValueError):
    """The value cannot be what the parameter asks for; the message is for the asker."""


def split(text: str, separator: str) -> list[str]:
    r"""At the separators that no backslash protects; `\,` and `\|` stay escaped for the next step."""
    parts, part, escaped = [], "", False
    for letter in text:
        if letter == separator and not escaped:
            parts.append(part)
            part = ""
            continue
        escaped = letter == "\\" and not escaped
        part += letter
    return [*parts, part]


def plain(text: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", text)


def code(text: str, parameter: Parameter) -> Coded:
    parts = [plain(part) for part in split(text, "|")]
    if len(parts) > 2:
        raise Unreadable(f"“{text}” has more than one |; write a | inside a code as \\|")
    if not parts[-1]:
        raise Unreadable("a system alone is not searched; give system|code")
    types = {value_type for _, value_type in parameter.paths}
    if len(parts) == 2 and not types & _SYSTEMATIC:
        raise Unreadable("these codes have no system; give the code alone")
    if types == {"boolean"} and parts[-1] not in ("true", "false"):
        raise Unreadable(f"“{text}” is not true or false")
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


def pair(text: str) -> Coded:
    """An identifier: `system|value`, or the value alone."""
    parts = [plain(part) for part in split(text, "|")]
    if len(parts) > 2 or not parts[-1]:
        raise Unreadable(f"“{text}” is not an identifier; give system|value")
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


def typed(text: str, parameter: Parameter) -> tuple[str, str, str]:
    """An identifier of a type: all three of `system|code|value`."""
    parts = [plain(part) for part in split(text, "|")]
    if {value_type for _, value_type in parameter.paths} != {"Identifier"}:
        raise Unreadable("only an identifier has a type")
    if len(parts) != 3 or not all(parts):
        raise Unreadable(f"“{text}” is not system|code|value of an identifier")
    return parts[0], parts[1], parts[2]


def words(text: str) -> str:
    """What a code is called, as it is compared: from its start, whatever the case."""
    if not text.strip():
        raise Unreadable("has an empty value")
    return plain(text).lower()


def amount(text: str, *, has_unit: bool) -> Amount:
    """`[prefix]number`, for a quantity also `|system|unit`; the digits written say how exactly it is meant."""
    parts = [plain(part) for part in split(text, "|")]
    prefix = parts[0][:2] if parts[0][:2] in CONDITIONS else "eq"
    written = parts[0][2:] if parts[0][:2] in CONDITIONS else parts[0]
    if not _NUMBER(written):
        raise Unreadable(f"“{written}” is not a number")
    if len(parts) not in ((1, 3) if has_unit else (1,)):
        raise Unreadable(f"“{text}” is not a number" + (" or number|system|unit" if has_unit else ""))
    value = Decimal(written)
    half = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    if prefix == "ap":
        half = max(half, abs(value) / 10)
    system, unit = (parts[1], parts[2]) if len(parts) == 3 else ("", "")
    return Amount(prefix, value, value - half, value + half, system, unit)


def code_and_value(text: str, parameter: Parameter) -> tuple[Coded, Coded | Amount]:
    """A composite: `code$value`."""
    parts = split(text, "$")
    if len(parts) != 2 or not all(parts):
        raise Unreadable(f"“{text}” is not code$value")
    is_amount = any("uantity" in path for _, _, paths in parameter.pairs for path in paths)
    second = amount(parts[1], has_unit=True) if is_amount else pair(parts[1])
    return pair(parts[0]), second


def references(text: str, parameter: Parameter, kind: str | None) -> list[str]:
    """Every reference the text may mean: a bare id may be of any type the parameter points at."""
    text = plain(text)
    targets = (kind,) if kind else parameter.targets
    typed = _TYPED(text)
    if typed and typed[1] in resource_types():
        if targets and typed[1] not in targets:
            raise Unreadable(f"“{text}” is not a reference to {', '.join(targets)}")
        return [text]
    if _URL(text):
        return [text]
    if not _ID(text):
        raise Unreadable(f"“{text}” is not a reference; give Type/id")
    if not targets:
        raise Unreadable("this may point at any type; give Type/id")
    return [f"{target}/{text}" for target in targets]


def comparison(text: str) -> tuple[str, Interval]:
    prefix = text[:2] if text[:2] in CONDITIONS else "eq"
    if text[:2].isalpha() and text[:2] not in CONDITIONS:
        raise Unreadable(f"“{text[:2]}” is not a prefix; use {', '.join(CONDITIONS)}")
    written = text[2:] if text[:2] in CONDITIONS else text
    asked = _asked_interval(written)
    if asked is None:
        raise Unreadable(f"“{written}” is not a date; write YYYY, YYYY-MM, YYYY-MM-DD or a date with a time")
    if prefix == "ap":  # about: as much again on either side
        width = asked.end - asked.start
        asked = Interval(asked.start - width, asked.end + width)
    return prefix, asked


def _asked_interval(text: str) -> Interval | None:
    """A search may leave out seconds and zone, which a resource may not; without a zone it means London."""
    minute = _MINUTE(text)
    full = f"{minute[1]}:00{minute[2] or ''}" if minute else text
    zoned = f"{full}Z" if _UNZONED(full) else full
    if PRIMITIVES["dateTime"](zoned) is not None:
        return None
    found = interval(full)
    if found is None or found.start.year < 1800 or found.end.year > 9000:
        return None
    return Interval(found.start, found.start + timedelta(minutes=1)) if minute else found
