"""FHIR in every form it is sent in becomes resources of the record; each bad one is refused alone, with its path."""

import gzip
import json
import lzma
from pathlib import Path

import pytest

from careweave.intake.reading.rows import Limits
from careweave.record.ids import DIRECTORY, resource_id
from tests.unit.intake_files import (
    NHS_NUMBER,
    bundle,
    entry,
    line,
    lines,
    observation,
    outcomes,
    patient,
    reasons,
    write,
)

PATIENT = resource_id("RVR", "Patient", "p1")


@pytest.mark.parametrize("type", ["transaction", "batch", "collection", "searchset"])
def test_a_bundle_of_each_type_is_its_entries(type: str, tmp_path: Path) -> None:
    sent = bundle(entry(patient()), entry(observation("o1")), type=type)
    found = outcomes(write(tmp_path, "one.json", json.dumps(sent, indent=2).encode()))
    assert [(each.type, each.subject) for each in found.rows] == [
        ("Patient", PATIENT),
        ("Observation", PATIENT),
    ]
    assert found.read == 2
    assert found.refusals == []


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.ndjson", bytes), ("a.ndjson.gz", gzip.compress), ("a.jsonl.xz", lzma.compress), ("a.json", bytes)],
)
def test_lines_of_resources_and_of_bundles_packed_or_not(name: str, pack: object, tmp_path: Path) -> None:
    content = lines(
        patient(), b"", observation("o1"), bundle(entry(observation("o2")), entry(observation("o3")))
    )
    found = outcomes(write(tmp_path, name, pack(content)))  # type: ignore[operator]
    assert [each.type for each in found.rows] == ["Patient", "Observation", "Observation", "Observation"]
    assert [each.line for each in found.rows] == [1, 3, 4, 4]


@pytest.mark.parametrize(
    "content", [line([patient(), observation("o1")]), json.dumps([patient()], indent=1).encode()]
)
def test_a_list_of_resources(content: bytes, tmp_path: Path) -> None:
    found = outcomes(write(tmp_path, "list.json", content))
    assert found.rows[0].id == PATIENT
    assert not found.refusals


def test_a_pretty_resource_named_ndjson_is_still_one_document(tmp_path: Path) -> None:
    found = outcomes(write(tmp_path, "one.ndjson", json.dumps(patient(), indent=2).encode()))
    assert [each.id for each in found.rows] == [PATIENT]


def test_windows_line_endings_a_byte_order_mark_and_a_missing_last_newline(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + lines(patient(), observation("o1")).replace(b"\n", b"\r\n").rstrip()
    found = outcomes(write(tmp_path, "a.ndjson", content))
    assert len(found.rows) == 2
    assert not found.refusals


def test_a_bad_entry_is_refused_with_its_path_and_its_neighbours_come_in(tmp_path: Path) -> None:
    sent = bundle(
        entry(patient()),
        entry(observation("good")),
        entry(observation("bad", status="nonsense")),
        {"request": {"method": "GET", "url": "Patient"}},
        entry({"resourceType": "Pateint"}),
        {"request": {"method": "DELETE", "url": "Patient/p9"}},
    )
    found = outcomes(write(tmp_path, "one.json", line(sent)))
    assert [each.type for each in found.rows] == ["Patient", "Observation"]
    assert sorted(reasons(found)) == [
        (1, "Bundle.entry[2].resource.status", "Observation.status holds a code that is not in its list"),
        (1, "Bundle.entry[3].request.method", "The entry asks for something and brings nothing"),
        (1, "Bundle.entry[4].resource.resourceType", "The resource type is not one of FHIR R4"),
        (1, "Bundle.entry[5].request.method", "A file cannot delete what was sent before"),
    ]
    assert found.read == 6


def test_what_depends_on_a_refused_patient_is_refused_with_it(tmp_path: Path) -> None:
    sent = bundle(
        entry(patient("bad", birthDate="2042-01-01"), "urn:uuid:4a1d4d4e-0000-4000-8000-000000000001"),
        entry(observation("o1", "urn:uuid:4a1d4d4e-0000-4000-8000-000000000001")),
        entry(patient("fine"), "urn:uuid:4a1d4d4e-0000-4000-8000-000000000002"),
        entry(observation("o2", "urn:uuid:4a1d4d4e-0000-4000-8000-000000000002")),
    )
    found = outcomes(write(tmp_path, "one.json", line(sent)))
    assert [each.subject for each in found.rows] == [resource_id("RVR", "Patient", "fine")] * 2
    assert reasons(found) == [
        (1, "Bundle.entry[0].resource.birthDate", "Date of birth is in the future"),
        (1, "Bundle.entry[1].resource", "Its Patient was refused"),
    ]


def test_a_number_keeps_its_digits(tmp_path: Path) -> None:
    raw = line(observation("o1")).replace(
        b'"status"', b'"valueQuantity":{"value":72.50,"unit":"kg"},"status"'
    )
    found = outcomes(write(tmp_path, "a.ndjson", raw))
    assert str(found.rows[0].body["valueQuantity"]["value"]) == "72.50"


def test_the_time_stamp_is_the_senders_or_the_row_is_flagged(tmp_path: Path) -> None:
    stamped = patient(meta={"lastUpdated": "2026-03-01T09:30:00+01:00"})
    found = outcomes(write(tmp_path, "a.ndjson", lines(stamped, observation("o1"))))
    assert str(found.rows[0].stamp) == "2026-03-01 08:30:00+00:00"
    assert found.rows[1].stamp is None
    assert found.unstamped == 1


def test_security_labels_of_the_sender_become_ours(tmp_path: Path) -> None:
    act, how = (
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    )
    found = outcomes(
        write(
            tmp_path,
            "a.ndjson",
            lines(
                observation(
                    "o1", meta={"security": [{"system": act, "code": "PSY"}, {"system": act, "code": "SDV"}]}
                ),
                observation("o2", meta={"security": [{"system": how, "code": "R"}]}),
                observation("o3", meta={"security": [{"system": how, "code": "N"}]}),
            ),
        )
    )
    assert [sorted(each.labels) for each in found.rows] == [
        ["domestic-abuse", "mental-health"],
        ["mental-health", "sexual-health", "social-care-sensitive", "substance-misuse"],
        [],
    ]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            observation("o", "Location/l1") | {"subject": {"display": "Joe"}},
            "Observation does not say whose record it is",
        ),
        (observation("o", "Location/l1"), "Observation is about a Location, not about a person"),
        (
            observation("o") | {"subject": {"identifier": {"system": NHS_NUMBER, "value": "9990000018"}}},
            "Observation names its person by an identifier that no Patient here has",
        ),
        (
            {"resourceType": "Group", "id": "g", "type": "person", "actual": True},
            "Group lists several people; send each person's own resources",
        ),
        ({"resourceType": "Parameters"}, "Parameters is a message, not part of a record"),
        (bundle(entry(patient())), "A Bundle inside a Bundle is not read"),
    ],
)
def test_what_belongs_to_nobody_is_refused(resource: dict[str, object], reason: str, tmp_path: Path) -> None:
    found = outcomes(write(tmp_path, "one.json", line(bundle(entry(resource)))))
    assert [each.reason for each in found.refusals] == [reason]
    assert found.rows == []


def test_what_needs_no_person_goes_to_the_directory(tmp_path: Path) -> None:
    found = outcomes(
        write(
            tmp_path,
            "a.ndjson",
            lines(
                {"resourceType": "Organization", "id": "o", "name": "Practice"},
                {"resourceType": "Device", "id": "d"},
            ),
        )
    )
    assert [each.subject for each in found.rows] == [DIRECTORY, DIRECTORY]


def test_a_bundle_with_one_broken_entry_gives_the_others(tmp_path: Path) -> None:
    good = line(bundle(entry(patient()), entry(observation("o1")), entry(observation("o2"))))
    broken = good.replace(b'"id":"o1"', b'"id":"o1\xe9"')
    found = outcomes(write(tmp_path, "a.ndjson", lines(broken, observation("o9"))))
    assert [each.type for each in found.rows] == ["Patient", "Observation", "Observation"]
    assert reasons(found) == [(1, "Bundle.entry[1]", "The text is not UTF-8")]


def test_a_document_cut_short_gives_the_entries_before(tmp_path: Path) -> None:
    text = json.dumps(
        bundle(entry(patient()), entry(observation("o1")), entry(observation("o2"))), indent=1
    ).encode()
    found = outcomes(write(tmp_path, "one.json", text[: text.rindex(b'"o2"')]))
    assert [each.type for each in found.rows] == ["Patient", "Observation"]
    assert [(field, reason) for _, field, reason in reasons(found)] == [
        ("Bundle.entry[2]", "The JSON is cut short")
    ]


def test_a_long_bundle_is_read_entry_by_entry_and_its_references_still_lead(tmp_path: Path) -> None:
    from datetime import date

    from careweave.intake.preparing import Preparer
    from careweave.intake.reading.chunks import chunks, entries_of, parcels, taken_apart
    from careweave.intake.reading.files import SourceFile
    from careweave.intake.reading.plans import Plan, plan

    full_url = "urn:uuid:4a1d4d4e-0000-4000-8000-000000000001"
    observations = [entry(observation(f"o{n}", full_url)) for n in range(400)]
    path = write(tmp_path, "long.json", line(bundle(*observations, entry(patient(), full_url))))
    found = plan(
        SourceFile(path, "long.json"),
        "RVR",
        format="auto",
        today=date(2026, 11, 22),
        limits=Limits(chunk=5000),
    )
    assert isinstance(found, Plan)
    assert taken_apart(found)
    preparer = Preparer("RVR", "long.json", found.today)
    context = preparer.context_of(entries_of(found))
    cut = list(chunks(found))
    rows = [
        row
        for chunk in cut
        for parcel in parcels(found, chunk)
        for row in preparer.prepare(parcel, context).rows
    ]
    assert len(cut) > 5
    assert {row.subject for row in rows} == {PATIENT}
    assert len(rows) == 401
