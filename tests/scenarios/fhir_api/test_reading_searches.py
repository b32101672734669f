"""Search, $everything, $validate and $match."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from tests import factories as make
from tests.scenarios.fhir_api.reading_place import (
    PRACTICE,
    Api,
    Place,
    entries,
    is_outcome,
    person_signed_in,
    token,
    walk,
)

pytestmark = [pytest.mark.database]


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


def test_a_count_is_asked_for_without_entries(place: Place, api: Api) -> None:
    for query in ("_count=0&_totalMethod=count", "_summary=count"):
        page = json.loads(api(f"/Condition?patient={place.joe}&{query}").content)
        assert page["total"] == 3 and "entry" not in page, query


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
