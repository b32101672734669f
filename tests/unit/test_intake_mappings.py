"""Each CSV mapping that comes with the program reads the file it is for, and says what is wrong with a bad row."""

import tomllib
from importlib.resources import files as files_of
from pathlib import Path
from typing import Any

import pytest

from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.intake.reading.columns import Unfit, parser
from careweave.intake.reading.mappings import compiled, mapping, mappings
from careweave.record.ids import resource_id
from tests.unit.intake_files import TODAY, outcomes, reasons, table, write

FEEDS = {
    feed["id"]: feed
    for feed in tomllib.loads((files_of("careweave.demonstration") / "formats.toml").read_text())["feed"]
    if feed["format"] != "fhir"
}
MAPPING_OF = {
    "admissions": "admissions",
    "emergency": "emergency",
    "cld": "client-level-data",
    "community": "community-contacts",
    "mental-health": "mental-health-contacts",
    "tenancies": "tenancies",
    "voluntary-referrals": "voluntary-referrals",
    "voluntary-visits": "voluntary-visits",
}
ADMISSION = {
    "provider_code": "RVR",
    "spell_id": "S1",
    "episode_number": "1",
    "record_updated": "2026-10-02T09:00:00Z",
    "nhs_number": "999 000 0018",
    "nhs_number_status": "01",
    "local_patient_id": "L7",
    "postcode": "RV1 1AA",
    "birth_date": "1941-03-04",
    "sex": "1",
    "ethnic_category": "A",
    "registered_gp_practice": "Y90001",
    "admission_date": "2026-09-20T14:30",
    "admission_method": "21",
    "admission_source": "19",
    "patient_classification": "1",
    "episode_start": "2026-09-20T14:30",
    "treatment_function": "300",
    "ward": "Elm",
    "diagnosis_1": "S720",
    "diagnosis_2": "I10X",
    "procedure_1": "W371",
    "procedure_1_date": "2026-09-21",
}
SERVICE = {
    "LA Code": "900",
    "Reporting Period End Date": "30/09/2026",
    "NHS Number": "9990000018",
    "LA Person Unique Identifier": "A 12/3",
    "First Name": "Joe",
    "Last Name": "Holloway",
    "Gender": "Male",
    "Date of Birth": "04/03/1941",
    "Client Type": "Service User",
    "Event Type": "Service",
    "Event Reference": "E9",
    "Primary Support Reason": "Mental Health Support",
    "Event Start Date": "01/08/2026",
    "Service Type": "Long Term Support: Community",
    "Service Component": "Home Support",
    "Delivery Mechanism": "CASSR Commissioned Support",
    "Unit Cost": "£1,021.50",
    "Cost Frequency (Unit Type)": "Per week",
    "Planned units per week": "10.5",
    "Accommodation Status": "Tenant",
    "Adult 1 Linked Person_ID": "",
}


def read_feed(folder: Path, id: str, source: str, *rows: dict[str, str]) -> Any:
    path = Path(FEEDS[id]["path"]).name.replace("*", "2026")
    return outcomes(write(folder, path, table(FEEDS[id]["columns"], *rows)), source=source)


@pytest.mark.parametrize("feed", FEEDS)
def test_each_feed_of_riverside_is_recognised_and_every_column_is_known(feed: str, tmp_path: Path) -> None:
    from careweave.intake.reading.files import SourceFile
    from careweave.intake.reading.plans import Plan, plan
    from careweave.intake.reading.rows import Limits

    path = write(tmp_path, Path(FEEDS[feed]["path"]).name.replace("*", "2026"), table(FEEDS[feed]["columns"]))
    found = plan(SourceFile(path, path.name), "RVR", format="auto", today=TODAY, limits=Limits())
    assert isinstance(found, Plan), found
    assert found.mapping == MAPPING_OF[feed]
    how = mapping(found.mapping, TODAY)
    assert {each.name for each in how.columns} >= set(FEEDS[feed]["columns"])
    assert how.templates[0].key == tuple(name for name in FEEDS[feed]["key"]) or feed == "admissions"


def test_an_admission_is_a_stay_with_its_diagnoses_and_procedures(tmp_path: Path) -> None:
    found = read_feed(tmp_path, "admissions", "RVR", ADMISSION)
    assert not found.refusals
    stay, person, fracture, pressure, operation = (each.body for each in found.rows)
    assert [each.counts for each in found.rows] == [True, False, False, False, False]
    assert stay["id"] == resource_id("RVR", "Encounter", "enc-S1")
    assert stay["status"] == "in-progress"
    assert stay["class"]["code"] == "IMP"
    assert stay["period"] == {"start": "2026-09-20T13:30:00Z"}
    assert stay["location"][0]["location"]["display"] == "Elm"
    method = stay["hospitalization"]["extension"][0]["valueCodeableConcept"]["coding"][0]
    assert (method["code"], method["display"][:19]) == ("21", "Emergency Admission")
    assert person["identifier"][0]["value"] == "9990000018"
    assert "name" not in person
    assert person["generalPractitioner"] == [
        {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y90001"}}
    ]
    assert [each["code"]["coding"][0]["code"] for each in (fracture, pressure)] == ["S72.0", "I10"]
    assert fracture["encounter"]["reference"] == f"Encounter/{stay['id']}"
    assert operation["code"]["coding"][0]["code"] == "W37.1"
    assert operation["performedDateTime"] == "2026-09-21"
    assert {each.subject for each in found.rows} == {resource_id("RVR", "Patient", "L7")}


def test_of_two_episodes_with_one_stamp_the_later_one_wins_whatever_the_order(tmp_path: Path) -> None:
    second = {**ADMISSION, "episode_number": "2", "ward": "Oak"}
    found = read_feed(tmp_path, "admissions", "RVR", second, ADMISSION)
    stays = [each for each in found.rows if each.type == "Encounter"]
    latest = max(stays, key=lambda each: each.stamp)
    assert latest.body["location"][0]["location"]["display"] == "Oak"


def test_a_council_service_is_ordered_with_its_units_and_its_cost_in_pence(tmp_path: Path) -> None:
    row = {**SERVICE, "Unit Cost": '"£1,021.50"'}
    found = read_feed(tmp_path, "cld", "900", row)
    assert not found.refusals
    service, person = found.rows
    assert (service.type, service.labels) == ("ServiceRequest", ("mental-health",))
    told = {each["url"].rpartition("/")[2]: each for each in service.body["extension"]}
    assert told["unit-cost-pence"]["valueInteger"] == 102150
    assert told["planned-units"]["valueDecimal"] == 10.5
    assert service.body["occurrencePeriod"] == {"start": "2026-08-01"}
    assert service.body["status"] == "active"
    assert person.labels == ()
    assert person.subject == service.subject == resource_id("900", "Patient", "A 12/3")
    assert str(service.stamp) == "2026-09-29 23:00:00+00:00"


@pytest.mark.parametrize(
    ("event", "status"), [("Request", "finished"), ("Assessment", "in-progress"), ("Review", "in-progress")]
)
def test_a_council_contact(event: str, status: str, tmp_path: Path) -> None:
    row = {**SERVICE, "Unit Cost": "", "Event Type": event, "Service Type": "", "Primary Support Reason": ""}
    found = read_feed(tmp_path, "cld", "900", row)
    assert not found.refusals
    contact = found.rows[0]
    assert contact.body["class"] == {"system": "https://careweave.org/contact", "code": "social-care"}
    assert (contact.body["type"][0]["text"], contact.body["status"], contact.labels) == (event, status, ())


def test_an_admission_before_birth_is_told_by_the_days_of_the_place(tmp_path: Path) -> None:
    """Half past midnight in British Summer Time is the day before in UTC."""
    born = {"birth_date": "2026-06-02", "episode_start": "", "procedure_1": "", "procedure_1_date": ""}
    just_born = {**ADMISSION, **born, "admission_date": "2026-06-02T00:30"}
    day_before = {**ADMISSION, **born, "spell_id": "S2", "admission_date": "2026-06-01T23:30"}
    found = read_feed(tmp_path, "admissions", "RVR", just_born, day_before)
    assert reasons(found) == [(3, "admission_date", "Admission date is before Date of birth")]
    assert {row.line for row in found.rows} == {2}


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"birth_date": "1941-02-30"}, "birth_date", "Date of birth is not a date that exists"),
        ({"birth_date": "2041-02-03"}, "birth_date", "Date of birth is in the future"),
        ({"nhs_number": "999 000 0019"}, "nhs_number", "NHS number has the wrong check digit"),
        ({"nhs_number": "12345"}, "nhs_number", "NHS number is not ten digits"),
        (
            {"admission_method": "77"},
            "admission_method",
            "Admission method holds a code that is not in its list",
        ),
        ({"sex": "M"}, "sex", "Sex holds a code that is not in its list"),
        ({"diagnosis_1": "fracture"}, "diagnosis_1", "Diagnosis 1 is not written as it should be"),
        ({"discharge_date": "2026-09-19T10:00"}, "discharge_date", "Discharge date is before Admission date"),
        ({"birth_date": "2026-10-04"}, "admission_date", "Admission date is before Date of birth"),
        ({"spell_id": ""}, "spell_id", "Spell id is missing"),
        ({"provider_code": "RVC"}, "provider_code", "The row is for another organisation"),
    ],
)
def test_a_bad_admission_is_refused_by_its_column(
    change: dict[str, str], field: str, reason: str, tmp_path: Path
) -> None:
    found = read_feed(tmp_path, "admissions", "RVR", {**ADMISSION, **change}, {**ADMISSION, "spell_id": "S2"})
    assert reasons(found) == [(2, field, reason)]
    assert found.rows[0].line == 3
    assert "999 000 001" not in found.refusals[0].reason


def test_everything_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    found = read_feed(
        tmp_path, "admissions", "RVR", {**ADMISSION, "sex": "M", "birth_date": "x", "ward": "Elm"}
    )
    assert found.refusals[0].field == "birth_date"
    assert found.refusals[0].expected.endswith("Also wrong: sex")


def test_a_file_of_another_organisation_is_refused_whole(tmp_path: Path) -> None:
    found = read_feed(tmp_path, "admissions", "RVC", ADMISSION, {**ADMISSION, "spell_id": "S2"})
    assert [each.reason for each in found.refusals] == ["This file is for RVR. Nothing was loaded."]
    assert found.rows == []


def test_the_label_of_mental_health_is_on_what_tells_of_it_and_not_on_the_person(tmp_path: Path) -> None:
    row = {
        "contact_id": "C1",
        "record_updated": "2026-10-02T09:00:00Z",
        "local_patient_id": "M1",
        "birth_date": "1941-03-04",
        "referral_id": "R1",
        "primary_diagnosis": "F329",
        "contact_at": "2026-10-01T10:00",
        "medium": "02",
        "attended": "5",
    }
    found = read_feed(tmp_path, "mental-health", "RVM", row)
    assert not found.refusals
    assert {each.type: each.labels for each in found.rows} == {
        "Encounter": ("mental-health",),
        "Patient": (),
        "ServiceRequest": ("mental-health",),
        "Condition": ("mental-health",),
    }
    assert found.rows[0].body["class"]["code"] == "VR"


def test_a_tenancy_with_its_adaptations_and_next_of_kin(tmp_path: Path) -> None:
    row = {
        "tenancy_ref": "T1",
        "tenant_ref": "N1",
        "record_updated": "2026-10-02T09:00:00Z",
        "first_name": "Joe",
        "last_name": "Holloway",
        "date_of_birth": "04/03/1941",
        "property_type": "Sheltered",
        "uprn": "100012345678",
        "adaptations": "Grab rails; Level-access shower",
        "alarm": "",
        "alarm_calls_last_year": "3",
        "next_of_kin": "Annie",
    }
    found = read_feed(tmp_path, "tenancies", "RVH01", row)
    assert not found.refusals
    tenancy, person, kin = (each.body for each in found.rows)
    told = {each["code"]["text"]: each for each in tenancy["component"]}
    assert [each["display"] for each in told["Adaptations"]["valueCodeableConcept"]["coding"]] == [
        "Grab rails",
        "Level-access shower",
    ]
    assert told["Alarm calls in the last year"]["valueInteger"] == 3
    assert "Alarm" not in told
    assert person["address"][0]["extension"][0]["extension"][1] == {
        "url": "value",
        "valueString": "100012345678",
    }
    assert kin["resourceType"] == "RelatedPerson"


def test_a_referral_that_was_declined(tmp_path: Path) -> None:
    row = {
        "referral_id": "F1",
        "record_updated": "2026-10-02T09:00:00Z",
        "member_ref": "V1",
        "first_name": "Joe",
        "last_name": "Holloway",
        "referral_date": "01/10/2026",
        "service": "Befriending",
        "decision": "declined",
        "decision_reason": "Waiting list is closed",
        "referred_by": "self",
    }
    found = read_feed(tmp_path, "voluntary-referrals", "RVV01", row)
    referral = found.rows[0].body
    assert referral["status"] == "revoked"
    assert "requester" not in referral


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ({"type": "money"}, "1234.5", 123450),
        ({"type": "money"}, "£0.07", 7),
        ({"type": "decimal"}, "72.50", "72.50"),
        ({"type": "date", "formats": ["%d/%m/%Y"]}, "4/3/1941", "1941-03-04"),
        ({"type": "time", "formats": ["%Y-%m-%dT%H:%M"]}, "2026-07-01T10:00", "2026-07-01T09:00:00Z"),
        ({"type": "time", "formats": ["%Y-%m-%dT%H:%M:%SZ"]}, "2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z"),
        ({"type": "list", "separator": ";"}, "a; b;", ["a", "b"]),
        ({"type": "nhs_number"}, "999-000-0018", "9990000018"),
        ({"type": "id"}, "A  1", "A 1"),
    ],
)
def test_what_cells_stand_for(kind: dict[str, Any], cell: str, value: Any) -> None:
    assert str(parser(kind, {}, {})(cell)) == str(value)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ({"type": "money"}, "1.005"),
        ({"type": "money"}, "NaN"),
        ({"type": "decimal"}, "Infinity"),
        ({"type": "date", "formats": ["%d/%m/%Y"]}, "04/03/41"),
        ({"type": "date", "formats": ["%d/%m/%Y"]}, "00/01/2020"),
        ({"type": "nhs_number"}, "0000000000"),
        ({"type": "integer", "least": 0}, "-1"),
    ],
)
def test_cells_that_do_not_fit(kind: dict[str, Any], cell: str) -> None:
    with pytest.raises(Unfit) as unfit:
        parser(kind, {}, {})(cell)
    assert unfit.value.expected


def test_a_mapping_with_a_mistake_names_its_file() -> None:
    good = next(each for each in all_definitions("intake") if each.id == "voluntary-visits")
    for change in (
        {"columns": {"a": {"type": "nonsense"}}},
        {"columns": {"a": {"codes": "nowhere"}}},
        {"columns": {"a": {"type": "date"}}, "dates": []},
        {"order": [["visit_at", "no such column"]]},
        {
            "resources": [
                {"type": "Encounter", "id": ["no such column"], "fields": {"status": "no such column"}}
            ]
        },
        {
            "resources": [
                {"type": "Encounter", "id": ["visit_id"], "fields": {"a": "visit_id", "a.b": "visit_id"}}
            ]
        },
    ):
        wrong = Definition(
            **{
                **{f: getattr(good, f) for f in good.__dataclass_fields__},
                "content": {**good.content, **change},
            }
        )
        with pytest.raises(DefinitionError, match=r"voluntary-visits\.toml"):
            compiled(wrong, {}, TODAY)


def test_every_mapping_holds_today_and_has_its_own_id() -> None:
    found = mappings(TODAY)
    assert len({each.id for each in found}) == len(found) == len({d.id for d in all_definitions("intake")})
    assert {"apc", "ecds", "cld", "community", "mental-health", "housing", "synthea"} <= {
        each.format for each in found
    }


def test_what_many_rows_say_alike_is_stored_once_with_its_latest_time(tmp_path: Path) -> None:
    from careweave.intake.working import without_repeats

    rows = [
        {**ADMISSION, "spell_id": f"S{n}", "record_updated": f"2026-10-0{n}T09:00:00Z"} for n in (1, 3, 2)
    ]
    found = read_feed(
        tmp_path, "admissions", "RVR", *rows, {**rows[0], "spell_id": "S4", "postcode": "RV9 9ZZ"}
    )
    kept = without_repeats(list(found.rows))
    people = [each for each in kept if each.type == "Patient"]
    assert [str(each.stamp)[:10] for each in people] == ["2026-10-03", "2026-10-01"]
    assert sum(each.counts for each in kept) == 4
    assert len(kept) == len(found.rows) - 2
