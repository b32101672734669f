"""Who may ask the FHIR API, and how far: tokens, their scopes, and signed-in sessions."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from careweave.record import Actor
from careweave.web.fhir_api.types import DIRECTORY, SERVED
from tests import factories as make
from tests.scenarios.fhir_api.reading_place import (
    PRACTICE,
    Api,
    Place,
    entries,
    is_outcome,
    person_signed_in,
    signed_in,
    token,
)

pytestmark = [pytest.mark.database]


ALL = "user/*.cruds"
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


def test_a_lost_connection_is_replaced_before_anything_is_done(place: Place, api: Api) -> None:
    from django.db import connection

    assert api(f"/Patient/{place.joe}").status_code == 200
    connection.connection.close()
    assert api(f"/Patient/{place.joe}").status_code == 200


def test_a_request_with_a_token_is_two_statements(place: Place, api: Api) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert api(f"/Patient/{place.joe}").status_code == 200
    assert ["identity_accesstoken" in asked[0]["sql"], "gate_read" in asked[1]["sql"]] == [True, True]
    assert len(asked) == 2


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
    for type_ in sorted(SERVED - DIRECTORY):
        is_outcome(app(f"/{type_}/_history"), 403)
        for each in entries(app(f"/{type_}")):
            about = each["resource"].get(
                "subject", each["resource"].get("patient", {"reference": f"Patient/{place.joe}"})
            )
            assert about["reference"] != f"Patient/{stranger}"
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
