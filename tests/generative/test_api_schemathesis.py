"""The running server against its own OpenAPI document, by Schemathesis: single requests, and stories of several."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from careweave.web.fhir_api.openapi import description
from careweave.web.fhir_api.routes import ROUTES
from tests.fixtures.database import Database
from tests.scenarios.fhir_api.writing_place import HOSPITAL, backend, patient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of libraries below Schemathesis, at import
    import hypothesis
    import schemathesis
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as documented

pytestmark = [pytest.mark.database, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
CHECKS = [
    checks.not_a_server_error,
    documented.status_code_conformance,
    documented.content_type_conformance,
    documented.response_schema_conformance,
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return description(ROUTES, title="Careweave")


@pytest.fixture(scope="module")
def schema(document: dict[str, Any], live_server: str, database: Database) -> Any:
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=f"{live_server}/fhir/R4")
    token = backend(HOSPITAL).token
    loaded.config.update(headers={"Authorization": f"Bearer {token}"})
    return loaded


def settings(examples: int, **more: Any) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        **more,
    )


def call_each(schema: Any, examples: int) -> None:
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(examples)
        @hypothesis.given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        call()


def test_the_document_tells_of_every_route(document: dict[str, Any]) -> None:
    methods = sum(len(held) - 1 for held in document["paths"].values())
    assert methods == len({(route.shape, route.operation, route.method, route.types) for route in ROUTES})


def test_each_operation_answers_as_the_document_says(schema: Any) -> None:
    call_each(schema, 2)


def stories(schema: Any) -> Any:
    """Stories begin with a Patient that can be stored: of what is invented nothing would be."""

    class Stories(schema.as_state_machine()):  # type: ignore[misc]
        made = 0

        def before_call(self, case: Any) -> None:
            if case.method == "POST" and case.operation.path == "/{type}":
                case.path_parameters["type"] = "Patient"
                case.body, case.headers["If-None-Exist"] = patient(), ""

        def after_call(self, response: Any, case: Any) -> None:
            Stories.made += response.status_code == 201

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    return Stories


def test_stories_of_creating_changing_and_deleting(schema: Any) -> None:
    told = stories(schema)
    told.run(settings=settings(10, stateful_step_count=6))
    assert told.made > 2


@pytest.mark.long
def test_each_operation_a_thousand_times(schema: Any) -> None:
    call_each(schema, 1000)


@pytest.mark.long
def test_a_thousand_stories(schema: Any) -> None:
    stories(schema).run(settings=settings(1000, stateful_step_count=10))
