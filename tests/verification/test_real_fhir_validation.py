"""Real FHIR R4 from elsewhere comes in, or is refused for a reason that is true; the counts are printed."""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.resources import files as files_of
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import pytest

from careweave.record.indexing import index
from careweave.record.validation import parse, validate, write

DATA = Path(__file__).parents[2].parent / "shared/data"
TODAY = date(2026, 11, 22)

# Every refusal, with where and why. Read each once against https://hl7.org/fhir/R4/ before changing it.
HL7_REFUSED = {
    # published to test that validators notice: question items without a linkId
    "bundle-questionnaire": ("Questionnaire.item[0].item[0].linkId", "missing"),
    # R4 DeviceMetric.parent may be a Device only
    "devicemetric-example": ("DeviceMetric.parent.reference", "reference-target"),
    # R4 DeviceUseStatement.reasonReference has no Procedure
    "deviceusestatement-example": ("DeviceUseStatement.reasonReference[0].reference", "reference-target"),
    # R4 MedicationRequest.dispenseRequest.performer may be an Organization only
    "medicationrequest0301": ("MedicationRequest.dispenseRequest.performer.reference", "reference-target"),
}
UK_CORE_REFUSED = {
    # one extension carries valueCode and valueCodeableConcept
    "Extension-UKCore-ConditionEpisode-Example": ("Condition.extension[0].value[x]", "several-choices"),
    # an id alone where Type/id belongs
    "UKCore-MedicationDispense-Amoxicillin-Example": (
        "MedicationDispense.authorizingPrescription[0].reference", "reference-form"),
    "UKCore-MedicationDispense-CiprofloxacinIV-Example": (
        "MedicationDispense.authorizingPrescription[0].reference", "reference-form"),
    "UKCore-MedicationDispense-CiprofloxacinOral-Example": (
        "MedicationDispense.authorizingPrescription[0].reference", "reference-form"),
    # 9912003890: the check digit after 991200389 is 6
    "UKCore-Patient-BabyPatient-Example": ("Patient.identifier[0].value", "nhs-number"),
    # Organization/https://… is neither relative nor absolute
    "UKCore-Provenance-RARecordConsent-Example": (
        "Provenance.agent[0].onBehalfOf.reference", "reference-form"),
}  # fmt: skip
# The publisher of these messages lists 22 as invalid; the rest of our refusals, each with its fault:
BARS_REFUSED_BESIDES = {
    "OperationOutcome/REC/500-REC_SERVER_ERROR-too costly.json": "unknown-code",  # the code is too-costly
    "_status.json": "missing",  # a health check, not a FHIR resource
    "invalid-base64.json": "unknown-code",  # issue code 400
    "unavailable.json": "unknown-code",  # issue code 503
    "process_message/request/ValidationRequest (POST) .json": "nhs-number",  # 3478526985
    "process_message/request/ValidationResponse (POST) .json": "nhs-number",
    "process_message/response/ValidationRequest (HTTP Response) .json": "reference-form",  # a bare UUID
}


def files(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    root = DATA / folder
    if not root.exists():
        pytest.skip(f"REAL DATA ABSENT: {root} is not there, so nothing was verified against it")
    for path in sorted(root.rglob("*.json")):
        raw = path.read_bytes()
        resource = parse(raw)
        assert json.loads(write(resource)) == json.loads(raw)
        yield str(path.relative_to(root)), resource


def refusals(folder: str) -> dict[str, list[tuple[str, str]]]:
    found, read = {}, 0
    for name, resource in files(folder):
        read += 1
        issues = validate(resource, today=TODAY)
        if issues:
            found[name] = [(issue.path, issue.code) for issue in issues]
        else:
            index(resource)
    print(f"{folder}: read {read}, accepted {read - len(found)}, refused {len(found)}")
    return found


@pytest.mark.parametrize(
    ("folder", "expected"), [("hl7-r4-examples", HL7_REFUSED), ("uk-core/examples", UK_CORE_REFUSED)]
)
def test_published_examples_are_refused_only_for_their_known_faults(
    folder: str, expected: dict[str, tuple[str, str]]
) -> None:
    found = {name.removesuffix(".json"): faults for name, faults in refusals(folder).items()}
    assert found.keys() == expected.keys()
    for name, fault in expected.items():
        assert set(found[name]) == {fault} or name == "bundle-questionnaire"
        assert fault in found[name]


@pytest.mark.parametrize(
    "folder",
    [
        "uk-core/structuredefinitions",
        "uk-core/valuesets",
        "uk-core/codesystems",
        "uk-core/conceptmaps",
        "uk-core/capabilitystatement",
    ],
)
def test_published_definitions_are_all_accepted(folder: str) -> None:
    assert refusals(folder) == {}


def test_messages_listed_as_invalid_are_refused_and_no_good_one_is() -> None:
    found = refusals("booking-and-referral")
    listed = (DATA / "booking-and-referral/not_valid_r4.txt").read_text().splitlines()
    invalid = {line.split("\t")[0] for line in listed}
    assert len(invalid) == 22
    assert found.keys() - invalid == BARS_REFUSED_BESIDES.keys()
    assert invalid - found.keys() == set()
    for name, code in BARS_REFUSED_BESIDES.items():
        assert code in {code for _, code in found[name]}


def synthea(bundles: int | None) -> Iterator[dict[str, Any]]:
    path = DATA / "synthea-fhir-r4/synthea_r4_bundles.ndjson.xz"
    if not path.exists():
        pytest.skip(f"REAL DATA ABSENT: {path} is not there, so nothing was verified against it")
    with lzma.open(path) as lines:
        for number, line in enumerate(lines):
            if bundles is not None and number >= bundles:
                return
            bundle = parse(line.strip())
            assert json.loads(write(bundle)) == json.loads(line)
            yield bundle


def verify_synthea(bundles: int | None) -> Counter[str]:
    kinds: Counter[str] = Counter()
    validating = indexing = 0.0
    for bundle in synthea(bundles):
        resources = [entry["resource"] for entry in bundle["entry"]]
        begun = process_time()
        assert [validate(each, today=TODAY) for each in resources] == [()] * len(resources)
        validated = process_time()
        assert all(index(each).tokens for each in resources)
        validating += validated - begun
        indexing += process_time() - validated
        kinds.update(each["resourceType"] for each in resources)
    total = sum(kinds.values())
    print(f"synthea: accepted {total}, refused 0: {dict(kinds)}")
    print(f"per CPU second: validated {total / validating:,.0f}, indexed {total / indexing:,.0f}")
    return kinds


def test_a_sample_of_synthetic_histories_is_accepted() -> None:
    assert sum(verify_synthea(40).values()) > 9_000


@pytest.mark.long
def test_every_synthetic_history_is_accepted() -> None:
    assert sum(verify_synthea(None).values()) == 99_589


def built_by(tool: str, output: Path) -> bytes:
    """What a build tool of the project writes, from the published definitions."""
    folder = DATA / "fhir-r4-definitions"
    if not folder.exists():
        pytest.skip(f"REAL DATA ABSENT: {folder} is not there, so nothing was verified against it")
    path = Path(__file__).parents[2] / f"tools/{tool}.py"
    module = ModuleType(tool)
    module.__file__ = str(path)
    exec(compile(path.read_text(), str(path), "exec"), vars(module))
    vars(module)["OUTPUT"] = output
    module.main(folder)
    return output.read_bytes()


def test_the_vendored_definitions_are_what_the_published_ones_give(tmp_path: Path) -> None:
    built = gzip.decompress(built_by("build_fhir_definitions", tmp_path / "built.gz"))
    kept = files_of("careweave.record.fhir") / "definitions.json.gz"
    assert json.loads(built) == json.loads(gzip.decompress(kept.read_bytes()))


def test_the_search_parameters_are_what_the_published_ones_give(tmp_path: Path) -> None:
    built = built_by("build_search_parameters", tmp_path / "built.json")
    kept = files_of("careweave.record.indexing") / "parameters.json"
    assert json.loads(built) == json.loads(kept.read_bytes())
