"""Damaged resources by the thousand: none is our mistake (5xx), and of what is refused nothing is stored."""

from __future__ import annotations

import json
import logging
import resource
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.fixtures.database import Database
from tests.generative.damage import damaged
from tests.scenarios.fhir_api.reading_place import Api
from tests.scenarios.fhir_api.writing_place import HOSPITAL, Care, backend, condition, patient

pytestmark = pytest.mark.database
SAMPLE, ALL = 750, 100_000
MOST_MEMORY = 300  # MB more than before, at most
EACH = 250  # looked at together


@pytest.fixture(scope="module")
def ward(database: Database) -> Api:
    return backend(HOSPITAL)


@pytest.fixture(scope="module")
def record(ward: Api) -> str:
    return str(Care().hospital_record["id"])


def good(record: str) -> list[dict[str, Any]]:
    """One of each kind that systems send most."""
    about = {"subject": {"reference": f"Patient/{record}"}}
    coded = {"coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure"}]}
    part = {
        "code": coded,
        "valueQuantity": {"value": 72.5, "unit": "mmHg", "system": "http://unitsofmeasure.org"},
    }
    period = {"start": "2024-05-01T10:00:00+01:00", "end": "2024-05-01T11:00:00+01:00"}
    return [
        patient(
            telecom=[{"system": "phone", "value": "01632 960101"}],
            address=[{"line": ["1 High Street"], "postalCode": "ZZ99 3VZ"}],
            contact=[{"name": {"family": "Holloway"}, "relationship": [{"text": "wife"}]}],
            meta={
                "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]
            },
        ),
        condition(f"Patient/{record}", onsetPeriod=period, note=[{"text": "since spring"}]),
        {
            "resourceType": "Observation",
            "status": "final",
            "code": coded,
            **about,
            "effectiveDateTime": "2024-05-01",
            "component": [part, part],
        },
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            **about,
            "period": period,
            "participant": [{"individual": {"display": "Dr Example"}, "period": period}],
        },
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": "Metformin"},
            **about,
            "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
        },
        {"resourceType": "Organization", "identifier": [{"system": "urn:x", "value": "9"}], "name": "Ward 9"},
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "for": {"reference": f"Patient/{record}"},
            "restriction": {"period": period},
        },
    ]


def requests(record: str, first: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Method, address and body: alone, in a transaction, in a batch, as a patch."""
    kinds = good(record)
    for number in range(first, first + count):
        body = kinds[number % len(kinds)]
        type_ = body["resourceType"]
        match number % 10:
            case 7:
                yield "PATCH", f"/Patient/{record}", damaged(PATCHES[number % len(PATCHES)], number)
            case 8 | 9:
                yield "POST", "", damaged(_bundle(body, "batch" if number % 2 else "transaction"), number)
            case _:
                yield "POST", f"/{type_}", damaged(body, number)


def _bundle(body: dict[str, Any], kind: str) -> dict[str, Any]:
    url, type_ = f"urn:uuid:{uuid.UUID(int=7, version=4)}", body["resourceType"]
    second = condition(url) if type_ == "Patient" else body
    request = {"method": "POST", "url": type_, "ifNoneExist": "identifier=urn:x|nothing"}
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {"fullUrl": url, "resource": body, "request": request},
            {"resource": second, "request": {"method": "POST", "url": second["resourceType"]}},
            {"request": {"method": "GET", "url": f"{type_}?_count=1"}},
        ],
    }


_PART = {"name": "value", "valueString": "Harper"}
PATCHES: list[dict[str, Any]] = [
    {"name": [{"family": "Holloway", "given": ["Joseph", "Ann"]}], "gender": None},
    {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Patient.name.where(use = 'official')[0].family"},
                    _PART,
                ],
            }
        ],
    },
]


def stored() -> int:
    """How many resources there are; asked as the owner, whom no session narrows."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM record.resource WHERE type <> 'Provenance'")
        return int(cursor.fetchone()[0])


def try_all(ward: Api, record: str, count: int) -> Counter[int]:
    answers: Counter[int] = Counter()
    for first in range(0, count, EACH):
        before, made = stored(), 0
        for method, path, raw in requests(record, first, EACH):
            answer = ward(path, method, raw)
            answers[answer.status_code] += 1
            assert answer.status_code < 500, (method, path, raw[:2000], answer.content[:500])
            made += created(answer.status_code, path, answer.content)
        assert stored() == before + made, f"something was half-written between {first} and {first + EACH}"
    return answers


def created(status: int, path: str, content: bytes) -> int:
    if path:
        return status == 201
    if status != 200:
        return 0
    told = json.loads(content).get("entry", [])
    assert all(each["response"]["status"] < "5" for each in told), content[:2000]
    return sum(each["response"]["status"].startswith("201") for each in told)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_no_damaged_resource_is_our_mistake_or_half_written(ward: Api, record: str) -> None:
    answers = try_all(ward, record, SAMPLE)
    refused = sum(count for status, count in answers.items() if status >= 400)
    assert refused > SAMPLE / 2, f"hardly anything was damaged: {answers}"
    assert {400, 422} <= answers.keys()


@pytest.fixture
def nothing_logged() -> Iterator[None]:
    """What is logged is kept, with its request, for the report of a failure: of 100,000 that is gigabytes."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.long
@pytest.mark.usefixtures("nothing_logged")
def test_100_000_damaged_resources(ward: Api, record: str) -> None:
    before = memory()
    answers = try_all(ward, record, ALL)
    assert sum(answers.values()) == ALL
    assert memory() - before < MOST_MEMORY
