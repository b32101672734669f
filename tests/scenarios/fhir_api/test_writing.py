"""The writing side of the FHIR API as programs meet it: create, update, patch, delete, batch and transaction."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from tests.fixtures.database import Database
from tests.scenarios.fhir_api.reading_place import Api
from tests.scenarios.fhir_api.writing_place import (
    COUNCIL,
    HOSPITAL,
    MRN,
    Care,
    app,
    backend,
    condition,
    own_app,
    patient,
)

pytestmark = pytest.mark.database
JSON_PATCH = "application/json-patch+json"


@pytest.fixture(scope="module")
def care(database: Database) -> Care:
    return Care()


@pytest.fixture(scope="module")
def ward(care: Care) -> Api:
    return backend(HOSPITAL)


@pytest.fixture(scope="module")
def priya(care: Care) -> Api:
    return app(care)


def body(answer: HttpResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def issue(answer: HttpResponse, status: int) -> dict[str, Any]:
    found = body(answer, status)
    assert found["resourceType"] == "OperationOutcome"
    first: dict[str, Any] = found["issue"][0]
    return first


def made(ward: Api, **more: Any) -> dict[str, Any]:
    return body(ward("/Patient", "POST", patient(**more)), 201)


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> dict[str, Any]:
    found: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        found["resource"] = resource
    return {**found, "fullUrl": full_url} if full_url else found


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


# -- create -----------------------------------------------------------------------------------------------------


def test_what_is_created_says_where_it_is(ward: Api) -> None:
    answer = ward("/Patient", "POST", {**patient(), "id": "chosen-by-the-client"})
    stored = body(answer, 201)
    assert answer["Location"].endswith(f"/fhir/R4/Patient/{stored['id']}/_history/1")
    assert answer["Location"].startswith("http") and answer["ETag"] == 'W/"1"'
    assert stored["id"] != "chosen-by-the-client" and stored["meta"]["versionId"] == "1"
    assert body(ward(f"/Patient/{stored['id']}")) == stored


@pytest.mark.parametrize(
    ("prefer", "kind"),
    [
        ("return=minimal", ""),
        ("return=representation", "Patient"),
        ("return=OperationOutcome", "OperationOutcome"),
    ],
)
def test_the_sender_gets_back_what_it_prefers(ward: Api, prefer: str, kind: str) -> None:
    answer = ward("/Patient", "POST", patient(), HTTP_PREFER=prefer)
    assert answer.status_code == 201
    assert (json.loads(answer.content)["resourceType"] if kind else answer.content.decode()) == kind


@pytest.mark.parametrize("how", ["header", "query"])
def test_a_conditional_create_stores_once(ward: Api, how: str) -> None:
    """By If-None-Exist, and by the query that fhirpy sends instead."""
    mrn = uuid.uuid4().hex
    condition_ = f"identifier={MRN}|{mrn}"
    path = "/Patient" if how == "header" else f"/Patient?{condition_}"
    headers = {"HTTP_IF_NONE_EXIST": condition_} if how == "header" else {}
    first = ward(path, "POST", patient(mrn), **headers)
    second = ward(path, "POST", patient(mrn, gender="male"), **headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert body(second)["id"] == body(first, 201)["id"] and "gender" not in body(second)


def test_a_faulty_resource_is_refused_with_its_paths_and_not_stored(ward: Api) -> None:
    mrn = uuid.uuid4().hex
    wrong = patient(mrn, birthDate="1941-02-31", colour="red")
    found = body(ward("/Patient", "POST", wrong), 422)
    assert {tuple(each["expression"]) for each in found["issue"]} == {
        ("Patient.birthDate",),
        ("Patient.colour",),
    }
    listed = body(ward(f"/Patient?identifier={MRN}|{mrn}"))
    assert "entry" not in listed


def test_a_resource_of_another_type_than_the_address_is_refused(ward: Api) -> None:
    assert issue(ward("/Observation", "POST", patient()), 422)["expression"] == ["Observation.resourceType"]


@pytest.mark.parametrize(
    "sent", ["[]", '"text"', "{", "", '{"resourceType":"Patient","resourceType":"Patient"}']
)
def test_what_is_no_json_object_is_refused(ward: Api, sent: str) -> None:
    assert issue(ward("/Patient", "POST", sent), 400)["code"] == "structure"


def test_an_identifier_that_is_taken_tells_one_source_nothing_about_another(ward: Api, care: Care) -> None:
    mrn = uuid.uuid4().hex
    theirs = ward("/Patient", "POST", patient(mrn))
    ours = backend(COUNCIL)("/Patient", "POST", patient(mrn))
    assert (theirs.status_code, ours.status_code) == (201, 201)
    assert body(ours, 201)["id"] != body(theirs, 201)["id"]
    again = ward("/Patient", "POST", patient(mrn, gender="male"))
    assert issue(again, 409)["code"] == "conflict"


# -- whose record -----------------------------------------------------------------------------------------------


def test_someone_elses_record_and_no_record_are_the_same_answer(ward: Api, priya: Api, care: Care) -> None:
    for api, write in ((ward, condition), (priya, lambda whose: care.message(whose.partition("/")[2]))):
        answers = []
        for whose in (care.other, str(uuid.uuid4())):
            resource = write(f"Patient/{whose}")
            answer = api(f"/{resource['resourceType']}", "POST", resource)
            answers.append((answer.status_code, answer.content, sorted(answer.headers)))
        assert answers[0] == answers[1] and answers[0][0] == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_changing_what_one_may_not_see_is_as_changing_nothing(ward: Api, care: Care, method: str) -> None:
    answers = []
    for id_ in (care.other_record["id"], str(uuid.uuid4())):
        sent = {"PUT": {**patient(), "id": id_}, "PATCH": {"gender": "male"}, "DELETE": None}[method]
        answer = ward(f"/Patient/{id_}", method, sent)
        answers.append((answer.status_code, answer.content, sorted(answer.headers)))
    assert answers[0] == answers[1] and answers[0][0] == 404


def test_what_a_role_never_writes_is_forbidden_openly(priya: Api, care: Care) -> None:
    assert (
        issue(
            priya(
                "/Observation",
                "POST",
                {
                    "resourceType": "Observation",
                    "status": "final",
                    "code": {"text": "Weight"},
                    "subject": {"reference": f"Patient/{care.joe}"},
                },
            ),
            403,
        )["code"]
        == "forbidden"
    )


def test_an_app_makes_no_new_person(priya: Api) -> None:
    assert issue(priya("/Patient", "POST", patient()), 403)["code"] == "forbidden"


def test_a_token_writes_no_further_than_it_was_given_for(care: Care) -> None:
    reading = app(care, "user/*.rs")
    assert issue(reading("/Communication", "POST", care.message()), 403)["code"] == "forbidden"
    of_joe = app(care, "patient/Communication.cud patient/Patient.r", patient=care.joe)
    assert of_joe("/Communication", "POST", care.message()).status_code == 201
    of_other = app(care, "patient/Communication.cud patient/Patient.r", patient=care.other)
    assert issue(of_other("/Communication", "POST", care.message()), 404)["code"] == "not-found"


def test_a_refused_write_does_the_same_work_whether_the_record_is_there_or_not(ward: Api, care: Care) -> None:
    """The same statements in the same order: nothing to be learnt from how long it takes."""
    shapes = []
    for whose in (care.other_record["id"], str(uuid.uuid4())):
        for method, path, sent in (
            ("POST", "/Condition", condition(f"Patient/{whose}")),
            ("PUT", f"/Patient/{whose}", {**patient(), "id": whose}),
            ("PATCH", f"/Patient/{whose}", {"gender": "male"}),
            ("DELETE", f"/Patient/{whose}", None),
            ("POST", "", bundle("transaction", entry("POST", "Condition", condition(f"Patient/{whose}")))),
            (
                "POST",
                "/Condition",
                {
                    **condition(f"Patient/{care.hospital_record['id']}"),
                    "encounter": {"reference": f"Encounter/{whose}"},
                },
            ),
        ):
            asked: list[str] = []

            def note(execute: Any, sql: str, *rest: Any, asked: list[str] = asked) -> Any:
                asked.append(sql.partition('"')[0])  # not the number of a savepoint
                return execute(sql, *rest)

            with connection.execute_wrapper(note):
                answer = ward(path, method, sent)
            assert answer.status_code == 404, (method, path, answer.content)
            shapes.append((method, path.partition("/Patient/")[0], asked, answer.content))
    half = len(shapes) // 2
    assert shapes[:half] == shapes[half:]


def test_a_person_writes_about_themself_alone(care: Care) -> None:
    for whose, status in ((care.joe, 201), (care.other, 404), (str(uuid.uuid4()), 404)):
        assert own_app(care.joe)("/Communication", "POST", care.message(whose)).status_code == status


def test_a_recipient_does_not_take_back_what_was_said(priya: Api, care: Care) -> None:
    joe = own_app(care.joe)
    key = {"system": "https://careweave.org/id/party", "value": f"person:{care.joe}"}
    sent = body(priya("/Communication", "POST", care.message(recipient=[{"identifier": key}])), 201)
    path = f"/Communication/{sent['id']}"
    assert joe(path).status_code == 200
    assert joe(path, "DELETE").status_code == 404
    assert joe(path, "PATCH", {"status": "entered-in-error"}).status_code == 404
    assert joe(path, "PATCH", {"status": "completed"}).status_code == 200
    assert priya(path, "DELETE").status_code == 204


def test_what_the_record_promises_holds_for_programs_too(priya: Api, care: Care) -> None:
    about = {"reference": f"Patient/{care.joe}"}
    enrolled = {"resourceType": "EpisodeOfCare", "status": "active", "patient": about}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": about}
    for promised in (enrolled, plan):
        found = issue(priya(f"/{promised['resourceType']}", "POST", promised), 422)
        assert found["code"] == "business-rule"
    listed = body(priya(f"/EpisodeOfCare?patient={care.joe}"))
    assert "entry" not in listed


def test_64_programs_at_one_conditional_create_make_one_resource(ward: Api, care: Care) -> None:
    mrn = uuid.uuid4().hex

    def write(_: int) -> tuple[int, str]:
        try:
            answer = ward("/Patient", "POST", patient(mrn), HTTP_IF_NONE_EXIST=f"identifier={MRN}|{mrn}")
            return answer.status_code, json.loads(answer.content)["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as programs:
        answers = list(programs.map(write, range(64)))
    assert sorted(status for status, _ in answers) == [200] * 63 + [201]
    assert len({id_ for _, id_ in answers}) == 1


# -- update and delete ------------------------------------------------------------------------------------------


def test_an_update_needs_the_newest_version_when_it_names_one(ward: Api) -> None:
    stored = made(ward)
    path = f"/Patient/{stored['id']}"
    second = ward(path, "PUT", {**stored, "gender": "male"}, HTTP_IF_MATCH='W/"1"')
    assert body(second)["meta"]["versionId"] == "2" and second["ETag"] == 'W/"2"'
    late = ward(path, "PUT", {**stored, "gender": "female"}, HTTP_IF_MATCH='W/"1"')
    assert issue(late, 412)["code"] == "conflict" and late["ETag"] == 'W/"2"'
    assert body(ward(path))["gender"] == "male"
    assert issue(ward(path, "PUT", stored, HTTP_IF_MATCH="nonsense"), 400)
    assert ward(path, "PUT", {**stored, "gender": "other"}).status_code == 200, "fhirclient sends no If-Match"


def test_an_update_that_changes_nothing_makes_no_version(ward: Api) -> None:
    stored = made(ward)
    answer = ward(f"/Patient/{stored['id']}", "PUT", stored)
    assert body(answer)["meta"]["versionId"] == "1"


def test_an_id_in_the_body_is_the_id_of_the_address(ward: Api) -> None:
    stored = made(ward)
    other = {**stored, "id": str(uuid.uuid4())}
    assert issue(ward(f"/Patient/{stored['id']}", "PUT", other), 422)["expression"] == ["Patient.id"]


def test_what_is_deleted_stays_in_the_history(ward: Api) -> None:
    stored = made(ward)
    path = f"/Patient/{stored['id']}"
    answer = ward(path, "DELETE")
    assert (answer.status_code, answer["ETag"], answer.content) == (204, 'W/"2"', b"")
    versions = body(ward(f"{path}/_history"))["entry"]
    assert len(versions) == 2 and versions[0]["resource"]["active"] is False
    gone = ward(path)
    assert issue(gone, 410)["code"] == "deleted" and gone["ETag"] == 'W/"2"'
    again = ward(path, "DELETE")
    assert (again.status_code, again["ETag"]) == (204, 'W/"2"')
    back = body(ward(path, "PUT", {**stored, "gender": "male"}))
    assert body(ward(path)) == back and back["meta"]["versionId"] == "3"


def test_what_is_deleted_is_found_by_no_search(ward: Api) -> None:
    mrn = uuid.uuid4().hex
    about = body(ward("/Patient", "POST", patient(mrn)), 201)["id"]
    told = body(ward("/Condition", "POST", condition(f"Patient/{about}")), 201)["id"]
    searches = (
        f"/Condition?patient={about}",
        f"/Patient?identifier={MRN}|{mrn}&_revinclude=Condition:patient",
    )
    assert all(told in ward(path).content.decode() for path in searches)
    ward(f"/Condition/{told}", "DELETE")
    assert not any(told in ward(path).content.decode() for path in searches)
    assert body(ward(f"/Condition?patient={about}&_summary=count"))["total"] == 0


def test_who_was_deleted_and_is_sent_again_is_back(ward: Api) -> None:
    mrn = uuid.uuid4().hex
    path = f"/Patient?identifier={MRN}|{mrn}"
    first = body(ward(path, "PUT", patient(mrn)), 201)["id"]
    ward(f"/Patient/{first}", "DELETE")
    assert ward(path, "PUT", patient(mrn, gender="male")).status_code in (200, 201)
    assert body(ward(f"/Patient/{first}"))["gender"] == "male"


def test_what_is_deleted_is_gone_only_for_who_could_read_it(ward: Api, care: Care) -> None:
    stored = made(ward)
    ward(f"/Patient/{stored['id']}", "DELETE")
    assert issue(backend(COUNCIL)(f"/Patient/{stored['id']}"), 404)["code"] == "not-found"


def test_what_has_no_way_of_being_taken_back_is_not_deleted(ward: Api) -> None:
    made(ward)
    listed = body(ward("/Provenance?_count=1"))["entry"]
    assert issue(ward(f"/Provenance/{listed[0]['resource']['id']}", "DELETE"), 405)["code"] == "not-supported"


def test_a_condition_changes_or_deletes_the_one_it_finds(ward: Api) -> None:
    mrn = uuid.uuid4().hex
    path = f"/Patient?identifier={MRN}|{mrn}"
    assert ward(path, "PUT", patient(mrn)).status_code == 201
    assert body(ward(path, "PUT", patient(mrn, gender="male")))["meta"]["versionId"] == "2"
    assert body(ward(path, "PATCH", {"gender": "female"}))["gender"] == "female"
    assert ward(path, "DELETE").status_code == 204
    assert issue(ward(f"/Patient?identifier={MRN}|none", "DELETE"), 404)
    assert issue(ward(f"/Patient?identifier={MRN}|none", "PUT", patient(), HTTP_IF_MATCH='W/"1"'), 404)
    assert issue(ward("/Patient", "DELETE"), 400)
    assert issue(ward("/Patient?_count=1", "DELETE"), 400)


# -- patch ------------------------------------------------------------------------------------------------------


def test_three_kinds_of_patch(ward: Api) -> None:
    path = f"/Patient/{made(ward)['id']}"
    steps = [{"op": "add", "path": "/gender", "value": "male"}, {"op": "remove", "path": "/birthDate"}]
    one = body(ward(path, "PATCH", steps, content_type=JSON_PATCH))
    assert one["gender"] == "male" and "birthDate" not in one
    two = body(
        ward(path, "PATCH", {"gender": None, "birthDate": "1941-03-05"}, content_type="application/json")
    )
    assert "gender" not in two and two["birthDate"] == "1941-03-05"
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.name[0].family"},
        {"name": "value", "valueString": "Harper"},
    ]
    three = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    assert body(ward(path, "PATCH", three))["name"][0]["family"] == "Harper"
    assert body(ward(path))["meta"]["versionId"] == "4"


@pytest.mark.parametrize(
    ("sent", "form", "status"),
    [
        ([{"op": "replace", "path": "/nothing/here", "value": 1}], JSON_PATCH, 422),
        ([{"op": "test", "path": "/birthDate", "value": "2000-01-01"}], JSON_PATCH, 422),
        ([{"op": "add", "path": "/birthDate", "value": "soon"}], JSON_PATCH, 422),
        ([{"op": "replace", "path": "", "value": []}], JSON_PATCH, 422),
        ([{"op": "replace", "path": "/id", "value": "another"}], JSON_PATCH, 422),
        ([{"op": "fly", "path": "/id"}], JSON_PATCH, 422),
        ([7, None, "x"], JSON_PATCH, 422),
        ({"op": "add"}, JSON_PATCH, 400),
        ({"resourceType": "Observation"}, "application/json", 422),
        ("<Patient/>", "application/fhir+xml", 415),
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_done_changes_nothing(ward: Api, sent: Any, form: str, status: int) -> None:
    path = f"/Patient/{made(ward)['id']}"
    assert issue(ward(path, "PATCH", sent, content_type=form), status)
    assert body(ward(path))["meta"]["versionId"] == "1"


def test_a_patch_of_copies_of_copies_is_stopped(ward: Api) -> None:
    path = f"/Patient/{made(ward)['id']}"
    steps = [{"op": "copy", "from": "/name", "path": "/name/-"}] * 40
    assert issue(ward(path, "PATCH", steps, content_type=JSON_PATCH), 413)


# -- bundles ----------------------------------------------------------------------------------------------------


def test_a_transaction_is_stored_whole(ward: Api) -> None:
    joe = f"urn:uuid:{uuid.uuid4()}"
    answer = body(
        ward(
            "",
            "POST",
            bundle(
                "transaction",
                entry("GET", "Patient?name=nobody-of-this-name"),
                entry("POST", "Condition", condition(joe)),
                entry("POST", "Patient", patient(), joe),
            ),
        )
    )
    found, copd, person = answer["entry"]
    assert answer["type"] == "transaction-response"
    assert found["resource"]["type"] == "searchset" and found["response"]["status"] == "200 OK"
    assert copd["response"]["status"] == person["response"]["status"] == "201 Created"
    assert "/fhir/R4/Condition/" in copd["response"]["location"] and "resource" not in copd
    stored = body(ward(f"/{copd['response']['location'].split('/fhir/R4/')[1]}"))
    assert stored["subject"]["reference"] == person["fullUrl"].split("/fhir/R4/")[1]


def test_a_transaction_with_one_fault_stores_nothing_and_says_where(ward: Api) -> None:
    mrn, joe = uuid.uuid4().hex, f"urn:uuid:{uuid.uuid4()}"
    wrong = {**condition(joe), "onsetDateTime": "yesterday"}
    answer = ward(
        "/",
        "POST",
        bundle("transaction", entry("POST", "Patient", patient(mrn), joe), entry("POST", "Condition", wrong)),
    )
    assert issue(answer, 422)["expression"] == ["Bundle.entry[1].resource.onsetDateTime"]
    assert "entry" not in body(ward(f"/Patient?identifier={MRN}|{mrn}"))


@pytest.mark.parametrize(
    ("wrong", "status", "where"),
    [
        (entry("GET", "Patient/nothing"), 404, None),
        (
            entry("PUT", "Patient/nothing", {"resourceType": "Patient", "id": "nothing"}),
            404,
            "Bundle.entry[1].resource",
        ),
        (entry("POST", "Patient"), 400, "Bundle.entry[1].resource"),
        (entry("FLY", "Patient"), 400, "Bundle.entry[1].request.method"),
        (entry("POST", "Nonsense", {"resourceType": "Nonsense"}), 404, "Bundle.entry[1].request.url"),
        (entry("POST", "Patient/$match", {"resourceType": "Parameters"}), 405, "Bundle.entry[1].request"),
        ({"resource": patient("no request")}, 400, "Bundle.entry[1].request"),
        (7, 400, "Bundle.entry[1].request"),
    ],
    ids=str,
)
def test_a_transaction_fails_as_a_whole(ward: Api, wrong: Any, status: int, where: str | None) -> None:
    mrn = uuid.uuid4().hex
    answer = ward("", "POST", bundle("transaction", entry("POST", "Patient", patient(mrn)), wrong))
    found = issue(answer, status)
    assert where is None or found["expression"] == [where]
    assert "entry" not in body(ward(f"/Patient?identifier={MRN}|{mrn}"))


def test_a_batch_answers_each_entry_for_itself(ward: Api) -> None:
    stored = made(ward)
    answer = body(
        ward(
            "",
            "POST",
            bundle(
                "batch",
                entry("POST", "Patient", patient(gender="unheard-of")),
                entry("POST", "Patient", patient()),
                entry("GET", f"Patient/{stored['id']}"),
                entry("GET", f"Patient/{uuid.uuid4()}"),
                entry("DELETE", f"Patient/{stored['id']}"),
                entry("PUT", f"Patient/{stored['id']}", {**stored, "gender": "male"}, ifMatch='W/"1"'),
                7,
            ),
        )
    )
    told = [each["response"]["status"].split()[0] for each in answer["entry"]]
    assert told == ["422", "201", "200", "404", "204", "412", "400"]
    assert answer["entry"][2]["resource"] == stored
    assert answer["entry"][3]["response"]["outcome"]["issue"][0]["code"] == "not-found"


def test_patches_travel_in_bundles_as_parameters_or_packed(ward: Api) -> None:
    url = f"Patient/{made(ward)['id']}"
    steps = json.dumps([{"op": "add", "path": "/gender", "value": "male"}]).encode()
    packed = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": base64.b64encode(steps).decode()}
    for kind in ("transaction", "batch"):
        answer = body(ward("", "POST", bundle(kind, entry("PATCH", url, packed))))
        assert answer["entry"][0]["response"]["status"] == "200 OK"
    assert body(ward(f"/{url}"))["gender"] == "male"


def test_entries_name_others_by_a_condition(ward: Api) -> None:
    mrn, joe = uuid.uuid4().hex, f"urn:uuid:{uuid.uuid4()}"
    known = body(ward("/Patient", "POST", patient(mrn)), 201)
    again = entry("POST", "Patient", patient(mrn), joe, ifNoneExist=f"identifier={MRN}|{mrn}")
    about = entry("POST", "Condition", condition(f"Patient?identifier={MRN}|{mrn}"))
    answer = body(
        ward("", "POST", bundle("transaction", again, about, entry("POST", "Condition", condition(joe))))
    )
    assert answer["entry"][0]["response"]["status"] == "200 OK"
    for each in answer["entry"][1:]:
        stored = body(ward(f"/{each['response']['location'].split('/fhir/R4/')[1]}"))
        assert stored["subject"]["reference"] == f"Patient/{known['id']}"


def test_an_entry_that_names_an_old_version_fails_the_transaction(ward: Api) -> None:
    stored = made(ward)
    late = entry("PUT", f"Patient/{stored['id']}", {**stored, "gender": "male"}, ifMatch='W/"9"')
    found = issue(ward("", "POST", bundle("transaction", entry("POST", "Patient", patient()), late)), 412)
    assert (found["code"], found["expression"]) == ("conflict", ["Bundle.entry[1].resource"])


def test_conditions_have_bounds(ward: Api) -> None:
    long = {"HTTP_IF_NONE_EXIST": "identifier=" + "x" * 5000}
    assert issue(ward("/Patient", "POST", patient(), **long), 400)
    many = [entry("POST", "Patient", patient(), ifNoneExist=f"identifier=urn:x|{n}") for n in range(501)]
    assert issue(ward("", "POST", bundle("transaction", *many)), 400)
    for query in ("identifier=%00", "_id", "identifier", "nothing=1", "identifier:above=1", "&&&", "%ff=%fe"):
        assert issue(ward("/Patient", "POST", patient(), HTTP_IF_NONE_EXIST=query), 400), query


def test_a_bundle_that_is_neither_is_refused(ward: Api) -> None:
    assert issue(ward("", "POST", bundle("collection")), 400)["expression"] == ["Bundle.type"]
    assert issue(ward("", "POST", patient()), 400)
    assert body(ward("", "POST", bundle("transaction")))["type"] == "transaction-response"


# -- the body ---------------------------------------------------------------------------------------------------


def packed(api: Api, raw: bytes) -> HttpResponse:
    from django.test import Client

    return Client().generic(
        "POST",
        "/fhir/R4/Patient",
        raw,
        content_type="application/fhir+json",
        HTTP_AUTHORIZATION=f"Bearer {api.token}",
        HTTP_CONTENT_ENCODING="gzip",
    )


def test_texts_of_any_length_are_stored(ward: Api) -> None:
    """PostgreSQL indexes no long text, so nothing long may reach an index."""
    long = "".join(uuid.uuid4().hex for _ in range(400))
    body_ = patient(
        long, name=[{"family": long, "given": [long]}], telecom=[{"system": "phone", "value": "0" + long}]
    )
    body_ |= {"address": [{"line": [long], "postalCode": long}], "maritalStatus": {"text": long}}
    stored = body(ward("/Patient", "POST", body_), 201)
    assert body(ward(f"/Patient/{stored['id']}"))["name"][0]["family"] == long


def test_a_packed_body_is_read(ward: Api) -> None:
    assert packed(ward, gzip.compress(json.dumps(patient()).encode())).status_code == 201


def test_a_zip_bomb_and_an_oversized_body_are_refused(ward: Api) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    raw = b"".join(bomb.compress(b" " * (1 << 20)) for _ in range(200)) + bomb.flush()
    assert len(raw) < 300_000 and issue(packed(ward, raw), 413)["code"] == "too-long"
    assert issue(packed(ward, b"not packed"), 400)
    assert issue(packed(ward, gzip.compress(b"{}")[:-4]), 400)
    large = json.dumps(patient(text={"status": "generated", "div": "x" * (17 << 20)}))
    assert issue(ward("/Patient", "POST", large), 413)
