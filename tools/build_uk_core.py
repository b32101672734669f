"""Condenses the UK Core profiles (HL7 UK) into the file by which resources that claim one are checked.

    python tools/build_uk_core.py FOLDER_OF_STRUCTURE_DEFINITIONS

Kept: cardinality, fixed values, types of a choice, and slices that a value tells apart (identifier systems, codes,
extension addresses). Left out: bindings, FHIRPath invariants, narrative and mappings.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "src/careweave/record/validation/uk_core.json.gz"
RELEASE = "UK Core STU3 sequence, NHSDigital/FHIR-R4-UKCORE-STAGING-MAIN at 3d2827e, 20 June 2025"

Json = dict[str, Any]


def main(folder: Path) -> None:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("UKCore-*.json"))]
    by_url = {each["url"]: each for each in found}
    profiles = {url: _profile(each, by_url) for url, each in sorted(by_url.items())}
    text = json.dumps({"release": RELEASE, "profiles": profiles}, separators=(",", ":"), sort_keys=True)
    OUTPUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    rules = sum(len(each["elements"]) for each in profiles.values())
    print(f"{len(profiles)} profiles, {rules} elements with rules, {OUTPUT.stat().st_size:,} bytes")


def _profile(structure: Json, by_url: dict[str, Json]) -> Json:
    elements: dict[str, Json] = {}
    for each in _line(structure, by_url):  # the base first: what a profile says wins over its base
        for element in each["differential"]["element"][1:]:
            id_ = element["id"].partition(".")[2]
            elements.setdefault(id_, {}).update(_rules(element))
    for id_, rules in elements.items():
        if ":" in id_.rpartition(".")[2]:
            rules["by"] = _discriminated(id_, rules, elements)
    kept = {id_: _plain(rules) for id_, rules in elements.items()}
    kept = {id_: rules for id_, rules in kept.items() if rules and rules.get("by", True) is not None}
    return {
        "version": structure["version"],
        "type": structure["type"],
        "elements": kept,
    }


def _line(structure: Json, by_url: dict[str, Json]) -> list[Json]:
    base = by_url.get(structure["baseDefinition"])
    return [*(_line(base, by_url) if base else []), structure]


def _rules(element: Json) -> Json:
    rules: Json = {name: element[name] for name in ("min", "max", "slicing") if name in element}
    for name, value in element.items():
        if name.startswith(("fixed", "pattern")):
            rules["fixed"] = value
        if name == "type" and element["path"].endswith("[x]"):
            rules["types"] = [kind["code"] for kind in value]
        if name == "type" and element["path"].endswith("xtension"):
            rules["url"] = next((kind["profile"][0] for kind in value if kind.get("profile")), None)
    return rules


def _discriminated(id_: str, rules: Json, elements: dict[str, Json]) -> list[list[str]] | None:
    """What tells a slice from its neighbours, as path and value; None when a value does not."""
    if rules.get("url"):
        return [["url", rules["url"]]]
    parent = id_.rpartition(":")[0]
    slicing = elements.get(parent, {}).get("slicing", {})
    paths = [each["path"] for each in slicing.get("discriminator", [])] or ["system"]
    values = [[path, _fixed(f"{id_}.{path}", elements)] for path in paths]
    return values if all(value for _, value in values) else None


def _fixed(id_: str, elements: dict[str, Json]) -> str | None:
    """Of this element, or of the same one outside the slices around it: component.code.coding:loinc.system."""
    around, _, last = id_.rpartition(":")
    plain = ".".join(step.partition(":")[0] for step in around.split(".")) + f":{last}"
    found = elements.get(id_, {}).get("fixed") or elements.get(plain, {}).get("fixed")
    return str(found) if found else None


def _plain(rules: Json) -> Json:
    kept = {name: rules[name] for name in ("min", "fixed", "types") if rules.get(name)}
    if "by" in rules:
        kept["by"] = rules["by"]
    if rules.get("max", "*") != "*":
        kept["max"] = int(rules["max"])
    if rules.get("slicing", {}).get("rules") == "closed":
        kept["closed"] = True
    return kept


if __name__ == "__main__":
    main(Path(sys.argv[1]))
