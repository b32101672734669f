"""What a column of a CSV file may hold, and the value each cell stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from careweave.record.validation import nhs_number

Parse = Callable[[str], Any]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_SPACES = re.compile(r"\s+")
_PARTS = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%d": r"(?P<d>[0-9]{1,2})",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%f": r"(?P<f>[0-9]{1,6})",
}
_SPOKEN = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm", "%S": "ss", "%f": "ffffff"}
TYPES = ("text", "code", "date", "time", "integer", "decimal", "money", "nhs_number", "list", "id")


class Unfit(Exception):
    """The cell does not hold what its column should; `reason` completes "{column} …"."""

    def __init__(self, reason: str, expected: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how people call it, what it may hold, whether it must."""

    name: str
    called: str
    parse: Parse
    required: bool
    needed: bool
    """Whether the file must have the column at all."""
    aliases: tuple[str, ...] = ()


def parser(
    spec: Mapping[str, Any], codes: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, Any]
) -> Parse:
    """The reader of a column's cells, from its table in the mapping; `past` needs `today` among the defaults."""
    kind = spec.get("type", "text")
    allowed = codes[spec["codes"]] if "codes" in spec else None
    parse = _PARSERS[kind](spec, defaults)
    if spec.get("past"):
        parse = _past(parse, defaults["today"])
    if "pattern" in spec:
        parse = _matching(parse, spec["pattern"], spec.get("expected", f"the form {spec['pattern']}"))
    return _listed(parse, allowed) if allowed is not None else parse


def _text(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    longest = int(spec.get("longest", 10_000))

    def parse(cell: str) -> str:
        if _CONTROL(cell):
            raise Unfit("holds a control character", "plain text")
        if len(cell) > longest:
            raise Unfit("is too long", f"at most {longest} characters")
        return cell

    return parse


def _id(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    text = _text({"longest": 200}, defaults)
    return lambda cell: _SPACES.sub(" ", text(cell))


def _matching(parse: Parse, pattern: str, expected: str) -> Parse:
    fits = re.compile(pattern).fullmatch

    def matching(cell: str) -> Any:
        if not fits(cell):
            raise Unfit("is not written as it should be", expected)
        return parse(cell)

    return matching


def _past(parse: Parse, today: date) -> Parse:
    latest = today.isoformat()

    def past(cell: str) -> Any:
        value = parse(cell)
        if value[:10] > latest:
            raise Unfit("is in the future", "a date that is not in the future")
        return value

    return past


def _listed(parse: Parse, allowed: Mapping[str, Any]) -> Parse:
    shown = ", ".join(list(allowed)[:12]) + (f" and {len(allowed) - 12} more" if len(allowed) > 12 else "")

    def listed(cell: str) -> Any:
        value = parse(cell)
        if value not in allowed:
            raise Unfit("holds a code that is not in its list", f"one of {shown}")
        return value

    return listed


def _nhs_number(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    expected = "an NHS number with the right check digit, or nothing"

    def parse(cell: str) -> str:
        number = nhs_number.normalise(cell)
        if nhs_number.is_valid(number):
            return number
        ten = len(number) == 10 and number.isascii() and number.isdigit()
        raise Unfit("has the wrong check digit" if ten else "is not ten digits", expected)

    return parse


def _date(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    formats = _formats(spec, defaults, "dates")

    @lru_cache(maxsize=65536)
    def parse(cell: str) -> str:
        return _moment(cell, formats, "date").date().isoformat()

    return parse


def _time(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    formats = _formats(spec, defaults, "times")
    zone = ZoneInfo(str(spec.get("zone", defaults.get("zone", "Europe/London"))))

    @lru_cache(maxsize=8192)
    def parse(cell: str) -> str:
        moment = _moment(cell, formats, "date and time")
        if ":" not in cell:
            return moment.date().isoformat()
        zoned = moment.replace(tzinfo=UTC) if cell.endswith("Z") else moment.replace(tzinfo=zone)
        return zoned.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    return parse


def _formats(
    spec: Mapping[str, Any], defaults: Mapping[str, Any], key: str
) -> tuple[tuple[re.Pattern[str], ...], str]:
    given = spec.get("formats") or defaults.get(key) or []
    if not given:
        raise ValueError(f"a column of type {spec['type']} needs formats")
    spoken = [re.sub(r"%.", lambda m: _SPOKEN[m[0]], form) for form in given]
    patterns = tuple(re.compile(re.sub(r"%.", lambda m: _PARTS[m[0]], re.escape(form))) for form in given)
    return patterns, " or ".join(spoken)


def _moment(cell: str, formats: tuple[tuple[re.Pattern[str], ...], str], kind: str) -> datetime:
    patterns, spoken = formats
    for pattern in patterns:
        found = pattern.fullmatch(cell)
        if found:
            part = {name: int(value) for name, value in found.groupdict().items()}
            try:
                return datetime(  # noqa: DTZ001  the caller adds the zone
                    part["Y"], part["m"], part["d"], part.get("H", 0), part.get("M", 0), part.get("S", 0)
                )
            except ValueError:
                raise Unfit(f"is not a {kind} that exists", f"a real {kind} as {spoken}") from None
    raise Unfit(f"is not a {kind}", f"a {kind} as {spoken}")


def _integer(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    least, most = int(spec.get("least", -(2**31))), int(spec.get("most", 2**31 - 1))

    def parse(cell: str) -> int:
        try:
            number = int(cell)
        except ValueError:
            raise Unfit("is not a whole number", "a whole number") from None
        if not least <= number <= most:
            raise Unfit("is out of range", f"a whole number between {least} and {most}")
        return number

    return parse


def _decimal(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    def parse(cell: str) -> float | int | Decimal:
        try:
            exact = Decimal(cell)
        except InvalidOperation:
            raise Unfit("is not a number", "a number such as 12.5") from None
        if not exact.is_finite():
            raise Unfit("is not a number", "a number such as 12.5")
        near = float(cell)
        return near if repr(near) == cell else exact

    return parse


def _money(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    """Pounds as written become whole pence."""

    def parse(cell: str) -> int:
        plain = cell.removeprefix("£").replace(",", "").strip()
        try:
            pence = Decimal(plain) * 100
        except InvalidOperation:
            raise Unfit("is not an amount of money", "pounds and pence such as 123.45") from None
        if not pence.is_finite() or pence != pence.to_integral_value():
            raise Unfit("has more than two decimals", "pounds and pence such as 123.45")
        return int(pence)

    return parse


def _list(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> Parse:
    separator = str(spec.get("separator", ";")).strip()
    return lambda cell: [item.strip() for item in cell.split(separator) if item.strip()]


_PARSERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Parse]] = {
    "text": _text,
    "code": _text,
    "id": _id,
    "date": _date,
    "time": _time,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "nhs_number": _nhs_number,
    "list": _list,
}
