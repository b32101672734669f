"""The order of an answer, and where its next page begins: sealed, for this search of this actor alone."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..actor import SearchError
from ..door import Door, session_key
from ..indexing.parameters import parameters_of
from ..indexing.query import Sort
from .body import json_path
from .scope import Row, Values

# What a reader may change from page to page without beginning again.
_FREE = frozenset({"_count", "_total", "_totalMethod", "_summary", "_elements", "_format", "_pretty"})
_NONCE = 12


@dataclass(frozen=True)
class Key:
    """One key of the order: never NULL, so that pages follow each other without gaps."""

    sql: str
    type: str
    descending: bool

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"


def keys(sort: Sequence[Sort], row: Row) -> list[Key]:
    """The keys asked for, then the id, which makes the order a strict one; nothing comes behind an id."""
    found: list[Key] = []
    for each in sort:
        if each.key == "_id":
            return [*found, Key(f"{row.name}.id", "uuid", each.descending)]
        found.append(_key(each, row))
    return [*found, Key(f"{row.name}.id", "uuid", bool(sort) and sort[0].descending)]


def _key(sort: Sort, row: Row) -> Key:
    kind, _, name = sort.key.partition(":")
    if kind in ("_lastUpdated", "starts"):
        column = "updated" if kind == "_lastUpdated" else "starts"
        return Key(f"coalesce({row.name}.{column}, '-infinity')", "timestamptz", sort.descending)
    if kind == "date":
        dates = f"jsonb_array_elements({row.name}.extra -> 'd' -> '{name}') AS d"
        first = f"(SELECT min((d ->> 0)::timestamptz) FROM {dates})"
        return Key(f"coalesce({first}, '-infinity')", "timestamptz", sort.descending)
    if kind == "text":
        text = f"{row.name}.extra -> 's' -> '{name}' ->> 0"
    elif kind == "code":
        (path, value_type), *_ = parameters_of(row.type)[name].paths
        inner = {"CodeableConcept": ("coding", "code"), "Coding": ("code",)}.get(value_type, ())
        text = f"jsonb_path_query_first({row.name}.body, '{json_path((*path, *inner))}') #>> '{{}}'"
    else:
        text = f"{row.name}.extra -> 'k' ->> '{kind}'"
    return Key(f"coalesce({text}, '')", "text", sort.descending)


def after(order: Sequence[Key], place: Sequence[str], values: Values) -> str:
    """Everything behind a place in this order."""
    held = [f"{values.add(value)}::{key.type}" for key, value in zip(order, place, strict=True)]
    ways = []
    for number, key in enumerate(order):
        same = [f"{before.sql} = {held[n]}" for n, before in enumerate(order[:number])]
        beyond = f"{key.sql} {'<' if key.descending else '>'} {held[number]}"
        ways.append(f"({' AND '.join((*same, beyond))})")
    return f"({' OR '.join(ways)})"


def write_cursor(door: Door, search: Sequence[str], place: Sequence[str]) -> str:
    """Sealed, because the place holds names and dates of birth, and because a bent one must not open anything."""
    nonce = os.urandom(_NONCE)
    sealed = _box().encrypt(nonce, json.dumps(list(place)).encode(), _bound(door, search))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def read_cursor(door: Door, search: Sequence[str], cursor: str, length: int) -> list[str]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = json.loads(_box().decrypt(raw[:_NONCE], raw[_NONCE:], _bound(door, search)))
    except (ValueError, InvalidTag):
        place = []
    if len(place) != length:
        raise SearchError(
            "cursor", "this is not a cursor that was given out for this search; start the search again"
        )
    return [str(each) for each in place]


def _box() -> AESGCM:
    return AESGCM(hashlib.blake2b(session_key().key, digest_size=32, person=b"search cursor").digest())


def _bound(door: Door, search: Sequence[str]) -> bytes:
    actor = (door.actor.id, door.actor.role, door.actor.organisation, door.purpose.value)
    return json.dumps([actor, list(search)]).encode()


def named(type_: str, params: Sequence[tuple[str, str]]) -> list[str]:
    """What makes a search the same one on its next page."""
    return [type_, *sorted(f"{name}={value}" for name, value in params if name not in _FREE)]
