"""Deleting without destroying: the next version of an entry says that it was taken back; which way, is data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition

TAG_SYSTEM = "https://careweave.org/fhir/CodeSystem/kept"
TAG_CODE = "deleted"
_TAG = {"system": TAG_SYSTEM, "code": TAG_CODE, "display": "Deleted, and kept as the law asks"}


@dataclass(frozen=True)
class Way:
    """The element that says that an entry no longer holds, its value, and what may not stand beside it."""

    element: str
    value: str | bool
    system: str
    without: tuple[str, ...]


@lru_cache(maxsize=8)
def _ways(on: date) -> dict[str, Way]:
    return {
        type_: Way(each["element"], each["value"], each.get("system", ""), tuple(each.get("without", ())))
        for each in load_definition("withdrawal", "ways", on).content["ways"]
        for type_ in each["types"]
    }


def withdrawn(body: dict[str, Any], on: date) -> dict[str, Any] | None:
    """The body of the version that takes this one back; None when its type has no way of saying so."""
    way = _ways(on).get(body["resourceType"])
    if way is None:
        return None
    kept = {key: value for key, value in body.items() if key not in way.without}
    kept[way.element] = {"coding": [{"system": way.system, "code": way.value}]} if way.system else way.value
    meta = {**body.get("meta", {})}
    tags = [tag for tag in meta.get("tag", []) if tag.get("system") != TAG_SYSTEM]
    return {**kept, "meta": {**meta, "tag": [*tags, _TAG]}}


def is_withdrawn(body: dict[str, Any]) -> bool:
    """Whether this version is the one that took the entry back."""
    tags = body.get("meta", {}).get("tag", [])
    return any(tag.get("system") == TAG_SYSTEM and tag.get("code") == TAG_CODE for tag in tags)
