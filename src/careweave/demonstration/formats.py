"""The files that Riverside's organisations send, as `formats.toml` describes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Feed:
    """One file, or family of files, of one organisation."""

    id: str
    source: str
    path: str
    format: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    stamp: str
    patient: str
    dates: str
    labels: tuple[str, ...]
    types: tuple[str, ...]


@lru_cache(maxsize=1)
def feeds() -> Mapping[str, Feed]:
    return MappingProxyType({table["id"]: _feed(table) for table in _document()["feed"]})


def truth_columns(name: str) -> tuple[str, ...]:
    return tuple(_document()["truth"][name])


def _feed(table: Mapping[str, Any]) -> Feed:
    return Feed(
        id=table["id"],
        source=table["source"],
        path=table["path"],
        format=table["format"],
        columns=tuple(table.get("columns", ())),
        key=tuple(table.get("key", ())),
        stamp=table["stamp"],
        patient=table.get("patient", ""),
        dates=table.get("dates", ""),
        labels=tuple(table.get("labels", ())),
        types=tuple(table.get("types", ())),
    )


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    text = (files("careweave.demonstration") / "formats.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))
