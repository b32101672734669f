"""What is sensitive gets its label although nobody said so; who someone is never does."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from careweave.definitions import load_definition
from careweave.record.policy import load_policy
from careweave.record.sensitivity import labelled, read_sensitive

SCT, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"


def about(system: str, code: str, field: str = "code", type_: str = "Condition") -> dict[str, Any]:
    concept = {"coding": [{"system": system, "code": code}]}
    return {"resourceType": type_, field: [concept] if field in ("reasonCode", "type") else concept}


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (about(SCT, "86406008"), "sexual-health"),
        (about(ICD, "B24X"), "sexual-health"),
        (about(ICD, "O04.9", "reasonCode", "Encounter"), "sexual-health"),
        (about(ICD, "F102"), "substance-misuse"),
        (about(ICD, "T740"), "safeguarding"),
        (about("any", "360", "serviceType", "Encounter"), "sexual-health"),
        (about("any", "710", "serviceType", "Encounter"), "mental-health"),
    ],
)
def test_sensitive_content_is_labelled_and_keeps_what_it_had(body: dict[str, Any], label: str) -> None:
    assert labelled(body, "RVR", ()) == [label]
    assert labelled(body, "RVR", ("visit",)) == sorted([label, "visit"])


@pytest.mark.parametrize(
    "body",
    [
        about(SCT, "44054006"),
        about(ICD, "I500"),
        about("any", "430", "serviceType", "Encounter"),
        about(SCT, "86406008", type_="Patient"),
        {"resourceType": "Condition", "code": {"text": "HIV"}},
        {"resourceType": "Appointment", "specialty": "not what it should be"},
    ],
)
def test_nothing_else_is(body: dict[str, Any]) -> None:
    assert labelled(body, "RVR", ()) == []


def test_what_a_sensitive_source_sends_counts_as_labelled() -> None:
    shipped = load_definition("access", "sensitive", datetime.now(UTC).date())
    content = {**shipped.content, "source": [{"code": "X1Y2Z", "label": "substance-misuse"}]}
    sensitive = read_sensitive(replace(shipped, content=content))
    assert sensitive.labelled(about(ICD, "I500"), "X1Y2Z", ()) == ["substance-misuse"]
    assert sensitive.labelled({"resourceType": "Patient"}, "X1Y2Z", ()) == []
    assert sensitive.labelled(about(ICD, "I500"), "RVR", ()) == []


def test_the_list_uses_only_labels_that_close_something() -> None:
    sensitive = read_sensitive(load_definition("access", "sensitive", datetime.now(UTC).date()))
    used = {*sensitive.codes.values(), *sensitive.begins.values(), *sensitive.specialties.values()}
    assert used <= load_policy().words.sensitive
