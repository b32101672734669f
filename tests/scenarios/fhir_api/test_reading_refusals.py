"""What the reading side refuses, and the headers of what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.scenarios.fhir_api.reading_place import (
    Api,
    Place,
    is_outcome,
)

pytestmark = [pytest.mark.database]


@pytest.fixture
def app_origin() -> Iterator[str]:
    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(before, app_origins=("https://app.example.org",))
    yield "https://app.example.org"
    settings.CONFIGURATION = before


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


def test_a_place_on_https_says_so_to_programs_too(place: Place, api: Api) -> None:
    assert "Strict-Transport-Security" not in api(f"/Patient/{place.joe}")
    with override_settings(SECURE_HSTS_SECONDS=60):
        answer = api(f"/Patient/{place.joe}")
    assert answer["Strict-Transport-Security"] == "max-age=60; includeSubDomains"
