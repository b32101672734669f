"""A resource that claims a UK Core profile is held to it; one that claims none is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from careweave.record.validation import validate
from careweave.record.validation.profiles import ROOT, known_profiles

TODAY = date(2026, 11, 22)
REAL = Path(__file__).parents[2].parent / "shared/data/uk-core/examples"
Json = dict[str, Any]


def _coded(loinc: str, snomed: str) -> list[Json]:
    return [
        {"system": "http://loinc.org", "code": loinc},
        {"system": "http://snomed.info/sct", "code": snomed},
    ]


def _pressure(word: str, loinc: str, snomed: str, value: int) -> Json:
    amount = {
        "value": value,
        "unit": "millimeter of mercury",
        "system": "http://unitsofmeasure.org",
        "code": "mm[Hg]",
    }
    text = f"{word} blood pressure"
    return {"code": {"coding": _coded(loinc, snomed), "text": text}, "valueQuantity": amount}


def blood_pressure() -> Json:
    vital = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    return {
        "resourceType": "Observation",
        "meta": {"profile": [f"{ROOT}UKCore-Observation-VitalSigns-BloodPressure|1.0.0"]},
        "status": "final",
        "category": [{"coding": [vital]}],
        "code": {"coding": _coded("85354-9", "75367002")},
        "subject": {"reference": "Patient/joe"},
        "effectiveDateTime": "2026-11-01T09:00:00Z",
        "component": [
            _pressure("Systolic", "8480-6", "72313002", 140),
            _pressure("Diastolic", "8462-4", "1091811000000102", 80),
        ],
    }


def patient(**more: Any) -> Json:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    made = {"resourceType": "Patient", "meta": {"profile": [f"{ROOT}UKCore-Patient"]}, "identifier": [number]}
    return {**made, **more}


def faults(resource: Json) -> set[str]:
    found = validate(resource, today=TODAY)
    assert {each.code for each in found} <= {"profile"}, found
    return {each.path for each in found}


def test_what_follows_its_profile_comes_in() -> None:
    assert faults(blood_pressure()) == set()
    assert faults(patient()) == set()


BROKEN: list[tuple[str, Callable[[Json], object]]] = [
    ("Observation.status", lambda body: body.update(status="amended")),
    ("Observation.category", lambda body: body.pop("category")),
    (
        "Observation.category[0].coding[0].code",
        lambda body: body["category"][0]["coding"][0].update(code="exam"),
    ),
    ("Observation.code.coding", lambda body: body["code"]["coding"].pop(1)),
    ("Observation.code.coding[0].code", lambda body: body["code"]["coding"][0].update(code="1-8")),
    ("Observation.subject", lambda body: body.pop("subject")),
    ("Observation.effective", lambda body: body.pop("effectiveDateTime")),
    ("Observation.valueString", lambda body: body.update(valueString="high")),
    ("Observation.specimen", lambda body: body.update(specimen={"reference": "Specimen/1"})),
    ("Observation.component", lambda body: body["component"].pop(0)),
    ("Observation.component", lambda body: body["component"][1]["code"].update(text="Pulse")),
    ("Observation.component[0].value", lambda body: body["component"][0].pop("valueQuantity")),
    (
        "Observation.component[0].valueQuantity.code",
        lambda body: body["component"][0]["valueQuantity"].update(code="kPa"),
    ),
    (
        "Observation.component[1].code.coding[0].code",
        lambda body: body["component"][1]["code"]["coding"][0].update(code="8480-6"),
    ),
]


@pytest.mark.parametrize(("path", "breaks"), BROKEN)
def test_each_rule_of_a_profile_is_held(path: str, breaks: Callable[[Json], object]) -> None:
    body = copy.deepcopy(blood_pressure())
    breaks(body)
    assert path in faults(body)
    del body["meta"]
    assert faults(body) == set()


def test_a_profile_may_allow_one_type_of_a_choice_alone() -> None:
    weight = blood_pressure()
    weight["meta"]["profile"] = [f"{ROOT}UKCore-Observation-VitalSigns-BodyWeight"]
    weight["code"]["coding"] = _coded("29463-7", "27113001")
    del weight["component"]
    assert faults({**weight, "valueString": "heavy"}) == {"Observation.valueString"}


def test_slices_of_identifiers_are_told_apart_by_their_system() -> None:
    other = {"system": "https://example.org/mrn", "value": "1"}
    number = patient()["identifier"][0]
    assert faults(patient(identifier=[number, other, other])) == set()
    assert faults(patient(identifier=[number, {**number, "value": "9990000026"}])) == {"Patient.identifier"}
    assert faults(patient(identifier=[{"system": number["system"]}])) == {"Patient.identifier[0].value"}


def test_profiles_of_others_are_not_ours_to_check_and_unknown_ones_of_uk_core_are_refused() -> None:
    assert faults({**patient(), "meta": {"profile": ["https://example.org/StructureDefinition/x"]}}) == set()
    assert faults({**patient(), "meta": {"profile": [f"{ROOT}UKCore-Nothing"]}}) == {"Patient.meta.profile"}
    assert faults({**patient(), "meta": {"profile": [f"{ROOT}UKCore-Observation"]}}) == {
        "Patient.meta.profile"
    }


def test_published_examples_of_uk_core_follow_their_profiles() -> None:
    if not REAL.exists():
        pytest.skip("NOT CHECKED: the published examples of UK Core are not on this machine")
    tried = 0
    for path in sorted(REAL.glob("UKCore-*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        fitting = [
            url
            for url, type_ in known_profiles().items()
            if path.stem.startswith(url.removeprefix(ROOT)) and type_ == body.get("resourceType")
        ]
        if not fitting:
            continue
        body.setdefault("meta", {})["profile"] = [max(fitting, key=len)]
        assert [each for each in validate(body, today=TODAY) if each.code == "profile"] == [], path.stem
        tried += 1
    assert tried == 141
