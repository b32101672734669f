"""The CapabilityStatement promises what is done: each claim works against the API, and nothing works unclaimed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from careweave.record.fhir import resource_types
from careweave.record.indexing.parameters import parameters_of
from careweave.record.validation import validate
from careweave.web.fhir_api import routes
from careweave.web.fhir_api.addresses import Shape, address_of
from careweave.web.fhir_api.types import SERVED
from tests.fixtures.database import Database
from tests.scenarios.fhir_api.reading_place import Api, Place, build, token

pytestmark = [pytest.mark.database]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ABSENT = "8f3f7a52-1111-4a5e-9d00-000000000001"
# How each interaction of the statement is asked for (https://hl7.org/fhir/R4/http.html).
ASKED = {
    "read": ("GET", f"/{{type}}/{ABSENT}"),
    "vread": ("GET", f"/{{type}}/{ABSENT}/_history/1"),
    "update": ("PUT", f"/{{type}}/{ABSENT}"),
    "patch": ("PATCH", f"/{{type}}/{ABSENT}"),
    "delete": ("DELETE", f"/{{type}}/{ABSENT}"),
    "history-instance": ("GET", f"/{{type}}/{ABSENT}/_history"),
    "history-type": ("GET", "/{type}/_history"),
    "create": ("POST", "/{type}"),
    "search-type": ("GET", "/{type}"),
}
OF_THE_SYSTEM = {"batch": ("POST", "/"), "transaction": ("POST", "/")}


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    return build()


@pytest.fixture(scope="module")
def api(place: Place) -> Api:
    return Api(token(place, "user/*.cruds"))


@pytest.fixture(scope="module")
def told(place: Place) -> dict[str, Any]:
    answer = Client().get("/fhir/R4/metadata")
    assert answer.status_code == 200
    made: dict[str, Any] = json.loads(answer.content)
    return made


@pytest.fixture(scope="module")
def rest(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = told["rest"][0]
    return found


def is_done(api: Api, method: str, path: str) -> bool:
    """Whether there is such a thing to do; what becomes of an empty body or an absent id is another matter."""
    answer = api(path, method)
    assert answer.status_code < 500, (method, path, answer.content)
    if answer.status_code == 405:
        return False
    if (
        answer.status_code == 404
    ):  # an absent resource and an absent address look alike on purpose: ask the table
        address = address_of(path.partition("?")[0])
        return address is not None and routes.route_of(address, method) is not None
    return True


def test_the_statement_is_valid_and_anyone_may_read_it(told: dict[str, Any]) -> None:
    from django.utils import timezone

    assert validate(told, today=timezone.localdate()) == ()
    assert b"\n  " in Client().get("/fhir/R4/metadata?_pretty=true").content


def test_every_interaction_that_is_claimed_is_done_and_no_other(api: Api, rest: dict[str, Any]) -> None:
    kinds = {tuple(sorted(each["code"] for each in one["interaction"])) for one in rest["resource"]}
    for codes in kinds:  # types with the same claims are done by the same routes: one of them stands for all
        type_ = next(
            one["type"]
            for one in rest["resource"]
            if tuple(sorted(each["code"] for each in one["interaction"])) == codes
        )
        for code, (method, path) in ASKED.items():
            assert is_done(api, method, path.format(type=type_)) == (code in codes), (type_, code)


def test_what_the_whole_system_does_is_claimed(api: Api, rest: dict[str, Any]) -> None:
    claimed = {each["code"] for each in rest.get("interaction", [])}
    for code, (method, path) in OF_THE_SYSTEM.items():
        assert is_done(api, method, path) == (code in claimed), code
    assert claimed <= set(OF_THE_SYSTEM)


def test_every_search_parameter_that_is_claimed_is_understood(
    place: Place, api: Api, rest: dict[str, Any]
) -> None:
    samples = {
        "token": "x",
        "date": "2026-01-01",
        "string": "x",
        "reference": f"Patient/{place.joe}",
        "uri": "https://example.org/x",
        "quantity": "5",
        "number": "5",
        "composite": "x$2026",
    }
    for one in rest["resource"]:
        pairs = []  # all in one search: a refusal names the parameter
        for parameter in one["searchParam"]:
            value = samples[parameter["type"]]
            declared = parameters_of(one["type"]).get(parameter["name"])
            if (
                declared
                and declared.kind == "reference"
                and "Patient" not in (declared.targets or ("Patient",))
            ):
                value = f"{declared.targets[0]}/x"
            if declared and {each for _, each in declared.paths} == {"boolean"}:
                value = "true"
            pairs.append(f"{parameter['name']}={value}")
        answer = api(f"/{one['type']}?{'&'.join(pairs)}")
        assert answer.status_code == 200, (one["type"], answer.content)


def test_every_include_that_is_claimed_is_understood(api: Api, rest: dict[str, Any]) -> None:
    for one in rest["resource"]:
        asked = [f"_include={value}" for value in one.get("searchInclude", [])]
        asked += [f"_revinclude={value}" for value in one.get("searchRevInclude", [])]
        for first in range(0, len(asked), 12):
            answer = api(f"/{one['type']}?_count=1&{'&'.join(asked[first : first + 12])}")
            assert answer.status_code == 200, (one["type"], answer.content)


def test_no_search_parameter_works_unclaimed(api: Api, rest: dict[str, Any]) -> None:
    names = {parameter["name"] for one in rest["resource"] for parameter in one["searchParam"]}
    for one in rest["resource"]:
        claimed = {parameter["name"] for parameter in one["searchParam"]}
        other = sorted(names - claimed)[0]
        assert api(f"/{one['type']}?{other}=x").status_code == 400, (one["type"], other)


def test_every_operation_that_is_claimed_is_done(api: Api, rest: dict[str, Any]) -> None:
    for one in rest["resource"]:
        claimed = {each["name"] for each in one.get("operation", [])}
        for name in ("everything", "validate", "match", "meta", "apply", "document", "graph"):
            done = any(
                is_done(api, method, path)
                for method in METHODS
                for path in (f"/{one['type']}/${name}", f"/{one['type']}/{ABSENT}/${name}")
                if (address := address_of(path)) and routes.methods_at(address)
            )
            assert done == (name in claimed), (one["type"], name)


def test_types_that_are_not_claimed_are_not_there(api: Api, rest: dict[str, Any]) -> None:
    assert {one["type"] for one in rest["resource"]} == SERVED
    for type_ in sorted(resource_types() - SERVED):
        for path in (f"/{type_}", f"/{type_}/{ABSENT}"):
            assert api(path).status_code == 404, path


def test_every_route_is_claimed(rest: dict[str, Any]) -> None:
    claimed = {each["code"] for one in rest["resource"] for each in one["interaction"]}
    claimed |= {each["code"] for each in rest.get("interaction", [])}
    operations = {each["name"] for one in rest["resource"] for each in one.get("operation", [])}
    operations |= {each["name"] for each in rest.get("operation", [])}
    for route in routes.ROUTES:
        if route.shape is Shape.METADATA:
            continue
        assert route.interaction in claimed or route.operation.removeprefix("$") in operations, route
