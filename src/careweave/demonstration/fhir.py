"""Small pieces of FHIR R4 (UK Core shaped) as dictionaries, shared by the practices' and the hospital's files."""

from __future__ import annotations

from typing import Any

Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
UCUM = "http://unitsofmeasure.org"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/"
UK_CODES = "https://fhir.hl7.org.uk/CodeSystem/"
HL7_CODES = "http://terminology.hl7.org/CodeSystem/"
CONDITION_CLINICAL = HL7_CODES + "condition-clinical"
CLASS = HL7_CODES + "v3-ActCode"
CLASS_TITLES = {
    "AMB": "ambulatory",
    "VR": "virtual",
    "HH": "home health",
    "EMER": "emergency",
    "IMP": "inpatient encounter",
}
VERIFIED = {
    "01": "Number present and verified",
    "02": "Number present but not traced",
    "03": "Trace required",
}


def concept(system: str, code: str, title: str, text: str = "") -> Resource:
    coded: Resource = {"coding": [{"system": system, "code": code, "display": title}]}
    if text:
        coded["text"] = text
    return coded


def snomed(code: str, title: str, text: str = "") -> Resource:
    return concept(SNOMED, code, title, text)


def organisation(code: str) -> Resource:
    return {"identifier": {"system": ODS, "value": code}}


def local_system(source: str) -> str:
    return f"https://careweave.org/id/{source}"


def identifiers(source: str, local: str, nhs: str, status: str = "01") -> list[Resource]:
    found: list[Resource] = [{"system": local_system(source), "value": local}]
    if nhs:
        checked = {
            "url": UK_CORE + "Extension-UKCore-NHSNumberVerificationStatus",
            "valueCodeableConcept": concept(
                UK_CODES + "UKCore-NHSNumberVerificationStatusEngland", status, VERIFIED[status]
            ),
        }
        found.insert(0, {"extension": [checked], "system": NHS_NUMBER, "value": nhs})
    return found


def ethnic_group(code: str, title: str) -> Resource:
    return {
        "url": UK_CORE + "Extension-UKCore-EthnicCategory",
        "valueCodeableConcept": concept(UK_CODES + "UKCore-EthnicCategoryEngland", code, title),
    }


def quantity(value: float, unit: str, code: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def encounter_class(code: str) -> Resource:
    return {"system": CLASS, "code": code, "display": CLASS_TITLES[code]}
