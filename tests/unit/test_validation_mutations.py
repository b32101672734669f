"""Good resources, damaged at random, are refused; arbitrary JSON never crashes the door.

fhirkit, an independent R4 validator, is the oracle: what it refuses, we refuse.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import fhirkit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.record.fhir import resource_types, shape
from careweave.record.validation import validate
from tests.unit.test_validation_refusals import GOOD, TODAY

Json = dict[str, Any]
Place = tuple[str | int, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every element below the resource itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*here, key)
        yield from places(item, (*here, key))


def reached(resource: Json, place: Place) -> Any:
    here: Any = resource
    for step in place:
        here = here[step]
    return here


ALL_PLACES = [(kind, place) for kind, resource in GOOD.items() for place in places(resource)]
WRONG_SHAPES = [{"unheard": 1}, [], {}, [["list"]], -1.5, True, None, "\x00", [None]]


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(ALL_PLACES), st.sampled_from(WRONG_SHAPES))
def test_a_value_of_the_wrong_shape_is_refused_at_its_place(spot: tuple[str, Place], wrong: object) -> None:
    kind, place = spot
    resource = copy.deepcopy(GOOD[kind])
    before = reached(resource, place)
    if before == wrong or (isinstance(before, int | float) and isinstance(wrong, float)):
        return  # not damage: a number for a number, true for true, a gap for a gap
    if "_given" in place and wrong is None:
        return
    reached(resource, place[:-1])[place[-1]] = wrong
    assert validate(resource, today=TODAY)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ALL_PLACES), st.text(min_size=1))
def test_an_element_r4_does_not_have_is_refused(spot: tuple[str, Place], name: str) -> None:
    kind, place = spot
    resource = copy.deepcopy(GOOD[kind])
    parent = reached(resource, place)
    if not isinstance(parent, dict) or name in ("id", "extension", "resource", "value"):
        return
    parent[f"{name}-"] = "x"
    assert any(issue.code == "unknown-element" for issue in validate(resource, today=TODAY))


REQUIRED = [
    (name, element)
    for name in sorted(resource_types())
    for element, facts in (shape(name) or pytest.fail(name)).elements.items()
    if facts.minimum
]


@pytest.mark.parametrize(("kind", "element"), REQUIRED)
def test_every_required_element_of_every_type_is_missed(kind: str, element: str) -> None:
    paths = {issue.path for issue in validate({"resourceType": kind, "id": "a"}, today=TODAY)}
    assert f"{kind}.{element}" in paths


# fhirkit 0.1.0 says these of resources that R4 allows, so they prove nothing.
NOT_ORACLE = ("unknown resource type",)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(ALL_PLACES), st.sampled_from([*WRONG_SHAPES, "drop", "twice"]))
def test_whatever_the_oracle_refuses_is_refused(spot: tuple[str, Place], damage: object) -> None:
    kind, place = spot
    resource = copy.deepcopy(GOOD[kind])
    parent = reached(resource, place[:-1])
    if damage == "drop":
        del parent[place[-1]]
    else:
        parent[place[-1]] = [parent[place[-1]], parent[place[-1]]] if damage == "twice" else damage
    theirs = fhirkit.validate(json.dumps(resource))
    errors = [issue for issue in theirs if issue.severity == "error" and issue.message not in NOT_ORACLE]
    assert validate(resource, today=TODAY) or not errors, [str(issue) for issue in errors]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates().map(str),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text()
            | st.sampled_from(["resourceType", "contained", "entry", "resource", "coding", "period"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
ELEMENTS = sorted({name for kind in GOOD for name in (shape(kind) or pytest.fail(kind)).elements})
NAMES = [name.replace("[x]", "DateTime") for name in ELEMENTS] + ["valueQuantity", "_status", "contained"]


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=6))
def test_arbitrary_json_never_crashes_and_its_refusal_can_be_stored(kind: str, body: Json) -> None:
    issues = validate({**body, "resourceType": kind}, today=date(2026, 11, 22))
    for issue in issues:
        for text in (issue.path, issue.reason, issue.expected, issue.code):
            assert text.isprintable()
            text.encode()


@given(st.text(min_size=1))
@settings(deadline=None)
def test_whatever_a_reference_says_its_refusal_can_be_stored(text: str) -> None:
    encounter = {**GOOD["Encounter"], "subject": {"reference": f"#{text}"}}
    (issue, *_) = validate(encounter, today=TODAY)
    assert (issue.reason + issue.expected).isprintable()


@settings(deadline=None)
@given(ANYTHING)
def test_what_is_not_a_resource_at_all_is_refused(value: Any) -> None:
    assert validate(value, today=TODAY)
