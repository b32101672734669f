"""The reading side of the FHIR API: read, vread, history, search, $everything, $validate, $match, and what is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from careweave.record import Actor
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.fhir_api.reading_place import (
    PRACTICE,
    Api,
    Place,
    build,
    entries,
    person_signed_in,
    signed_in,
    token,
)

pytestmark = [pytest.mark.database]
ALL = "user/*.cruds"


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    return build()


@pytest.fixture(scope="module")
def api(place: Place) -> Api:
    return Api(token(place, ALL))


@pytest.fixture
def app_origin() -> Iterator[str]:
    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(before, app_origins=("https://app.example.org",))
    yield "https://app.example.org"
    settings.CONFIGURATION = before


def is_outcome(answer: HttpResponse, status: int) -> dict[str, str]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/fhir+json")
    body = json.loads(answer.content)
    assert body["resourceType"] == "OperationOutcome"
    found: dict[str, str] = body["issue"][0]
    return found


# -- who may ask ------------------------------------------------------------------------------------------------

EVERY_SHAPE = [
    ("GET", "/Patient/{joe}"),
    ("GET", "/Patient/{joe}/_history"),
    ("GET", "/Patient/{joe}/_history/1"),
    ("GET", "/Patient/{joe}/$everything"),
    ("GET", "/Patient?_id={joe}"),
    ("GET", "/Patient/_history"),
    ("POST", "/Patient/_search"),
    ("POST", "/Patient/$match"),
    ("POST", "/Patient/$validate"),
    ("POST", "/Patient"),
    ("PUT", "/Patient/{joe}"),
    ("DELETE", "/Patient/{joe}"),
    ("POST", ""),
    ("GET", "/NoSuchType/1"),
    ("GET", "/../admin"),
]


@pytest.mark.parametrize(("method", "path"), EVERY_SHAPE)
@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Bearer ", "Basic YTpi", "Bearer é"])
def test_without_a_good_token_every_address_is_the_same_401(
    place: Place, method: str, path: str, authorization: str | None
) -> None:
    more = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
    answer = Client().generic(method, f"/fhir/R4{path.format(joe=place.joe)}", **more)
    assert is_outcome(answer, 401)["code"] == "login"
    expected = 'Bearer realm="FHIR"' + ("" if authorization is None else ', error="invalid_token"')
    assert answer["WWW-Authenticate"] == expected


def test_an_expired_token_is_refused(place: Place) -> None:
    over = Api(token(place, ALL, lifetime=timedelta(seconds=-1)))
    assert is_outcome(over(f"/Patient/{place.joe}"), 401)


def test_a_token_without_the_scope_is_refused_as_rfc_6750_has_it(place: Place) -> None:
    narrow = Api(token(place, "user/Patient.r"))
    assert narrow(f"/Patient/{place.joe}").status_code == 200
    for answer in (narrow("/Patient"), narrow(f"/Condition/{place.conditions[0]}")):
        assert is_outcome(answer, 403)["code"] == "forbidden"
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


def test_a_granular_scope_narrows_reads_searches_and_history(place: Place) -> None:
    loinc = "http://loinc.org|29463-7"
    some = Api(
        token(place, f"user/Observation.rs?code={loinc} user/Condition.rs?code=http://snomed.info/sct|1")
    )
    assert len(entries(some(f"/Observation?patient={place.joe}"))) == len(place.observations)
    assert some(f"/Observation/{place.observations[0]}").status_code == 200
    assert entries(some(f"/Condition?patient={place.joe}")) == []
    for path in ("", "/_history", "/_history/1"):
        is_outcome(some(f"/Condition/{place.conditions[0]}{path}"), 404)
    is_outcome(some("/Condition/_history"), 403)


def test_a_token_for_one_person_shows_nobody_else(place: Place) -> None:
    stranger = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, family="Next", gp=PRACTICE)))
    app = Api(token(place, "patient/*.rs", patient=place.joe))
    wide = Api(token(place, ALL))
    assert wide(f"/Patient/{stranger}").status_code == 200
    is_outcome(app(f"/Patient/{stranger}"), 404)
    is_outcome(app(f"/Patient/{stranger}/$everything"), 404)
    is_outcome(app("/Patient/_history"), 403)
    assert {each["resource"]["id"] for each in entries(app("/Patient"))} <= {
        place.joe,
        place.joe_at_practice,
        place.joe_at_hospital,
    }
    assert (
        app(f"/Patient/{place.joe}").status_code
        == app(f"/Patient/{place.joe_at_hospital}").status_code
        == 200
    )
    assert len(entries(app(f"/Condition?patient={place.joe}"))) == 3
    assert entries(app(f"/Condition?patient={stranger}")) == []
    assert len(entries(app("/Condition"))) == 3
    is_outcome(app("/Patient/$match", "POST", make.patient(PRACTICE, "x", nhs_number="9990000018")), 404)


def test_a_signed_in_session_reads_and_its_locked_screen_does_not(place: Place) -> None:
    browser = person_signed_in(place.joe)
    assert browser.get(f"/fhir/R4/Patient/{place.joe}").status_code == 200
    session = browser.session
    session["locked"] = True
    session.save()
    is_outcome(browser.get(f"/fhir/R4/Patient/{place.joe}"), 401)


def test_a_session_changes_things_only_from_our_own_pages(place: Place) -> None:
    browser = signed_in(place.account, Actor(place.doctor.party, "gp", PRACTICE))
    browser.handler.enforce_csrf_checks = True
    body = json.dumps(make.patient(PRACTICE, "x"))
    path, sent = "/fhir/R4/Patient/$validate", {"content_type": "application/fhir+json"}
    is_outcome(browser.post(path, body, **sent), 403)
    is_outcome(browser.post(path, body, HTTP_ORIGIN="https://evil.example.org", **sent), 403)
    is_outcome(browser.post(path, body, HTTP_SEC_FETCH_SITE="cross-site", **sent), 403)
    assert browser.post(path, body, HTTP_SEC_FETCH_SITE="same-origin", **sent).status_code == 200
    own = settings.CONFIGURATION.base_url
    assert browser.post(path, body, HTTP_ORIGIN=own, **sent).status_code == 200
    browser.get("/day")
    cookie = browser.cookies.get("csrftoken")
    if cookie is not None:
        assert browser.post(path, body, HTTP_X_CSRFTOKEN=cookie.value, **sent).status_code == 200


# -- reading ----------------------------------------------------------------------------------------------------


def test_what_is_absent_and_what_is_not_allowed_is_one_answer(place: Place, api: Api) -> None:
    for shape in ("/Patient/{}", "/Patient/{}/_history", "/Patient/{}/_history/1", "/Patient/{}/$everything"):
        answers = [api(shape.format(id_)) for id_ in (place.other, str(uuid.uuid4()), "no-uuid")]
        for answer in answers:
            is_outcome(answer, 404)
        assert len({answer.content for answer in answers}) == 1
        assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


def test_a_client_that_has_this_version_is_sent_nothing(place: Place, api: Api) -> None:
    whole = api(f"/Patient/{place.joe}")
    known = {"HTTP_IF_NONE_MATCH": whole["ETag"]}
    for more in (
        known,
        {"HTTP_IF_NONE_MATCH": '"1", W/"7"'},
        {"HTTP_IF_MODIFIED_SINCE": whole["Last-Modified"]},
    ):
        answer = api(f"/Patient/{place.joe}", **more)
        assert (answer.status_code, answer.content) == (304, b""), more
        assert answer["ETag"] == whole["ETag"]
    for more in (
        {"HTTP_IF_NONE_MATCH": 'W/"9"'},
        {"HTTP_IF_MODIFIED_SINCE": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        assert api(f"/Patient/{place.joe}", **more).status_code == 200, more
    assert api(f"/Patient/{place.joe}", HTTP_IF_MODIFIED_SINCE="nonsense").status_code == 200


def test_head_is_a_read_without_its_body(place: Place, api: Api) -> None:
    whole, head = api(f"/Patient/{place.joe}"), api(f"/Patient/{place.joe}", "HEAD")
    assert head.status_code == 200 and head.content == b""
    for name in ("ETag", "Content-Length", "Content-Type", "Last-Modified"):
        assert head[name] == whole[name]


def test_the_shape_of_an_answer_can_be_asked_for(place: Place, api: Api) -> None:
    path = f"/Observation/{place.observations[0]}"
    assert b"\n  " in api(f"{path}?_pretty=true").content
    part = json.loads(api(f"{path}?_elements=valueQuantity").content)
    assert set(part) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
    assert part["meta"]["tag"][-1]["code"] == "SUBSETTED"
    summary = json.loads(api(f"/Patient/{place.joe}?_summary=true").content)
    assert "birthDate" in summary and "generalPractitioner" not in summary
    assert "text" not in json.loads(api(f"{path}?_summary=data").content)
    assert "SUBSETTED" not in api(f"{path}?_summary=false").content.decode()


def test_numbers_keep_their_digits_in_every_shape(place: Place, api: Api) -> None:
    body = {
        "resourceType": "Observation",
        "id": str(uuid.uuid4()),
        "status": "final",
        "code": {"text": "weight"},
        "valueQuantity": {"value": 72.5},
        "subject": {"reference": f"Patient/{place.joe_at_practice}"},
    }
    from careweave.record.validation import parse

    exact = parse(json.dumps(body).replace("72.5", "72.50").encode())
    make.load(PRACTICE, exact)
    for query in ("", "?_pretty=true", "?_elements=value"):
        assert "72.50" in api(f"/Observation/{body['id']}{query}").content.decode(), query
    assert "72.50" in api(f"/Observation/{body['id']}/_history").content.decode()


def test_every_version_is_there_newest_first_and_each_by_itself(place: Place, api: Api) -> None:
    body = make.patient(PRACTICE, uuid.uuid4().hex, family="Changes", gp=PRACTICE)
    person = make.person((PRACTICE, body))
    for telephone in ("1", "2", "3"):
        make.load(PRACTICE, {**body, "telecom": [{"system": "phone", "value": f"01632 96000{telephone}"}]})
    found = entries(api(f"/Patient/{body['id']}/_history"))
    assert [each["resource"]["meta"]["versionId"] for each in found] == ["4", "3", "2", "1"]
    assert [each["request"]["method"] for each in found] == ["PUT", "PUT", "PUT", "POST"]
    assert found[0]["response"]["etag"] == 'W/"4"'
    for each in found:
        version = each["resource"]["meta"]["versionId"]
        one = api(f"/Patient/{body['id']}/_history/{version}")
        assert json.loads(one.content) == each["resource"] and one["ETag"] == f'W/"{version}"'
    is_outcome(api(f"/Patient/{body['id']}/_history/5"), 404)
    is_outcome(api(f"/Patient/{body['id']}/_history/0"), 404)
    assert person


def test_histories_come_in_pages_that_lead_from_one_to_the_next(place: Place, api: Api) -> None:
    body = make.patient(PRACTICE, uuid.uuid4().hex, family="Pages", gp=PRACTICE)
    make.person((PRACTICE, body))
    for number in range(4):
        make.load(PRACTICE, {**body, "telecom": [{"system": "phone", "value": f"01632 96010{number}"}]})
    for path, whole in (
        (f"/Patient/{body['id']}/_history", 5),
        ("/Patient/_history", len(entries(api("/Patient/_history?_count=1000")))),
    ):
        seen = walk(api, f"{path}?_count=2")
        assert len(seen) == len(set(seen)) == whole, path


def walk(api: Api, path: str) -> list[str]:
    """Follows next to the end: what was found, as id and version."""
    seen: list[str] = []
    while path:
        page = json.loads(api(path).content)
        for each in page.get("entry", []):
            seen.append(f"{each['resource']['id']}/{each['resource']['meta']['versionId']}")
        links = {each["relation"]: each["url"] for each in page["link"]}
        path = links.get("next", "").removeprefix(f"{settings.CONFIGURATION.base_url}/fhir/R4")
    return seen


def test_the_history_of_a_type_holds_only_what_may_be_seen(place: Place, api: Api) -> None:
    seen = {each["resource"]["id"] for each in entries(api("/Patient/_history?_count=1000"))}
    assert place.joe in seen and place.other not in seen
    assert entries(api("/Patient/_history?_since=2100-01-01T00:00:00Z")) == []
    is_outcome(api("/Patient/_history?_since=yesterday"), 400)
    is_outcome(api("/Patient/_history?_cursor=nonsense"), 400)


# -- searching --------------------------------------------------------------------------------------------------


def test_a_search_is_walked_page_by_page_from_absolute_links(place: Place, api: Api) -> None:
    first = json.loads(
        api(f"/Observation?patient={place.joe}&_count=3", HTTP_HOST="evil.example.org").content
    )
    assert first["type"] == "searchset" and len(first["entry"]) == 3
    for each in (*first["link"], *({"url": each["fullUrl"]} for each in first["entry"])):
        assert each["url"].startswith(f"{settings.CONFIGURATION.base_url}/fhir/R4/Observation")
    seen = walk(api, f"/Observation?patient={place.joe}&_count=3")
    assert {each.partition("/")[0] for each in seen} >= set(place.observations)
    assert len(seen) == len(set(seen))


def test_a_cursor_outlives_a_count_that_a_client_adds(place: Place, api: Api) -> None:
    page = json.loads(api(f"/Observation?patient={place.joe}&_count=3").content)
    following = next(each["url"] for each in page["link"] if each["relation"] == "next")
    path = following.removeprefix(f"{settings.CONFIGURATION.base_url}/fhir/R4") + "&_count=1000"
    rest = entries(api(path))
    assert {each["resource"]["id"] for each in rest}.isdisjoint(
        each["resource"]["id"] for each in page["entry"]
    )
    assert len(rest) + 3 >= len(place.observations)


def test_a_form_searches_as_a_query_does(place: Place, api: Api) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    by_form = api("/Condition/_search", "POST", f"patient={place.joe}", **form)
    both = api(f"/Condition/_search?patient={place.joe}", "POST", "_count=1", **form)
    assert len(entries(by_form)) == 3 and len(entries(both)) == 1
    is_outcome(api("/Condition/_search", "POST", {"patient": place.joe}), 415)


def test_unknown_parameters_are_refused_and_passed_over_only_when_asked(place: Place, api: Api) -> None:
    answer = api(f"/Condition?patient={place.joe}&colour=blue")
    assert "colour" in is_outcome(answer, 400)["diagnostics"]
    found = entries(api(f"/Condition?patient={place.joe}&colour=blue", HTTP_PREFER="handling=lenient"))
    assert [each["search"]["mode"] for each in found] == ["match"] * 3 + ["outcome"]
    is_outcome(api(f"/Patient/{place.joe}?colour=blue"), 400)
    assert api(f"/Patient/{place.joe}?colour=blue", HTTP_PREFER="handling=lenient").status_code == 200


def test_everything_is_all_that_the_caller_may_see(place: Place, api: Api) -> None:
    found = {each["resource"]["id"] for each in entries(api(f"/Patient/{place.joe}/$everything"))}
    assert found >= {place.joe, place.joe_at_practice, *place.conditions, *place.observations}
    only = entries(api(f"/Patient/{place.joe}/$everything?_type=Condition"))
    assert {each["resource"]["resourceType"] for each in only} == {"Condition"}
    assert {
        each.partition("/")[0] for each in walk(api, f"/Patient/{place.joe}/$everything?_count=4")
    } == found
    narrow = Api(token(place, "user/Condition.rs user/Patient.rs"))
    shown = entries(narrow(f"/Patient/{place.joe}/$everything"))
    assert {each["resource"]["resourceType"] for each in shown} == {"Condition", "Patient"}


# -- operations -------------------------------------------------------------------------------------------------


def test_validate_names_every_fault_with_its_path_and_stores_nothing(place: Place, api: Api) -> None:
    wrong = {"resourceType": "Patient", "birthDate": "1985-02-30", "gender": "m"}
    issues = json.loads(api("/Patient/$validate", "POST", wrong).content)["issue"]
    assert {each["expression"][0] for each in issues} == {"Patient.birthDate", "Patient.gender"}
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": wrong}]}
    assert json.loads(api("/Patient/$validate", "POST", wrapped).content)["issue"] == issues
    well = api("/Patient/$validate", "POST", make.patient(PRACTICE, "x"))
    assert [each["severity"] for each in json.loads(well.content)["issue"]] == ["information"]
    other = json.loads(api("/Patient/$validate", "POST", {"resourceType": "Condition"}).content)
    assert other["issue"][0]["expression"] == ["resourceType"]


def test_match_grades_what_a_trace_finds_and_tells_no_more(place: Place, api: Api) -> None:
    asked = make.patient(PRACTICE, "x", family="Harper", nhs_number="9990000018")
    found = entries(api("/Patient/$match", "POST", asked))
    assert [each["resource"]["id"] for each in found] == [place.joe]
    assert found[0]["search"]["extension"][0]["valueCode"] == "certain"
    assert set(found[0]["resource"]) <= {"resourceType", "id", "identifier", "name", "birthDate", "address"}
    del asked["identifier"]
    by_name = entries(api("/Patient/$match", "POST", asked))
    assert by_name[0]["search"]["extension"][0]["valueCode"] == "probable"
    only = {"name": "onlyCertainMatches", "valueBoolean": True}
    certain = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": asked}, only]}
    assert entries(api("/Patient/$match", "POST", certain)) == []
    wrong = {
        **asked,
        "identifier": [{"system": make.NHS_NUMBER, "value": "9990000018"}],
        "birthDate": "1950-01-01",
    }
    assert (
        entries(api("/Patient/$match", "POST", wrong))[0]["search"]["extension"][0]["valueCode"] == "possible"
    )
    is_outcome(api("/Patient/$match", "POST", {"resourceType": "Patient", "birthDate": "1941-03-04"}), 400)
    is_outcome(api("/Patient/$match", "POST", {**asked, "birthDate": "1941"}), 400)


def test_a_person_traces_nobody(place: Place) -> None:
    browser = person_signed_in(place.joe)
    answer = browser.post(
        "/fhir/R4/Patient/$match",
        json.dumps(make.patient(PRACTICE, "x", nhs_number="9990000018")),
        content_type="application/fhir+json",
        HTTP_SEC_FETCH_SITE="same-origin",
    )
    is_outcome(answer, 404)


# -- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/Patient/{joe}?_format=xml", {}, 406),
        ("/Patient/{joe}", {"HTTP_ACCEPT": "application/fhir+xml"}, 406),
        ("/Patient/{joe}", {"HTTP_ACCEPT": "application/fhir+json; fhirVersion=5.0"}, 406),
        ("/Patient/{joe}", {"HTTP_ACCEPT": "text/turtle;q=1, */*;q=0"}, 406),
        ("/Patient/{joe}", {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, 400),
        ("/Patient/{joe}?_summary=much", {}, 400),
        ("/Patient/{joe}?_elements=id&_summary=true", {}, 400),
        ("/Patient?_id=%00", {}, 400),
        ("/Patient?_id=%ff", {}, 400),
        ("/Patient?" + "&".join(f"_id={n}" for n in range(300)), {}, 400),
        ("/Patient?_id=" + "x" * 20_000, {}, 414),
        ("/Patient?_cursor=a&_cursor=b", {}, 400),
        ("/Patient?_cursor=%C3%A9", {}, 400),
        ("/Patient?family=%0d%0aSet-Cookie:%20a=b", {}, 400),
        ("/Patient/../../etc/passwd", {}, 404),
        ("/Patient/%2e%2e", {}, 404),
        ("/Patient/" + "a" * 65, {}, 404),
        ("/Patient/{joe}/_history/9999999999", {}, 404),
        ("/patient/{joe}", {}, 404),
        ("/SubstanceSpecification/1", {}, 404),
        ("/Patient/{joe}/extra/parts", {}, 404),
        ("//Patient/{joe}", {}, 404),
        ("/Patient/{joe}/$unknown", {}, 404),
        ("/Patient/$everything", {}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused_with_an_outcome(
    place: Place, api: Api, path: str, more: dict[str, str], status: int
) -> None:
    issue = is_outcome(api(path.format(joe=place.joe), **more), status)
    assert issue["diagnostics"]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/fhir+json, */*; q=0.1",
        "application/fhir+json;fhirVersion=4.0",
        "",
    ],
)
def test_the_ways_in_which_clients_ask_for_json_are_understood(place: Place, api: Api, accept: str) -> None:
    assert api(f"/Patient/{place.joe}", HTTP_ACCEPT=accept).status_code == 200
    assert api(f"/Patient/{place.joe}?_format=application/fhir%2Bjson").status_code == 200


def test_a_body_that_is_no_json_object_is_refused_with_its_place(place: Place, api: Api) -> None:
    for body, status in (("{", 400), ("", 400), ("[1]", 400), ('{"a":1,"a":2}', 400)):
        is_outcome(api("/Patient/$validate", "POST", body), status)
    is_outcome(api("/Patient/$validate", "POST", "<Patient/>", content_type="application/fhir+xml"), 415)
    is_outcome(api("/Patient/$validate", "POST", "x" * (17 << 20)), 413)
    is_outcome(api("/Patient/$validate", "POST", "{}", HTTP_CONTENT_ENCODING="br"), 415)


def test_a_method_that_is_not_done_says_which_are(place: Place, api: Api) -> None:
    answer = api(f"/Patient/{place.joe}/_history", "POST")
    is_outcome(answer, 405)
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_apps_in_a_browser_read_from_configured_origins_alone(
    place: Place, api: Api, app_origin: str
) -> None:
    asked = {
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization",
    }
    before = Client().options(f"/fhir/R4/Patient/{place.joe}", HTTP_ORIGIN=app_origin, **asked)
    assert before.status_code == 204
    assert before["Access-Control-Allow-Origin"] == app_origin
    assert before["Access-Control-Allow-Headers"] == "authorization"
    assert "Access-Control-Allow-Credentials" not in before
    assert api(f"/Patient/{place.joe}", HTTP_ORIGIN=app_origin)["Access-Control-Allow-Origin"] == app_origin
    other = api(f"/Patient/{place.joe}", HTTP_ORIGIN="https://evil.example.org")
    assert "Access-Control-Allow-Origin" not in other


def test_answers_are_not_kept_and_not_guessed_at(place: Place, api: Api) -> None:
    for answer in (api(f"/Patient/{place.joe}"), api("/Patient/none"), Client().get("/fhir/R4/metadata")):
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "Set-Cookie" not in answer
