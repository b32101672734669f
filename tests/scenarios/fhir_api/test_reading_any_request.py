"""Whatever is asked of the reading side, the answer is FHIR, says nothing of others, and is never a fault of ours."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.record.fhir import resource_types
from tests.scenarios.fhir_api.reading_place import Api, Place

pytestmark = [pytest.mark.database]

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
types = st.sampled_from(sorted(resource_types()))
operations = st.sampled_from(
    ["$everything", "$validate", "$match", "$meta", "_history", "_search", "metadata", "_id"]
)
names = st.one_of(
    words,
    st.sampled_from(
        [
            "_id", "_count", "_sort", "_total", "_summary", "_elements", "_format", "_pretty", "_cursor", "_since", "_type",
            "_include", "_revinclude", "_has:Observation:patient:code", "_lastUpdated", "patient", "patient.name", "code",
            "code:not", "code:missing", "birthdate", "family:exact", "identifier", "subject:Patient", "value-quantity",
        ]
    ),
)  # fmt: skip
values = st.one_of(
    words,
    st.sampled_from(
        [
            "0", "1", "-1", "1e400", "99999999999999999999", "true", "2026", "gt2026-02-30", "a|b|c", "|", ",", "\\",
            "$", "*",
            "Patient:general-practitioner", "Observation:patient", "Patient/1", "http://x", "%", "(", "'", "\x00", "lt5||kg",
        ]
    ),
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(
        ["HTTP_ACCEPT", "HTTP_PREFER", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ORIGIN"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    max_size=2,
)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
    parts=st.lists(st.one_of(types, operations, words.map(_quoted), st.just("JOE")), max_size=4),
    query=st.lists(st.tuples(names, values), max_size=4),
    more=headers,
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_request_has_an_answer_in_fhir(
    place: Place, api: Api, method: str, parts: list[str], query: list[tuple[str, str]], more: dict[str, str]
) -> None:
    path = "/" + "/".join(parts).replace("JOE", place.joe)
    asked = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    answer = api(f"{path}?{asked}", method, **more)
    assert answer.status_code < 500, (method, path, asked, more, answer.content)
    assert place.other.encode() not in answer.content or place.other in asked
    if method not in ("HEAD", "OPTIONS") and answer.status_code not in (204, 304):
        assert json.loads(answer.content)["resourceType"], (method, path, asked)


@given(type_=types, query=st.lists(st.tuples(names, values), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_search_is_answered_or_refused_by_name(
    api: Api, type_: str, query: list[tuple[str, str]]
) -> None:
    asked = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    answer = api(f"/{type_}?{asked}")
    assert answer.status_code in (200, 400, 404, 406), (type_, asked, answer.content)
    assert json.loads(answer.content)["resourceType"] in ("Bundle", "OperationOutcome")
