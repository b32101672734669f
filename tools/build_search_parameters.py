"""Chooses the search parameters the record supports from the FHIR R4 list and resolves their paths.

    python tools/build_search_parameters.py DEFINITIONS_FOLDER

Reads search-parameters.json.gz (https://hl7.org/fhir/R4/downloads.html, CC0) and the condensed definitions;
writes src/careweave/record/indexing/parameters.json. Left out: sounds-alike names, composites other than a
code with its value, and expressions that need more than a path.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from careweave.record.fhir import resource_types, shape

OUTPUT = Path(__file__).parent.parent / "src/careweave/record/indexing/parameters.json"
TYPES = [
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "ClinicalImpression",
    "Communication",
    "Composition",
    "Condition",
    "Consent",
    "Coverage",
    "Device",
    "DeviceRequest",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "HealthcareService",
    "ImagingStudy",
    "Immunization",
    "List",
    "Location",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RiskAssessment",
    "Schedule",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "Task",
]
KINDS = {"token", "reference", "date", "string", "quantity", "number", "uri"}
# Unions of other parameters, or rarely asked and large.
LEFT_OUT = re.compile(
    r"phonetic|.*-canonical|signature-type|related-id|telecom|order-detail|address-(state|country|use)|instance|series|dicom-class"
)
# The union of these; a blood pressure says its codes in its components.
EITHER = {
    "combo-code": ["code", "component-code"],
    "combo-value-concept": ["value-concept", "component-value-concept"],
    "combo-data-absent-reason": ["data-absent-reason", "component-data-absent-reason"],
}
_WHOLE = [{"at": "", "code": "code"}]
_PART = [{"at": "component", "code": "code"}]
COMPOSITE = {
    "code-value-quantity": (_WHOLE, ["valueQuantity"]),
    "code-value-concept": (_WHOLE, ["valueCodeableConcept"]),
    "component-code-value-quantity": (_PART, ["valueQuantity"]),
    "component-code-value-concept": (_PART, ["valueCodeableConcept"]),
    "combo-code-value-quantity": (_WHOLE + _PART, ["valueQuantity"]),
    "combo-code-value-concept": (_WHOLE + _PART, ["valueCodeableConcept"]),
}
# Strings are kept for names and addresses only: free text of care is not searched by this index.
STRING_TYPES = {
    "HealthcareService",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "Questionnaire",
    "RelatedPerson",
}
READ_AS = {
    "token": {"CodeableConcept", "Coding", "Identifier", "ContactPoint", "code", "boolean", "id", "string"},
    "reference": {"Reference"},
    "date": {"date", "dateTime", "instant", "Period"},
    "string": {"string", "HumanName", "Address"},
    "quantity": {"Quantity", "Age", "Duration", "Count", "Distance", "SimpleQuantity"},
    "number": {"decimal", "integer", "positiveInt", "unsignedInt"},
    "uri": {"uri", "url", "canonical"},
}
PLAIN = re.compile(r"[A-Z]\w+((?:\.\w+)+)")
CAST = re.compile(r"\(?[A-Z]\w+((?:\.\w+)+?)(?: as |\.as\()(\w+)\)")
FILTERED = re.compile(r"[A-Z]\w+((?:\.\w+)+)\.where\((?:resolve\(\) is (\w+)|system='(\w+)')\)")

Json = dict[str, Any]


def main(folder: Path) -> None:
    with gzip.open(folder / "search-parameters.json.gz", "rt") as file:
        published = [entry["resource"] for entry in json.load(file)["entry"]]
    table = {kind: dict(sorted(_of_type(kind, published))) for kind in TYPES}
    for parameters in table.values():
        _share_tokens(parameters)
    rows = ",\n".join(f"{json.dumps(kind)}: {{\n{_lines(table[kind])}\n}}" for kind in TYPES)
    OUTPUT.write_text(f"{{\n{rows}\n}}\n")
    print(
        f"{sum(map(len, table.values()))} parameters of {len(table)} types; {OUTPUT.stat().st_size:,} bytes"
    )


def _lines(parameters: Json) -> str:
    return ",\n".join(f"  {json.dumps(name)}: {json.dumps(facts)}" for name, facts in parameters.items())


def _of_type(kind: str, published: list[Json]) -> list[tuple[str, Json]]:
    found = []
    for parameter in published:
        code = parameter["code"]
        if kind not in parameter["base"] or parameter["type"] not in KINDS or LEFT_OUT.fullmatch(code):
            continue
        if parameter["type"] == "string" and kind not in STRING_TYPES:
            continue
        described = _described(kind, parameter)
        if code in EITHER:
            described["either"] = EITHER[code]
        if described["paths"]:
            found.append((code, described))
    if kind == "Observation":
        for code, (places, values) in COMPOSITE.items():
            pairs = [{**place, "value": values} for place in places]
            found.append((code, {"kind": "composite", "paths": [], "pairs": pairs}))
    return found


def _described(kind: str, parameter: Json) -> Json:
    described: Json = {"kind": parameter["type"], "paths": []}
    for part in parameter["expression"].split(" | "):
        if not re.match(rf"\(?{kind}\b", part):
            continue
        steps, cast, target, system = _taken_apart(part)
        for path, value_type, targets in _resolved(kind, steps, cast):
            if value_type not in READ_AS[parameter["type"]]:
                continue
            described["paths"].append([path, value_type])
            if target:
                described["targets"] = [target]
            elif value_type == "Reference" and targets != resource_types():
                described["targets"] = sorted(targets)
        if target:
            described["only"] = True
        if system:
            described["system"] = system
    return described


def _taken_apart(part: str) -> tuple[list[str], str | None, str | None, str | None]:
    if match := FILTERED.fullmatch(part):
        return match[1][1:].split("."), None, match[2], match[3]
    if match := CAST.fullmatch(part):
        return match[1][1:].split("."), match[2], None, None
    if match := PLAIN.fullmatch(part):
        return match[1][1:].split("."), None, None, None
    return [], None, None, None


def _resolved(kind: str, steps: list[str], cast: str | None) -> list[tuple[str, str, frozenset[str]]]:
    """JSON paths with the type of their value; a choice is followed into each of its forms."""
    found: list[tuple[str, str, frozenset[str]]] = []
    here = [("", kind)]
    for place, step in enumerate(steps):
        last, following = place == len(steps) - 1, []
        for prefix, name in here:
            described = shape(name)
            if described is None:
                continue
            element = described.elements.get(step) or described.elements.get(f"{step}[x]")
            if element is None:
                continue
            for value_type in element.types:
                if last and cast and value_type != cast:
                    continue
                choice = step not in described.elements
                suffix = value_type[0].upper() + value_type[1:] if choice else ""
                path = f"{prefix}.{step}{suffix}".lstrip(".")
                following.append((path, value_type))
                if last:
                    found.append((path, value_type, element.targets or resource_types()))
        here = following
    return found


def _share_tokens(parameters: Json) -> None:
    """`patient` is `subject` that is a Patient: one set of tokens serves both."""
    for facts in parameters.values():
        if not facts.pop("only", False):
            continue
        for name, other in parameters.items():
            if other["paths"] == facts["paths"] and len(other.get("targets", ())) != 1:
                facts["same_as"] = name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
