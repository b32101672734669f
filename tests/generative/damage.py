"""Damages resources in every way that programs and people do, the same way for the same number."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e\u0000",
    "x" * 70_000,
    "'; DROP TABLE record.resource; --",
    "<script>alert(1)</script>",
    "%s%n%(x)s",
    "../../etc/passwd",
    "NaN",
    "2026-02-30",
    "9999-99-99",
    "0000-00-00T00:00:00Z",
    "Patient/" + "9" * 64,
    "urn:uuid:not-one",
    "http://[::1",
    "Patient?identifier=",
    "Patient?_sort=name",
    "#",
    "#nothing",
    "é\u0301\u200b\U0001f9ea",
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, -0.0, 0.1, 3.0)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    [None],
    *ODD_TEXTS,
    *ODD_NUMBERS,
)
Damage = Callable[[random.Random, Any, Any], None]


def damaged(good: dict[str, Any], number: int) -> bytes:
    """A copy of the resource with one to four things wrong with it, as bytes that may not even be JSON."""
    chance = random.Random(number)
    body = json.loads(json.dumps(good))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _damage(chance, body)
        body = json.loads(json.dumps(body))  # what was repeated is not the same object
    raw = json.dumps(body).encode()
    return _damaged_bytes(chance, raw) if chance.random() < 0.15 else raw


def _damage(chance: random.Random, body: Any) -> None:
    holder, key = chance.choice(list(_places(body)) or [({}, "")])
    chance.choice(_WAYS)(chance, holder, key)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(items):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _drop(chance: random.Random, holder: Any, key: Any) -> None:
    if key in holder or isinstance(holder, list):
        del holder[key]


def _replace(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = chance.choice(ODD_VALUES)


def _wrap(chance: random.Random, holder: Any, key: Any) -> None:
    value = holder[key] if key in holder or isinstance(holder, list) else 1
    for _ in range(chance.choice((1, 1, 2, 120))):
        value = [value] if chance.random() < 0.5 else {"extension": value}
    holder[key] = value


def _repeat(chance: random.Random, holder: Any, key: Any) -> None:
    value = holder[key] if key in holder or isinstance(holder, list) else 1
    holder[key] = [value] * chance.choice((2, 3, 500))


def _rename(chance: random.Random, holder: Any, key: Any) -> None:
    name = chance.choice(
        (f"_{key}", str(key).upper(), f"{key}s", "resourceType", "id", "meta", "contained", "extension")
    )
    if isinstance(holder, dict) and key in holder:
        holder[name] = holder.pop(key)


def _twist(chance: random.Random, holder: Any, key: Any) -> None:
    value = holder[key] if key in holder or isinstance(holder, list) else ""
    if isinstance(value, str):
        at = chance.randrange(len(value) + 1)
        holder[key] = value[:at] + chance.choice(ODD_TEXTS[:16]) + value[at:]
    else:
        holder[key] = str(value)[:5000]


_WAYS: tuple[Damage, ...] = (_drop, _replace, _replace, _wrap, _repeat, _rename, _twist)


def _damaged_bytes(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw))
    match chance.randrange(7):
        case 0:
            return raw[:at]
        case 1:
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        case 2:
            return raw + raw[:at]
        case 3:
            return b"\xef\xbb\xbf" + raw
        case 4:
            return raw[:at] + b'{"extension":[' * 50_000 + raw[at:]
        case 5:
            return raw.decode().encode("utf-16")
        case _:
            return raw[:at] + raw[at : at + 40] * 3 + raw[at:]
