"""Ids and references become the record's own, the same way every time and whatever order things come in."""

from pathlib import Path
from typing import Any

import pytest

from careweave.intake.reading.rows import Sent
from careweave.intake.references import Context, business_id, take_own_id
from careweave.record.ids import resource_id
from tests.unit.intake_files import bundle, entry, line, lines, observation, outcomes, patient, write


def here(kind: str, name: str, source: str = "RVR") -> str:
    return f"{kind}/{resource_id(source, kind, name)}"


def practitioner(id: str, value: str) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": id,
        "identifier": [{"system": "http://gmc", "value": value}],
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Practitioner/d1", {"reference": here("Practitioner", "d1")}),
        ("Practitioner/d1/_history/3", {"reference": here("Practitioner", "d1")}),
        ("https://gp.example/fhir/Practitioner/d1", {"reference": here("Practitioner", "d1")}),
        (
            "https://elsewhere.example/Practitioner/d1",
            {"reference": "https://elsewhere.example/Practitioner/d1"},
        ),
        ("Practitioner?identifier=http://gmc|77", {"reference": here("Practitioner", "d1")}),
        ("Practitioner?identifier=http%3A%2F%2Fgmc%7C77", {"reference": here("Practitioner", "d1")}),
        (
            "Practitioner?identifier=http://gmc|78",
            {"identifier": {"system": "http://gmc", "value": "78"}, "type": "Practitioner"},
        ),
        (
            "urn:uuid:4a1d4d4e-0000-4000-8000-00000000ffff",
            {
                "identifier": {
                    "system": "urn:ietf:rfc:3986",
                    "value": "urn:uuid:4a1d4d4e-0000-4000-8000-00000000ffff",
                }
            },
        ),
        ("urn:uuid:4a1d4d4e-0000-4000-8000-000000000001", {"reference": here("Practitioner", "d2")}),
        ("#inside", {"reference": "#inside"}),
    ],
)
def test_each_form_of_reference(sent: str, kept: dict[str, Any], tmp_path: Path) -> None:
    inside = [{"resourceType": "Practitioner", "id": "inside"}]
    body = bundle(
        entry(practitioner("d1", "77"), "https://gp.example/fhir/Practitioner/d1"),
        entry(practitioner("d2", "99"), "urn:uuid:4a1d4d4e-0000-4000-8000-000000000001"),
        entry(patient()),
        entry(observation("o1", performer=[{"reference": sent, "display": "Dr Ash"}], contained=inside)),
    )
    found = outcomes(write(tmp_path, "one.json", line(body)))
    assert not found.refusals
    assert found.rows[-1].body["performer"] == [{**kept, "display": "Dr Ash"}]
    assert found.rows[-1].body["contained"] == inside


def test_a_subject_by_conditional_reference_or_absolute_address(tmp_path: Path) -> None:
    known = patient(identifier=[{"system": "http://mrn", "value": "5"}])
    body = bundle(
        entry(known),
        entry(observation("o1", "Patient?identifier=http://mrn|5")),
        entry(observation("o2") | {"subject": {"identifier": {"system": "http://mrn", "value": "5"}}}),
        entry(observation("o3", "https://gp.example/fhir/Patient/p1")),
    )
    found = outcomes(write(tmp_path, "one.json", line(body)))
    assert {each.subject for each in found.rows} == {resource_id("RVR", "Patient", "p1")}
    assert not found.refusals


def test_order_makes_no_difference_and_sources_keep_apart(tmp_path: Path) -> None:
    sent = [patient(), observation("o1"), observation("o2")]
    one = outcomes(write(tmp_path, "a.ndjson", lines(*sent)))
    other = outcomes(write(tmp_path, "b.ndjson", lines(*reversed(sent))))
    elsewhere = outcomes(tmp_path / "a.ndjson", source="RVC")
    assert sorted((r.id, str(r.body)) for r in one.rows) == sorted((r.id, str(r.body)) for r in other.rows)
    assert {r.id for r in one.rows}.isdisjoint({r.id for r in elsewhere.rows})


def test_the_senders_own_id_is_kept_as_an_identifier_or_as_a_tag() -> None:
    body = patient(identifier=[{"system": "http://mrn", "value": "5"}])
    take_own_id(body, "RVR", here("Patient", "p1"))
    assert body["id"] == resource_id("RVR", "Patient", "p1")
    assert body["identifier"][1:] == [{"system": "https://careweave.org/id/RVR", "value": "p1"}]
    take_own_id(again := {**body, "id": "p1"}, "RVR", here("Patient", "p1"))
    assert len(again["identifier"]) == 2
    answers = {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed"}
    take_own_id(answers, "RVR", here("QuestionnaireResponse", "q1"))
    assert answers["meta"] == {"tag": [{"system": "https://careweave.org/id/RVR", "code": "q1"}]}


def test_what_comes_without_an_id_is_known_by_identifier_then_by_what_it_says() -> None:
    named = Sent({"resourceType": "Patient", "identifier": [{"system": "s", "value": "1"}]}, "")
    assert business_id(named) == "s|1"
    one = Sent({"resourceType": "Organization", "name": "A"}, "")
    same = Sent({"name": "A", "resourceType": "Organization"}, "")
    other = Sent({"resourceType": "Organization", "name": "B"}, "")
    assert business_id(one).startswith("content:")
    assert business_id(one) != business_id(other)
    assert business_id(one) == business_id(same)


def test_an_entry_without_an_id_is_known_by_its_condition_or_its_address(tmp_path: Path) -> None:
    body = bundle(
        {
            "resource": {"resourceType": "Organization", "name": "A"},
            "fullUrl": "urn:uuid:4a1d4d4e-0000-4000-8000-000000000007",
        },
        {
            "resource": {"resourceType": "Organization", "name": "B"},
            "request": {"method": "POST", "url": "Organization", "ifNoneExist": "identifier=ods|Y90001"},
        },
    )
    found = outcomes(write(tmp_path, "one.json", line(body)))
    assert [r.id for r in found.rows] == [
        resource_id("RVR", "Organization", "4a1d4d4e-0000-4000-8000-000000000007"),
        resource_id("RVR", "Organization", "ods|Y90001"),
    ]


def test_a_provenance_belongs_to_whom_it_tells_of(tmp_path: Path) -> None:
    provenance = {
        "resourceType": "Provenance",
        "id": "v1",
        "target": [{"reference": "Observation/o1"}],
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"who": {"display": "Dr Ash"}}],
    }
    found = outcomes(write(tmp_path, "one.json", line(bundle(entry(provenance), entry(observation("o1"))))))
    assert {each.subject for each in found.rows} == {resource_id("RVR", "Patient", "p1")}


def test_a_context_is_not_asked_for_names_unless_a_reference_asks() -> None:
    context = Context("RVR")
    context.add(Sent(practitioner("d1", "77"), ""))
    assert context.resolve("Practitioner/d1") == here("Practitioner", "d1")
    assert context.resolve("Practitioner?identifier=77") == {"value": "77"}
    assert context.resolve("Practitioner?name=Ash") == {"value": "Practitioner?name=Ash"}


def test_a_sender_cannot_name_someone_of_this_place_and_open_a_record_to_them(tmp_path: Path) -> None:
    party = {"identifier": {"system": "https://careweave.org/id/party", "value": "staff:someone"}}
    team = {
        "resourceType": "CareTeam",
        "id": "t1",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "participant": [{"role": [{"text": "coordinator"}], "member": party}],
    }
    found = outcomes(write(tmp_path, "a.ndjson", lines(patient(), team)))
    assert [each.type for each in found.rows] == ["Patient"]
    assert [each.reason for each in found.refusals] == [
        "CareTeam names someone by a key that only this place gives"
    ]
