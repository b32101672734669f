"""Each thing that may be wrong with a resource is refused by name and place, and nothing that is right is."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from careweave.record.validation import Issue, parse, structure, validate

TODAY = date(2026, 11, 22)
Json = dict[str, Any]
Change = Callable[[Json], object]

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


GOOD: dict[str, Json] = {
    "Patient": {
        "resourceType": "Patient",
        "id": "joe",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-02T03:04:05.678Z"},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Joe</div>'},
        "extension": [
            {"url": "https://careweave.org/fhir/plain", "valueString": "yes"},
            {
                "url": "https://careweave.org/fhir/nested",
                "extension": [{"url": "inner", "valueDecimal": 72.5}],
            },
        ],
        "identifier": [{"use": "official", "system": NHS, "value": "9990000018"}],
        "active": True,
        "name": [
            {"use": "official", "family": "Smith", "given": ["Joe", None], "_given": [None, {"id": "second"}]}
        ],
        "telecom": [{"system": "phone", "value": "01632 960001", "use": "home", "rank": 1}],
        "gender": "male",
        "birthDate": "1938-04-12",
        "_birthDate": {"extension": [{"url": "https://careweave.org/fhir/t", "valueDateTime": "1938-04-12"}]},
        "address": [{"use": "home", "line": ["12 Mill Lane"], "city": "Riverside", "postalCode": "RV1 2AB"}],
        "contact": [{"name": {"text": "Annie Smith"}, "period": {"start": "2001", "end": "2001-06"}}],
        "multipleBirthInteger": 2,
        "photo": [{"contentType": "image/png", "data": "aGVsbG8=", "size": 5}],
        "generalPractitioner": [{"reference": "Organization/y90001"}],
        "link": [{"other": {"reference": "Patient/other"}, "type": "seealso"}],
    },
    "Condition": {
        "resourceType": "Condition",
        "clinicalStatus": concept(CLINICAL, "active"),
        "verificationStatus": concept(VERIFICATION, "confirmed"),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "73211009"}], "text": "Diabetes"},
        "subject": {"reference": "urn:uuid:0c7a1bd0-1111-4222-8333-444455556666"},
        "onsetDateTime": "2012-05",
        "recordedDate": "2012-05-14",
    },
    "Observation": {
        "resourceType": "Observation",
        "status": "final",
        "code": concept("http://loinc.org", "29463-7"),
        "subject": {"reference": "https://example.org/fhir/Patient/joe"},
        "effectiveDateTime": "2026-11-22T09:30:00+00:00",
        "issued": "2026-11-22T09:31:00.5Z",
        "valueQuantity": {"value": 72.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    },
    "Encounter": {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": "Patient/joe"},
        "period": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-04"},
    },
    "MedicationRequest": {
        "resourceType": "MedicationRequest",
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Aspirin 75 mg"}}],
        "status": "active",
        "intent": "order",
        "medicationReference": {"reference": "#m"},
        "subject": {"reference": "Patient/joe"},
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1}}]}],
    },
    "QuestionnaireResponse": {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://careweave.org/questionnaire/short|1",
        "status": "completed",
        "item": [
            {"linkId": "1", "answer": [{"valueDecimal": 3.10}], "item": [{"linkId": "1.1", "text": "How?"}]}
        ],
    },
    "Appointment": {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2027-01-15T10:00:00Z",
        "end": "2027-01-15T10:20:00Z",
        "participant": [{"actor": {"reference": "Patient/joe"}, "status": "accepted"}],
    },
    "CarePlan": {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/joe"},
        "period": {"start": "2026-12-01", "end": "2027-12-01"},
        "activity": [{"detail": {"status": "not-started", "kind": "Task"}}],
    },
    "Procedure": {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": {"reference": "Patient/joe"},
        "performedPeriod": {"start": "2020-01-01", "end": "2020-01-01"},
    },
    "AllergyIntolerance": {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"
        ),
        "code": {"text": "Penicillin"},
        "patient": {"reference": "Patient/joe"},
    },
    "Bundle": {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": "urn:uuid:0c7a1bd0-1111-4222-8333-444455556666",
                "resource": {"resourceType": "Basic", "code": {"text": "note"}},
                "request": {"method": "POST", "url": "Basic"},
            }
        ],
    },
}


@pytest.mark.parametrize("kind", GOOD)
def test_good_resources_come_in(kind: str) -> None:
    assert validate(GOOD[kind], today=TODAY) == ()


def put(path: str, value: object) -> Change:
    """Set the element at a dotted path (numbers are places in lists)."""

    def change(resource: Json) -> object:
        *steps, last = path.split(".")
        here: Any = resource
        for step in steps:
            here = here[int(step)] if step.isdigit() else here[step]
        here[int(last) if last.isdigit() else last] = value
        return resource

    return change


def drop(path: str) -> Change:
    def change(resource: Json) -> object:
        *steps, last = path.split(".")
        here: Any = resource
        for step in steps:
            here = here[int(step)] if step.isdigit() else here[step]
        del here[last]
        return resource

    return change


BAD: list[tuple[str, Change, str, str]] = [
    # structure
    ("Patient", put("birthdate", "1938-04-12"), "Patient.birthdate", "unknown-element"),
    ("Patient", put("contact.0.nam", {}), "Patient.contact[0].nam", "unknown-element"),
    ("Patient", put("resourceType", "Pateint"), "resourceType", "unknown-type"),
    ("Patient", drop("resourceType"), "resourceType", "missing"),
    ("Patient", put("resourceType", ["Patient"]), "resourceType", "unknown-type"),
    ("Patient", put("name", {"family": "Smith"}), "Patient.name", "list-expected"),
    ("Patient", put("meta", [{"versionId": "1"}]), "Patient.meta", "single-expected"),
    ("Patient", put("gender", ["male"]), "Patient.gender", "wrong-type"),
    ("Patient", put("name.0", "Joe Smith"), "Patient.name[0]", "wrong-type"),
    ("Patient", put("name", []), "Patient.name", "empty"),
    ("Patient", put("name.0", {}), "Patient.name[0]", "empty"),
    ("Patient", put("name.0.family", ""), "Patient.name[0].family", "empty"),
    ("Patient", put("name.0.family", "  "), "Patient.name[0].family", "empty"),
    ("Patient", put("name.0.family", None), "Patient.name[0].family", "null"),
    ("Patient", put("name.0.given", ["Joe", None, None]), "Patient.name[0].given[2]", "null"),
    ("Patient", put("name.0.given", ["Joe"]), "Patient.name[0]._given", "uneven"),
    ("Patient", drop("name.0.given"), "Patient.name[0]._given[0]", "null"),
    ("Patient", put("name.0._given", {"id": "x"}), "Patient.name[0]._given", "list-expected"),
    ("Patient", put("_birthDate", {"value": "x"}), "Patient._birthDate.value", "unknown-element"),
    ("Patient", put("link.0.type", None), "Patient.link[0].type", "null"),
    ("Patient", drop("link.0.other"), "Patient.link[0].other", "missing"),
    ("Patient", drop("contact.0.name"), "Patient.contact[0]", "missing"),
    ("Observation", drop("status"), "Observation.status", "missing"),
    ("Observation", drop("code"), "Observation.code", "missing"),
    ("Encounter", drop("class"), "Encounter.class", "missing"),
    ("MedicationRequest", drop("medicationReference"), "MedicationRequest.medication[x]", "missing"),
    ("Observation", put("valueString", "heavy"), "Observation.value[x]", "several-choices"),
    ("Observation", put("value", 72.5), "Observation.value", "unknown-element"),
    ("Observation", put("valueReference", {}), "Observation.valueReference", "unknown-element"),
    ("QuestionnaireResponse", drop("item.0.item.0.linkId"), "QuestionnaireResponse.item[0].item[0].linkId",
     "missing"),
    ("Bundle", put("entry.0.resource.code", []), "Bundle.entry[0].resource.code", "single-expected"),
    ("Bundle", put("entry.0.resource", {"resourceType": "Nonsense"}),
     "Bundle.entry[0].resource.resourceType", "unknown-type"),
    ("Bundle", drop("entry.0.request.method"), "Bundle.entry[0].request.method", "missing"),
    # primitive formats
    ("Patient", put("id", "joe smith"), "Patient.id", "format"),
    ("Patient", put("id", "x" * 65), "Patient.id", "format"),
    ("Patient", put("birthDate", "1985-02-30"), "Patient.birthDate", "no-such-date"),
    ("Patient", put("birthDate", "2023-02-29"), "Patient.birthDate", "no-such-date"),
    ("Patient", put("birthDate", "12/04/1938"), "Patient.birthDate", "format"),
    ("Patient", put("birthDate", "1938-4-12"), "Patient.birthDate", "format"),
    ("Patient", put("birthDate", "1938-13-01"), "Patient.birthDate", "format"),
    ("Patient", put("birthDate", "1938-04-12T00:00:00Z"), "Patient.birthDate", "format"),
    ("Patient", put("birthDate", "１９３８"), "Patient.birthDate", "format"),
    ("Patient", put("birthDate", 1938), "Patient.birthDate", "format"),
    ("Patient", put("active", "true"), "Patient.active", "wrong-type"),
    ("Patient", put("active", 1), "Patient.active", "wrong-type"),
    ("Patient", put("telecom.0.rank", 0), "Patient.telecom[0].rank", "format"),
    ("Patient", put("telecom.0.rank", 1.5), "Patient.telecom[0].rank", "format"),
    ("Patient", put("telecom.0.rank", True), "Patient.telecom[0].rank", "wrong-type"),
    ("Patient", put("multipleBirthInteger", 2**31), "Patient.multipleBirthInteger", "format"),
    ("Patient", put("photo.0.size", -1), "Patient.photo[0].size", "format"),
    ("Patient", put("photo.0.data", "aGVsbG8"), "Patient.photo[0].data", "format"),
    ("Patient", put("photo.0.data", "hello!!!"), "Patient.photo[0].data", "format"),
    ("Patient", put("meta.lastUpdated", "2026-01-02T03:04:05"), "Patient.meta.lastUpdated", "format"),
    ("Patient", put("meta.lastUpdated", "2026-01-02"), "Patient.meta.lastUpdated", "format"),
    ("Patient", put("meta.profile", ["http://a b"]), "Patient.meta.profile[0]", "format"),
    ("Patient", put("identifier.0.system", "urn:oid:1.2.x"), "Patient.identifier[0].system", "format"),
    ("Patient", put("identifier.0.system", "urn:uuid:1"), "Patient.identifier[0].system", "format"),
    ("Patient", put("name.0.family", "Smi\x00th"), "Patient.name[0].family", "control-character"),
    ("Patient", put("name.0.family", "Smi\ud800th"), "Patient.name[0].family", "control-character"),
    ("Patient", put("text.div", "Joe"), "Patient.text.div", "format"),
    ("Patient", put("text.div", "<div><script>x</script></div>"), "Patient.text.div", "active-content"),
    ("Patient", put("text.div", '<div><a onclick="x()">x</a></div>'), "Patient.text.div", "active-content"),
    ("Observation", put("effectiveDateTime", "2026-11-22T09:30Z"), "Observation.effectiveDateTime", "format"),
    ("Observation", put("effectiveDateTime", "2026-11-22T25:30:00Z"), "Observation.effectiveDateTime",
     "format"),
    ("Observation", put("effectiveDateTime", "2026-02-30T09:30:00Z"), "Observation.effectiveDateTime",
     "no-such-date"),
    ("Observation", put("issued", "2026-04-31T09:30:00Z"), "Observation.issued", "no-such-date"),
    ("Observation", put("valueQuantity.value", "72.5"), "Observation.valueQuantity.value", "wrong-type"),
    ("Observation", put("valueQuantity.value", float("nan")), "Observation.valueQuantity.value", "format"),
    ("Observation", put("status", " final"), "Observation.status", "format"),
    # codes of required bindings
    ("Patient", put("gender", "M"), "Patient.gender", "unknown-code"),
    ("Patient", put("gender", "Male"), "Patient.gender", "unknown-code"),
    ("Observation", put("status", "done"), "Observation.status", "unknown-code"),
    ("Encounter", put("status", "discharged"), "Encounter.status", "unknown-code"),
    ("Condition", put("clinicalStatus", concept(CLINICAL, "current")),
     "Condition.clinicalStatus.coding[0].code", "unknown-code"),
    ("Condition", put("clinicalStatus", concept("http://example.org", "active")),
     "Condition.clinicalStatus.coding[0].system", "unknown-code"),
    ("Condition", put("clinicalStatus", {"text": "active"}), "Condition.clinicalStatus.coding", "missing"),
    ("CarePlan", put("activity.0.detail.kind", "Chore"), "CarePlan.activity[0].detail.kind", "unknown-code"),
    ("Patient", put("address.0.use", "main"), "Patient.address[0].use", "unknown-code"),
    # extensions
    ("Patient", drop("extension.0.url"), "Patient.extension[0].url", "missing"),
    ("Patient", put("extension.1.valueString", "x"), "Patient.extension[1]", "extension"),
    ("Patient", drop("extension.0.valueString"), "Patient.extension[0]", "extension"),
    ("Patient", put("extension.0.valueBoolean", True), "Patient.extension[0].value[x]", "several-choices"),
    ("Patient", put("extension.1.extension.0.valueDecimal", "x"),
     "Patient.extension[1].extension[0].valueDecimal", "format"),
    # references and contained resources
    ("Encounter", put("subject.reference", "joe"), "Encounter.subject.reference", "reference-form"),
    ("Encounter", put("subject.reference", "Patient/joe smith"), "Encounter.subject.reference",
     "reference-form"),
    ("Encounter", put("subject.reference", "urn:uuid:joe"), "Encounter.subject.reference", "reference-form"),
    ("Encounter", put("subject.reference", "Person/joe"), "Encounter.subject.reference", "reference-target"),
    ("Encounter", put("subject.reference", "Patients/joe"), "Encounter.subject.reference", "reference-form"),
    ("Encounter", put("subject.reference", "https://a.org/Person/1"), "Encounter.subject.reference",
     "reference-target"),
    ("Encounter", put("subject.reference", "#joe"), "Encounter.subject.reference", "not-contained"),
    ("MedicationRequest", put("contained.0.id", "n"), "MedicationRequest.medicationReference.reference",
     "not-contained"),
    ("MedicationRequest", drop("contained.0.id"), "MedicationRequest.contained[0].id", "missing"),
    ("MedicationRequest", put("contained.0.contained", [{"resourceType": "Basic"}]),
     "MedicationRequest.contained[0].contained", "nested-contained"),
    ("MedicationRequest", put("contained.0.status", "gone"), "MedicationRequest.contained[0].status",
     "unknown-code"),
    # NHS number
    ("Patient", put("identifier.0.value", "9990000019"), "Patient.identifier[0].value", "nhs-number"),
    ("Patient", put("identifier.0.value", "999000001"), "Patient.identifier[0].value", "nhs-number"),
    ("Patient", put("identifier.0.value", "999 000 0018"), "Patient.identifier[0].value", "nhs-number"),
    ("Encounter", put("subject", {"identifier": {"system": NHS, "value": "1234567890"}}),
     "Encounter.subject.identifier.value", "nhs-number"),
    # what life does not allow
    ("Patient", put("birthDate", "2026-11-23"), "Patient.birthDate", "birth-date-in-future"),
    ("Patient", put("birthDate", "2027"), "Patient.birthDate", "birth-date-in-future"),
    ("Patient", put("birthDate", "1895-11-22"), "Patient.birthDate", "birth-date-too-old"),
    ("Patient", put("birthDate", "1894"), "Patient.birthDate", "birth-date-too-old"),
    ("Patient", put("deceasedDateTime", "1938-04-11"), "Patient.deceasedDateTime", "death-before-birth"),
    ("Patient", put("deceasedDateTime", "2026-12-01"), "Patient.deceasedDateTime", "death-in-future"),
    ("Encounter", put("period.end", "2026-02-28"), "Encounter.period.end", "period-order"),
    ("Encounter", put("period.end", "2026-03-01T09:59:59Z"), "Encounter.period.end", "period-order"),
    ("Patient", put("contact.0.period.end", "2000"), "Patient.contact[0].period.end", "period-order"),
    ("Encounter", put("period", {"start": "2026-11-23"}), "Encounter.period.start", "event-in-future"),
    ("Condition", put("onsetDateTime", "2027"), "Condition.onsetDateTime", "event-in-future"),
    ("Condition", put("recordedDate", "2026-11-23T00:00:00Z"), "Condition.recordedDate", "event-in-future"),
    ("Observation", put("effectiveDateTime", "2026-11-23"), "Observation.effectiveDateTime",
     "event-in-future"),
    ("Procedure", put("performedPeriod", {"start": "2026-12-24"}), "Procedure.performedPeriod.start",
     "event-in-future"),
    ("Bundle", put("entry.0.resource", {**GOOD["Patient"], "birthDate": "2030-01-01"}),
     "Bundle.entry[0].resource.birthDate", "birth-date-in-future"),
    # contradictions
    ("Condition", put("abatementDateTime", "2020"), "Condition.clinicalStatus", "contradiction"),
    ("Condition", put("verificationStatus", concept(VERIFICATION, "entered-in-error")),
     "Condition.clinicalStatus", "contradiction"),
    ("AllergyIntolerance", drop("clinicalStatus"), "AllergyIntolerance.clinicalStatus", "missing"),
    ("Observation", put("dataAbsentReason", {"text": "refused"}), "Observation.dataAbsentReason",
     "contradiction"),
    ("CarePlan", put("activity.0.reference", {"reference": "Task/1"}), "CarePlan.activity[0]",
     "contradiction"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change", "path", "code"), BAD, ids=[f"{n}-{c[2]}-{c[3]}" for n, c in enumerate(BAD)]
)
def test_the_fault_is_named_with_its_path(kind: str, change: Change, path: str, code: str) -> None:
    resource = copy.deepcopy(GOOD[kind])
    change(resource)
    issues = validate(resource, today=TODAY)
    assert [(issue.path, issue.code) for issue in issues if issue.path == path] == [(path, code)]
    assert all(issue.reason and issue.expected for issue in issues)


def test_every_fault_of_a_resource_is_reported_at_once() -> None:
    patient = copy.deepcopy(GOOD["Patient"])
    for change in (put("gender", "M"), put("birthDate", "1985-02-30"), put("nam", 1), put("id", "a b")):
        change(patient)
    patient["identifier"][0]["value"] = "1"
    paths = {issue.path for issue in validate(patient, today=TODAY)}
    assert paths == {
        "Patient.gender",
        "Patient.birthDate",
        "Patient.nam",
        "Patient.id",
        "Patient.identifier[0].value",
    }


def test_an_unknown_element_comes_with_the_nearest_name() -> None:
    (issue,) = validate({**GOOD["Patient"], "birthdate": "1938"}, today=TODAY)
    assert "birthDate" in issue.expected


def test_a_choice_without_its_type_comes_with_the_forms_it_may_take() -> None:
    issues = validate({**GOOD["Condition"], "onset": "2012"}, today=TODAY)
    assert "onsetAge, onsetDateTime, onsetPeriod" in issues[0].expected


def test_an_unknown_code_comes_with_the_codes_there_are() -> None:
    (issue,) = validate({**GOOD["Patient"], "gender": "M"}, today=TODAY)
    assert issue.expected == "one of female, male, other, unknown"


ALLOWED: list[tuple[str, Change]] = [
    ("Encounter", lambda e: e.update(status="planned", period={"start": "2027-01-01"})),
    ("Encounter", lambda e: e.update(status="in-progress", period={"start": "2026", "end": "2026-12-01"})),
    ("Encounter", put("subject", {"display": "Joe Smith"})),
    ("Encounter", put("subject.reference", "Patient/joe/_history/2")),
    ("Encounter", put("subject.reference", "Patient?identifier=https://a.org|1")),
    ("Encounter", put("period", {"start": "2026-03-01", "end": "2026-03-01"})),
    ("Observation", put("effectiveDateTime", "2016-12-31T23:59:60Z")),
    ("Observation", put("effectiveDateTime", "2024-02-29")),
    ("Procedure", lambda p: p.update(status="preparation", performedPeriod={"start": "2027-01-01"})),
    ("Patient", put("deceasedBoolean", True)),
    ("Patient", lambda p: p.update(birthDate="1890-01-01", deceasedDateTime="1980-05-01")),
    ("Patient", lambda p: p.update(birthDate="1938-04", deceasedDateTime="1938-04-12")),
    ("Patient", put("birthDate", "2026-11-22")),
    ("Patient", put("birthDate", "1895-11-23")),  # 131 tomorrow
    ("Patient", put("birthDate", "1895")),
    ("Encounter", put("period.end", "9999-12-31")),
    ("Patient", put("name.0.family", "Ó Súilleabháin-Østergård 王")),
    ("Patient", put("name.0.family", "Smith\tJones")),
    ("CarePlan", put("period", {"start": "2030"})),
    ("Condition", lambda c: c.update(abatementDateTime="2020", clinicalStatus=concept(CLINICAL, "resolved"))),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), ALLOWED, ids=[str(n) for n in range(len(ALLOWED))])
def test_what_only_looks_wrong_comes_in(kind: str, change: Change) -> None:
    resource = copy.deepcopy(GOOD[kind])
    change(resource)
    assert validate(resource, today=TODAY) == ()


def test_a_death_that_was_recorded_as_a_fact_has_no_age() -> None:
    patient = {"resourceType": "Patient", "birthDate": "1850-01-01", "deceasedBoolean": True}
    assert validate(patient, today=TODAY) == ()


def test_a_type_is_never_used_half_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_compiled", {})
    monkeypatch.setattr(structure, "_ready", {})
    start = threading.Barrier(8)

    def first_use(kind: str) -> tuple[Issue, ...]:
        start.wait()
        return validate(GOOD[kind], today=TODAY)

    with ThreadPoolExecutor(8) as threads:
        kinds = [*GOOD][:4] * 2
        assert list(threads.map(first_use, kinds)) == [()] * len(kinds)


def test_very_many_faults_cost_no_more_than_their_number() -> None:
    issues = validate({"resourceType": "Patient", **{f"x{n}": n for n in range(20_000)}}, today=TODAY)
    assert len(issues) == 20_000


def test_hostile_nesting_is_refused_not_crashed_on() -> None:
    depth = 120
    nested = '{"url":"a","extension":[' * depth + '{"url":"a","valueCode":"b"}' + "]}" * depth
    body = parse(('{"resourceType":"Patient","extension":[' + nested + "]}").encode())
    assert validate(body, today=TODAY) == ()
    deep: Json = {"resourceType": "Patient"}
    for _ in range(2000):
        deep = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": deep}]}
    assert [issue.code for issue in validate(deep, today=TODAY)] == ["too-deep"]
