"""JSON in and out without losing anything: 72.50 stays 72.50, and no duplicate key disappears unseen."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

import orjson

LIMIT = 16 * 1024 * 1024
MAX_DEPTH = 254  # far deeper than any resource; what can be read can then also be written
_INT_DIGITS = 18  # more may not fit 64 bits: kept as Decimal


class Malformed(ValueError):
    """These bytes are not one JSON object; the reason is fit to show to whoever sent them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(raw: bytes, *, limit: int = LIMIT) -> dict[str, Any]:
    """One JSON object. Numbers a float cannot hold exactly as written come as Decimal."""
    if len(raw) > limit:
        raise Malformed(f"is {len(raw):,} bytes long; at most {limit:,} are accepted")
    document = _quick(raw)
    if document is None:
        document = _careful(raw)
    if not isinstance(document, dict):
        raise Malformed("is not a JSON object in { }")
    return document


def write(document: Any, *, sort_keys: bool = False, indent: bool = False) -> bytes:
    """The document as compact JSON, every number with the digits it came with."""
    option = (orjson.OPT_SORT_KEYS if sort_keys else 0) | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(document, default=_number, option=option)


def _number(value: object) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} has no place in a resource")


def _quick(raw: bytes) -> Any:
    """Written back byte for byte means that nothing was lost: no duplicate key, no changed number."""
    try:
        document = orjson.loads(raw)
        return document if orjson.dumps(document) == raw else None
    except (orjson.JSONDecodeError, TypeError):
        return None


def _careful(raw: bytes) -> Any:
    text = _text(raw)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_float=Decimal,
            parse_int=_whole,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as fault:
        raise Malformed(_where(fault)) from None
    except ArithmeticError:
        raise Malformed("holds a number too large to keep") from None
    except RecursionError:
        raise Malformed(f"is nested more than {MAX_DEPTH} levels deep") from None
    _check_depth(document)
    return document


def _text(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or raw[:1] == b"\0" or raw[1:2] == b"\0":
        raise Malformed("is encoded as UTF-16 or UTF-32; JSON here must be UTF-8")
    if b"\0" in raw:
        raise Malformed(f"holds an embedded NUL at byte {raw.index(0):,}")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as fault:
        raise Malformed(f"is not UTF-8: byte {fault.start:,} is 0x{raw[fault.start]:02x}") from None


def _where(fault: json.JSONDecodeError) -> str:
    ended = fault.pos >= len(fault.doc.rstrip()) or fault.msg.startswith("Unterminated string")
    what = "ends too early" if ended else f"is not JSON: {fault.msg}"
    return f"{what} (line {fault.lineno}, column {fault.colno})"


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Malformed(f"has the key {twice!a} twice in one object")
    return found


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _INT_DIGITS else Decimal(digits)


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"holds {name}, which is not a JSON number")


def _check_depth(document: Any) -> None:
    level, depth = [document], 0
    while level:
        if depth >= MAX_DEPTH:
            raise Malformed(f"is nested more than {MAX_DEPTH} levels deep")
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [
            child
            for items in inner
            if not isinstance(items, str)
            for child in items
            if isinstance(child, dict | list)
        ]
        depth += 1
