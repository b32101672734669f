"""Lists the elements that FHIR R4 (4.0.1) counts as a summary, for `_summary=true`.

    python tools/build_fhir_summaries.py DEFINITIONS_FOLDER

The folder holds the specification's own profiles-resources, gzipped (https://hl7.org/fhir/R4/downloads.html, CC0).
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "src/careweave/record/fhir/summaries.json.gz"


def main(folder: Path) -> None:
    with gzip.open(folder / "profiles-resources.json.gz", "rt") as file:
        structures = [entry["resource"] for entry in json.load(file)["entry"]]
    found: dict[str, list[str]] = {}
    for structure in structures:
        if structure["resourceType"] != "StructureDefinition" or structure["kind"] != "resource":
            continue
        for element in structure["snapshot"]["element"][1:]:
            parent, _, field = element["path"].rpartition(".")
            if element.get("isSummary") and element["max"] != "0" and not structure["abstract"]:
                found.setdefault(parent, []).append(field)
    text = json.dumps(dict(sorted(found.items())), separators=(",", ":"))
    OUTPUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(found)} shapes, {OUTPUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
