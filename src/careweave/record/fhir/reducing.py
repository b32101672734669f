"""Parts of a resource: its summary, its text, its data, or named elements (https://hl7.org/fhir/R4/search.html#summary)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Any

from careweave.record.fhir.definitions import shape

_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


@cache
def _summaries() -> dict[str, frozenset[str]]:
    raw = (files("careweave.record.fhir") / "summaries.json.gz").read_bytes()
    return {path: frozenset(names) for path, names in json.loads(gzip.decompress(raw)).items()}


def reduced(body: dict[str, Any], *, summary: str = "", elements: Collection[str] = ()) -> dict[str, Any]:
    """A copy with only what was asked for, and the tag that says so; mandatory elements always stay."""
    type_ = str(body.get("resourceType"))
    if elements:
        made = _only(body, {*elements} | _mandatory(type_))
    elif summary == "true":
        made = _summary(body, type_)
    elif summary == "text":
        made = _only(body, {"text"} | _mandatory(type_))
    elif summary == "data":
        made = {name: value for name, value in body.items() if name != "text"}
    else:
        return body
    meta = {**made.get("meta", {})}
    meta["tag"] = [*(tag for tag in meta.get("tag", []) if tag != _SUBSETTED), _SUBSETTED]
    head: dict[str, Any] = {name: made[name] for name in ("resourceType", "id") if name in made}
    return {
        **head,
        "meta": meta,
        **{name: value for name, value in made.items() if name not in (*head, "meta")},
    }


def _only(body: dict[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name in _ALWAYS or _named(name, wanted)}


def _named(name: str, wanted: Collection[str]) -> bool:
    """`_birthDate` goes with birthDate; `valueQuantity` with value and with value[x]."""
    plain = name.removeprefix("_")
    if plain in wanted:
        return True
    stems = (each.removesuffix("[x]") for each in wanted)
    return any(
        plain.startswith(stem) and plain[len(stem) : len(stem) + 1].isupper() for stem in stems if stem
    )


@cache
def _mandatory(type_: str) -> frozenset[str]:
    described = shape(type_)
    elements = described.elements.items() if described else ()
    return frozenset(name for name, element in elements if element.minimum)


def _summary(value: dict[str, Any], path: str) -> dict[str, Any]:
    wanted = _summaries().get(path, frozenset()) | _mandatory(path)
    made = _only(value, wanted)
    for name in made:
        inner = f"{path}.{name}"
        if inner in _summaries():  # a nested part of this type has a summary of its own
            made[name] = _each(made[name], inner)
    return made


def _each(value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_each(item, path) for item in value]
    return _summary(value, path) if isinstance(value, dict) else value
