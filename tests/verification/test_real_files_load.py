"""Real files from elsewhere are loaded into a real database; the counts are printed and every refusal is justified."""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from itertools import islice
from pathlib import Path

import psycopg
import pytest

from careweave.intake.loading import NO_STAMPS, LoadResult, load
from tests.fixtures.database import Database

pytestmark = pytest.mark.database
DATA = Path(__file__).parents[2].parent / "shared/data"

# The reason of every refusal, by file and field. That the form of these resources is not R4 is argued in
# test_real_fhir_validation.py; here it is also asked whose record each resource belongs to: what names no person
# cannot be decided about, so it could be shown to nobody or to anybody.
NO_ENCOUNTER_SUBJECT = "Encounter does not say whose record it is"
NOT_A_REFERENCE = "MedicationDispense.authorizingPrescription.reference is not a reference"
ASKS = "The entry asks for something and brings nothing"
UK_CORE = {
    # Examples of one extension, without the subject that R4 leaves optional.
    ("Extension-UKCore-AdmissionMethod-Example.json", "Encounter.subject"): NO_ENCOUNTER_SUBJECT,
    ("Extension-UKCore-DischargeMethod-Example.json", "Encounter.subject"): NO_ENCOUNTER_SUBJECT,
    ("Extension-UKCore-EmergencyCareDischargeStatus-Example.json", "Encounter.subject"): NO_ENCOUNTER_SUBJECT,
    ("Extension-UKCore-LegalStatus-Example.json", "Encounter.subject"): NO_ENCOUNTER_SUBJECT,
    ("Extension-UKCore-OutcomeOfAttendance-Example.json", "Encounter.subject"): NO_ENCOUNTER_SUBJECT,
    (
        "Extension-UKCore-CareSettingType-Example.json",
        "Composition.subject",
    ): "Composition does not say whose record it is",
    (
        "Extension-UKCore-DiagnosticReportMediaLinkR5-Example.json",
        "DiagnosticReport.subject",
    ): "DiagnosticReport does not say whose record it is",
    (
        "UKCore-Observation-FingerJointInflamed-Example.json",
        "Observation.subject",
    ): "Observation does not say whose record it is",
    # Taken out of a Bundle: the subject is urn:uuid:… of a Patient that stayed there.
    (
        "Extension-UKCore-MedicationChangeSummary-Example.json",
        "MedicationStatement.subject",
    ): "MedicationStatement points at a person who is not in its Bundle",
    (
        "UKCore-Composition-Discharge-Example.json",
        "Composition.subject",
    ): "Composition points at a person who is not in its Bundle",
    (
        "UKCore-Observation-Lab-Albumin-Example.json",
        "Observation.subject",
    ): "Observation points at a person who is not in its Bundle",
    # Envelopes, subscriptions and answers of servers; a batch of three GET requests.
    (
        "Extension-UKCore-ResponseRequest-Example.json",
        "MessageHeader",
    ): "MessageHeader is the envelope of a message",
    (
        "UKCore-MessageHeader-Discharge-Example.json",
        "MessageHeader",
    ): "MessageHeader is the envelope of a message",
    (
        "Extension-UKCore-SubscriptionParameters-Example.json",
        "Subscription",
    ): "Subscription is an instruction to a server",
    (
        "UKCore-OperationOutcome-DateError-Example.json",
        "OperationOutcome",
    ): "OperationOutcome is a message, not part of a record",
    ("UKCore-Bundle-Batch-Example.json", "Bundle.entry[0].request.method"): ASKS,
    ("UKCore-Bundle-Batch-Example.json", "Bundle.entry[1].request.method"): ASKS,
    ("UKCore-Bundle-Batch-Example.json", "Bundle.entry[2].request.method"): ASKS,
    # Not R4.
    (
        "Extension-UKCore-ConditionEpisode-Example.json",
        "Condition.extension[0].value[x]",
    ): "Condition.extension.value[x] is given 2 times: valueCode, valueCodeableConcept",
    (
        "UKCore-MedicationDispense-Amoxicillin-Example.json",
        "MedicationDispense.authorizingPrescription[0].reference",
    ): NOT_A_REFERENCE,
    (
        "UKCore-MedicationDispense-CiprofloxacinIV-Example.json",
        "MedicationDispense.authorizingPrescription[0].reference",
    ): NOT_A_REFERENCE,
    (
        "UKCore-MedicationDispense-CiprofloxacinOral-Example.json",
        "MedicationDispense.authorizingPrescription[0].reference",
    ): NOT_A_REFERENCE,
    (
        "UKCore-Provenance-RARecordConsent-Example.json",
        "Provenance.agent[0].onBehalfOf.reference",
    ): "Provenance.agent.onBehalfOf.reference is not a reference",
    # 9912003890: the check digit after 991200389 is 6.
    (
        "UKCore-Patient-BabyPatient-Example.json",
        "Patient.identifier[0].value",
    ): "NHS number has the wrong check digit",
}
HL7 = {
    # About nobody, or about several people.
    ("detectedissue-example.json", "DetectedIssue.patient"): "DetectedIssue does not say whose record it is",
    ("list-example-long.json", "List.subject"): "List does not say whose record it is",
    ("observation-decimal.json", "Observation.subject"): "Observation does not say whose record it is",
    (
        "supplydelivery-example.json",
        "SupplyDelivery.patient",
    ): "SupplyDelivery does not say whose record it is",
    (
        "observation-example-20minute-apgar-score.json",
        "Observation.subject",
    ): "Observation keeps its Patient inside itself",
    (
        "binary-example.json",
        "Binary.securityContext",
    ): "Binary is about a DocumentReference, not about a person",
    (
        "auditevent-example.json",
        "AuditEvent.entity.what",
    ): "AuditEvent names its person by an identifier that no Patient here has",
    ("group-example.json", "Group"): "Group lists several people; send each person's own resources",
    # Not part of a record.
    ("linkage-example.json", "Linkage"): "Linkage says which records are the same, which is decided here",
    ("messageheader-example.json", "MessageHeader"): "MessageHeader is the envelope of a message",
    (
        "operationoutcome-example.json",
        "OperationOutcome",
    ): "OperationOutcome is a message, not part of a record",
    ("parameters-example.json", "Parameters"): "Parameters is a message, not part of a record",
    ("paymentnotice-example.json", "PaymentNotice"): "PaymentNotice is about a payment, not about a person",
    ("subscription-example.json", "Subscription"): "Subscription is an instruction to a server",
    # Not R4.
    (
        "bundle-questionnaire.json",
        "Questionnaire.item[0].item[0].linkId",
    ): "Questionnaire.item.item.linkId is missing",
    (
        "devicemetric-example.json",
        "DeviceMetric.parent.reference",
    ): "DeviceMetric.parent.reference points at a DeviceDefinition",
    (
        "deviceusestatement-example.json",
        "DeviceUseStatement.reasonReference[0].reference",
    ): "DeviceUseStatement.reasonReference.reference points at a Procedure",
    (
        "medicationrequest0301.json",
        "MedicationRequest.dispenseRequest.performer.reference",
    ): "MedicationRequest.dispenseRequest.performer.reference points at a Practitioner",
}


def given(path: str) -> Path:
    if not (DATA / path).exists():
        pytest.skip(f"THE REAL FILES ARE NOT HERE: {DATA / path} is missing, so nothing was verified")
    return DATA / path


def refusals(database: Database, result: LoadResult) -> dict[tuple[str, str], str]:
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT b.file_name, r.field, r.reason FROM record.refused_row r JOIN record.load_batch b"
            " ON b.id = r.batch WHERE b.id = ANY (%s::uuid[])",
            [list(result.batches)],
        ).fetchall()
    return {(file, field): reason for file, field, reason in found}


def stored(database: Database, source: str) -> Counter[str]:
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute("SELECT type FROM record.resource WHERE source = %s", [source]).fetchall()
    return Counter(kind for (kind,) in found)


def report(
    capsys: pytest.CaptureFixture[str], what: str, result: LoadResult, refused: dict[tuple[str, str], str]
) -> None:
    with capsys.disabled():
        print(
            f"\n{what}: {result.read:,} read, {result.accepted:,} accepted, {result.unchanged:,} unchanged,"
            f" {result.refused:,} refused in {result.seconds:.1f} s"
        )
        for reason, number in Counter(refused.values()).most_common():
            print(f"  {number} refused: {reason}")


def test_the_first_synthea_bundles(
    database: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with lzma.open(given("synthea-fhir-r4/synthea_r4_bundles.ndjson.xz"), "rt") as whole:
        lines = list(islice(whole, 60))
    (tmp_path / "first.ndjson").write_text("".join(lines), encoding="utf-8")
    entries = [entry["resource"] for line in lines for entry in json.loads(line)["entry"]]
    result = load([tmp_path / "first.ndjson"], source="SYN60")
    report(capsys, "60 Synthea bundles", result, {})
    assert (result.read, result.refused) == (len(entries), 0)
    # The same organisation or practitioner stands in several people's bundles.
    assert stored(database, "SYN60") == Counter(
        kind for kind, _ in {(e["resourceType"], e["id"]) for e in entries}
    )


@pytest.mark.long
def test_the_409_synthea_bundles(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    path = given("synthea-fhir-r4/synthea_r4_bundles.ndjson.xz")
    result = load([path], source="SYN")
    report(capsys, "409 Synthea bundles", result, {})
    assert (result.read, result.refused) == (99_589, 0)
    assert result.unchanged == 99_589 - len_of_distinct(database, "SYN")
    assert result.files[0].flags == (NO_STAMPS,)
    kinds = stored(database, "SYN")
    assert (kinds["Patient"], kinds["Encounter"], kinds["Observation"]) == (409, 12_001, 58_658)


def len_of_distinct(database: Database, source: str) -> int:
    return sum(stored(database, source).values())


def test_the_uk_core_examples(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    result = load([given("uk-core/examples")], source="UKC")
    refused = refusals(database, result)
    report(capsys, "UK Core examples", result, refused)
    assert refused == UK_CORE
    assert (len(result.files), result.read, result.refused) == (215, 228, 24)
    # Five resources stand alone and in a Bundle, under the same id and with the same words.
    assert result.accepted == 228 - 24 - result.unchanged


def test_the_hl7_examples(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    result = load([given("hl7-r4-examples")], source="HL7")
    refused = refusals(database, result)
    report(capsys, "HL7 examples", result, refused)
    assert refused == HL7
    assert (len(result.files), result.read, result.refused) == (77, 94, 18)


SOUTH_WEST = {
    "Patient": 586,
    "Condition": 282,
    "Encounter": 28_225,
    "Observation": 106_153,
    "Immunization": 12_219,
    "MedicationRequest": 220,
    "CarePlan": 282,
    "Device": 405,
    "Organization": 689,
    "Practitioner": 689,
    "PractitionerRole": 689,
}


@pytest.mark.parametrize("tables", [["encounters", "observations"], pytest.param([], marks=pytest.mark.long)])
def test_the_south_west_england_tables(
    database: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path, tables: list[str]
) -> None:
    """The short run takes the first thousand rows of the two long tables; none of the other tables needs them."""
    for file in given("synthea-uk-csv").iterdir():
        (tmp_path / file.name).symlink_to(file)
    for table in tables:
        cut_short(tmp_path / f"{table}.csv.gz", rows=1000)
    expected = SOUTH_WEST | {
        {"encounters": "Encounter", "observations": "Observation"}[one]: 1000 for one in tables
    }
    source = f"SWE{len(tables)}"
    result = load([tmp_path], source=source)
    report(capsys, "South West England CSV", result, {})
    assert (result.accepted, result.refused) == (result.read, 0)
    assert stored(database, source) == expected
    with psycopg.connect(database.owner_url) as connection:
        orphans = connection.execute(
            "SELECT count(*) FROM record.resource r WHERE r.source = %s AND r.subject::text NOT LIKE '00000000%%'"
            " AND NOT EXISTS (SELECT 1 FROM record.resource p WHERE p.id = r.subject AND p.type = 'Patient')",
            [source],
        ).fetchone()
    assert orphans == (0,)


def cut_short(file: Path, rows: int) -> None:
    with gzip.open(file, "rt", newline="") as whole:
        first = list(islice(whole, rows + 1))
    file.unlink()
    with gzip.open(file, "wt", newline="") as cut:
        cut.writelines(first)
