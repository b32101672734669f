"""Reads the vendored FHIR R4 definitions (https://hl7.org/fhir/R4/); see NOTICE beside the data."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Element:
    minimum: int
    many: bool
    types: tuple[str, ...]
    targets: frozenset[str]  # resource types a Reference may point at; empty = any
    binding: str | None  # value set of a required binding


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    kind: str  # resource, complex, backbone
    elements: dict[str, Element]  # a choice is named as in the specification: value[x]


@cache
def _document() -> dict[str, Any]:
    raw = (files("careweave.record.fhir") / "definitions.json.gz").read_bytes()
    document: dict[str, Any] = json.loads(gzip.decompress(raw))
    return document


@cache
def resource_types() -> frozenset[str]:
    types = _document()["types"]
    return frozenset(name for name, described in types.items() if described["kind"] == "resource")


@cache
def shape(name: str) -> Shape | None:
    """The shape of a resource type, data type or nested element (`Patient.contact`); None if R4 has none."""
    described = _document()["types"].get(name)
    if described is None:
        return None
    elements = {field: _element(facts) for field, facts in described["elements"].items()}
    return Shape(name, described["kind"], elements)


def _element(facts: dict[str, Any]) -> Element:
    targets = frozenset(facts["targets"])
    return Element(
        minimum=facts["min"],
        many=facts["many"],
        types=tuple(dict.fromkeys(facts["types"])),
        targets=frozenset() if "Resource" in targets else targets,
        binding=facts["binding"],
    )


@cache
def closed_codes(value_set: str) -> frozenset[tuple[str, str]] | None:
    """(system, code) pairs of a closed value set; None when anyone may add codes to it."""
    systems = _document()["codes"].get(value_set)
    if systems is None:
        return None
    return frozenset((system, code) for system, codes in systems.items() for code in codes)
