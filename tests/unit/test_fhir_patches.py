"""Patches: the published examples of merge patch, and FHIRPath Patch on a Patient, element by element."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from careweave.web.fhir_api.patching import merged
from careweave.web.fhir_api.path_patching import Unpatchable, find, path_patch

# RFC 7386, appendix A, without the examples whose target is no object.
RFC_7386 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
JOE = {
    "resourceType": "Patient",
    "active": True,
    "name": [
        {"use": "official", "family": "Holloway", "given": ["Joseph", "Albert"]},
        {"use": "nickname", "given": ["Joe"]},
    ],
    "contact": [{"name": {"family": "Holloway"}, "gender": "female"}],
    "deceasedBoolean": False,
    "extension": [{"url": "https://example.org/a", "valueString": "x"}],
    "identifier": [{"system": "urn:a", "value": "1"}],
}


@pytest.mark.parametrize(("target", "change", "result"), RFC_7386)
def test_merge_patch_as_published(target: Any, change: Any, result: Any) -> None:
    assert merged(target, change) == result


def operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    named = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    for name, value in parts.items():
        named.append(
            {"name": name, **value} if isinstance(value, dict) else {"name": name, "valueInteger": value}
        )
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": named}]}


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(JOE)
    for each in operations:
        body = path_patch(body, each)
    return body


TEXT = {"valueString": "Harper"}


def test_an_element_is_replaced() -> None:
    assert (
        patched(operation("replace", "Patient.name[0].family", value=TEXT))["name"][0]["family"] == "Harper"
    )
    where = "Patient.name.where(use = 'nickname').given.first()"
    assert patched(operation("replace", where, value=TEXT))["name"][1]["given"] == ["Harper"]
    choice = patched(operation("replace", "Patient.deceased", value={"valueBoolean": True}))
    assert choice["deceasedBoolean"] is True
    held = operation("replace", "Patient.extension('https://example.org/a').value", value=TEXT)
    assert patched(held)["extension"][0]["valueString"] == "Harper"


def test_an_element_is_added_where_it_belongs() -> None:
    assert (
        patched(
            operation("add", "Patient", name={"valueString": "birthDate"}, value={"valueDate": "1941-03-04"})
        )["birthDate"]
        == "1941-03-04"
    )
    more = operation("add", "Patient.name[1]", name={"valueString": "given"}, value={"valueString": "Joey"})
    assert patched(more)["name"][1]["given"] == ["Joe", "Joey"]
    multiple = operation("add", "Patient", name={"valueString": "multipleBirth"}, value={"valueInteger": 2})
    assert patched(multiple)["multipleBirthInteger"] == 2


def test_an_object_is_made_of_parts_with_lists_where_fhir_has_lists() -> None:
    parts = [
        {"name": "relationship", "valueCodeableConcept": {"text": "son"}},
        {
            "name": "name",
            "part": [{"name": "given", "valueString": "Tom"}, {"name": "family", "valueString": "H"}],
        },
    ]
    added = operation("add", "Patient", name={"valueString": "contact"}, value={"part": parts})
    assert patched(added)["contact"][1] == {
        "relationship": [{"text": "son"}],
        "name": {"given": ["Tom"], "family": "H"},
    }


def test_an_element_is_deleted_and_nothing_empty_is_left() -> None:
    assert "active" not in patched(operation("delete", "Patient.active"))
    assert len(patched(operation("delete", "Patient.name[0]"))["name"]) == 1
    assert "identifier" not in patched(
        operation("delete", "Patient.identifier.system"), operation("delete", "Patient.identifier.value")
    )
    assert patched(operation("delete", "Patient.birthDate")) == JOE, "what is not there is deleted already"


def test_lists_are_inserted_into_and_put_in_another_order() -> None:
    one = patched(operation("insert", "Patient.name[0].given", index=1, value={"valueString": "Bert"}))
    assert one["name"][0]["given"] == ["Joseph", "Bert", "Albert"]
    other = patched(operation("move", "Patient.name", source=1, destination=0))
    assert [each["use"] for each in other["name"]] == ["nickname", "official"]


@pytest.mark.parametrize(
    "wrong",
    [
        operation("replace", "Patient.name.family.given", value=TEXT),
        operation("replace", "Patient.name.given", value=TEXT),
        operation("replace", "Observation.status", value=TEXT),
        operation("replace", "Patient.name[", value=TEXT),
        operation("replace", "Patient.name.trace('x')", value=TEXT),
        operation("replace", "Patient.name[0].family"),
        operation("add", "Patient", name={"valueString": "colour"}, value=TEXT),
        operation("add", "Patient", name={"valueString": "active"}, value={"valueBoolean": False}),
        operation("insert", "Patient.name", index=7, value=TEXT),
        operation("move", "Patient.name", source=0, destination=2),
        operation("move", "Patient.active", source=0, destination=0),
        operation("fly", "Patient.name"),
        operation("delete", "Patient.name"),
        {"resourceType": "Parameters"},
    ],
    ids=lambda wrong: str(wrong.get("parameter", "nothing"))[40:140],
)
def test_what_cannot_be_done_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unpatchable) as refused:
        patched(wrong)
    assert refused.value.words


def test_a_path_finds_places_by_what_they_hold() -> None:
    both = find(copy.deepcopy(JOE), "Patient.name.where(use = 'official' and family = 'Holloway').given")
    assert [spot.value for spot in both] == ["Joseph", "Albert"]
    assert [spot.value for spot in find(copy.deepcopy(JOE), "name.last().given")] == ["Joe"]
