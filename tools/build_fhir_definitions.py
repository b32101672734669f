"""Condenses the published FHIR R4 (4.0.1) definitions into the two files that the record reads.

    python tools/build_fhir_definitions.py DEFINITIONS_FOLDER

The folder holds the specification's own bundles, gzipped: profiles-types, profiles-resources, valuesets,
v3-codesystems (https://hl7.org/fhir/R4/downloads.html, CC0). Run it again only for a new FHIR release.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "src/careweave/record/fhir/definitions.json.gz"
FHIR_VERSION = "4.0.1"
SYSTEM_TYPES = "http://hl7.org/fhirpath/System."
REAL_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
# Element.id and Extension.url carry a System type; the specification says in JSON they are string and uri.
SIMPLE_QUANTITY = "http://hl7.org/fhir/StructureDefinition/SimpleQuantity"
# Codes that belong to bodies outside HL7 and are open or very large: their form is checked, not their value.
OPEN_SYSTEMS = {
    "urn:ietf:bcp:13",
    "urn:ietf:bcp:47",
    "http://unitsofmeasure.org",
    "http://snomed.info/sct",
    "http://loinc.org",
}

Json = dict[str, Any]


def main(folder: Path) -> None:
    structures = list(_structures(folder))
    terminology = Terminology(folder)
    types: dict[str, Json] = {}
    for structure in structures:
        types |= _types_of(structure)
    elements = [element for kind in types.values() for element in kind["elements"].values()]
    bindings = sorted({element["binding"] for element in elements if element["binding"]})
    codes = {url: terminology.expand(url) for url in bindings}
    document = {
        "version": FHIR_VERSION,
        "types": dict(sorted(types.items())),
        "codes": {url: found for url, found in codes.items() if found is not None},
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    OUTPUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    resources = sum(kind["kind"] == "resource" for kind in types.values())
    unknown = sorted(url for url, found in codes.items() if found is None)
    print(f"{resources} resource types, {len(types)} shapes, {len(document['codes'])} closed code sets")
    print(f"{OUTPUT.stat().st_size:,} bytes; open code sets, checked for form only: {unknown}")


def _bundle(folder: Path, name: str) -> list[Json]:
    with gzip.open(folder / f"{name}.json.gz", "rt") as file:
        return [entry["resource"] for entry in json.load(file)["entry"]]


def _structures(folder: Path) -> Iterator[Json]:
    for resource in _bundle(folder, "profiles-types") + _bundle(folder, "profiles-resources"):
        if resource["resourceType"] != "StructureDefinition" or resource["abstract"]:
            continue
        # The package also carries a few types of later releases; R4 senders cannot mean them.
        if resource.get("fhirVersion") == FHIR_VERSION and resource["kind"] != "primitive-type":
            yield resource


def _types_of(structure: Json) -> dict[str, Json]:
    """One shape for the type itself and one for each of its nested (backbone) elements."""
    name = structure["id"]
    shapes: dict[str, Json] = {name: {"kind": structure["kind"].removesuffix("-type"), "elements": {}}}
    for element in structure["snapshot"]["element"][1:]:
        if structure["kind"] == "resource" and element["path"] == f"{structure['type']}.id":
            element["type"] = [{"code": "id"}]  # the published snapshots say string here, the text says id
        path = element["path"].replace(structure["type"], name, 1)
        parent, _, field = path.rpartition(".")
        if element["max"] == "0" or parent not in shapes:
            continue
        described = _element(element, path, shapes)
        shapes[parent]["elements"][field] = described
    return shapes


def _element(element: Json, path: str, shapes: dict[str, Json]) -> Json:
    types, targets = _value_types(element, path)
    if path in types:
        shapes[path] = {"kind": "backbone", "elements": {}}
    binding = element.get("binding", {})
    required = binding.get("strength") == "required" and "valueSet" in binding
    return {
        "min": element["min"],
        "many": element["max"] == "*",
        "types": types,
        "targets": targets,
        "binding": binding["valueSet"].split("|")[0] if required else None,
    }


def _value_types(element: Json, path: str) -> tuple[list[str], list[str]]:
    if "contentReference" in element:
        return [element["contentReference"].removeprefix("#")], []
    types, targets = [], []
    for kind in element["type"]:
        code = kind["code"]
        if code.startswith(SYSTEM_TYPES):
            code = next(e["valueUrl"] for e in kind["extension"] if e["url"] == REAL_TYPE)
        if code in ("BackboneElement", "Element"):
            code = path
        if SIMPLE_QUANTITY in kind.get("profile", []):
            code = "SimpleQuantity"
        if code == "Reference":
            targets += [url.rpartition("/")[2] for url in kind.get("targetProfile", [])]
        types.append(code)
    return types, targets


class Terminology:
    """Expands value sets that the specification itself closes; None means open-ended."""

    def __init__(self, folder: Path) -> None:
        self.sets: dict[str, Json] = {}
        self.systems: dict[str, Json] = {}
        for resource in _bundle(folder, "valuesets") + _bundle(folder, "v3-codesystems"):
            shelf = self.sets if resource["resourceType"] == "ValueSet" else self.systems
            shelf.setdefault(resource["url"], resource)

    def expand(self, url: str) -> dict[str, list[str]] | None:
        if url not in self.sets:
            return None
        found: dict[str, set[str]] = {}
        compose = self.sets[url].get("compose", {})
        for include in compose.get("include", []):
            part = self._part(include)
            if part is None:
                return None
            for system, codes in part.items():
                found.setdefault(system, set()).update(codes)
        for exclude in compose.get("exclude", []):
            for system, codes in (self._part(exclude) or {}).items():
                found.get(system, set()).difference_update(codes)
        return {system: sorted(codes) for system, codes in sorted(found.items())}

    def _part(self, include: Json) -> dict[str, set[str]] | None:
        imported = [self.expand(url.split("|")[0]) for url in include.get("valueSet", [])]
        if any(part is None for part in imported):
            return None
        if "system" not in include:
            return {system: set(codes) for part in imported for system, codes in (part or {}).items()}
        return self._from_system(include)

    def _from_system(self, include: Json) -> dict[str, set[str]] | None:
        system = include["system"]
        if "concept" in include:
            return {system: {concept["code"] for concept in include["concept"]}}
        if system in OPEN_SYSTEMS or self.systems.get(system, {}).get("content") != "complete":
            return None
        chosen = dict(_concepts(self.systems[system]["concept"], ()))
        for condition in include.get("filter", []):
            if condition["op"] not in ("is-a", "descendent-of") or condition["property"] != "concept":
                return None
            own = condition["op"] == "is-a"
            ancestor = condition["value"]
            chosen = {c: line for c, line in chosen.items() if ancestor in line or (own and c == ancestor)}
        return {system: set(chosen)}


def _concepts(concepts: list[Json], line: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for concept in concepts:
        properties = concept.get("property", [])
        parents = tuple(p["valueCode"] for p in properties if p["code"] == "subsumedBy")
        yield concept["code"], line + parents
        yield from _concepts(concept.get("concept", []), (*line, concept["code"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
