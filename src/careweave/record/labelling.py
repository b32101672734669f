"""Which sensitivity labels a sender's own security labels stand for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition

KIND = "intake-labels"


@lru_cache(maxsize=8)
def _label_of(on: date) -> Mapping[tuple[str, str], tuple[str, ...]]:
    table: dict[tuple[str, str], tuple[str, ...]] = {}
    for group in load_definition(KIND, "security-labels", on).content["labels"]:
        for code in group["codes"]:
            table[group["system"], code] = tuple(group["labels"])
    return table


def labels_of(body: Mapping[str, Any], on: date) -> tuple[str, ...]:
    """The labels for `meta.security`; a confidentiality of restricted or very restricted holds back everything."""
    meta: Any = body.get("meta")
    security = meta.get("security") if isinstance(meta, dict) else None
    if not security:
        return ()
    known = _label_of(on)
    codings = [(each.get("system", ""), each.get("code", "")) for each in security if isinstance(each, dict)]
    return tuple(sorted({label for coding in codings for label in known.get(coding, ())}))
