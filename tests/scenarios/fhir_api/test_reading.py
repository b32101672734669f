"""read, vread and history: what is answered, in which shape, and what is never told."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.scenarios.fhir_api.reading_place import (
    PRACTICE,
    Api,
    Place,
    entries,
    is_outcome,
    walk,
)

pytestmark = [pytest.mark.database]


def test_what_is_absent_and_what_is_not_allowed_is_one_answer(place: Place, api: Api) -> None:
    for shape in ("/Patient/{}", "/Patient/{}/_history", "/Patient/{}/_history/1", "/Patient/{}/$everything"):
        answers = [api(shape.format(id_)) for id_ in (place.other, str(uuid.uuid4()), "no-uuid")]
        for answer in answers:
            is_outcome(answer, 404)
        assert len({answer.content for answer in answers}) == 1
        assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


def test_finding_out_that_nothing_is_there_takes_as_many_statements_as_being_refused(
    place: Place, api: Api
) -> None:
    """What differs in work differs in time: a stopwatch must not tell who is known here."""
    for shape in ("/Patient/{}", "/Patient/{}/_history", "/Patient/{}/_history/1", "/Patient/{}/$everything"):
        counts = []
        for id_ in (place.other, str(uuid.uuid4())):
            with CaptureQueriesContext(connection) as asked:
                is_outcome(api(shape.format(id_)), 404)
            counts.append([each["sql"][:25] for each in asked])
        assert counts[0] == counts[1], shape


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


def test_the_history_of_a_type_holds_only_what_may_be_seen(place: Place, api: Api) -> None:
    seen = {each["resource"]["id"] for each in entries(api("/Patient/_history?_count=1000"))}
    assert place.joe in seen and place.other not in seen
    assert entries(api("/Patient/_history?_since=2100-01-01T00:00:00Z")) == []
    is_outcome(api("/Patient/_history?_since=yesterday"), 400)
    is_outcome(api("/Patient/_history?_cursor=nonsense"), 400)
