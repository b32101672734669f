"""fhirclient and fhirpy, as people install them, each a whole journey: find, read, search with paging, be refused."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from fhirclient import client as fhirclient
from fhirclient import server as fhirclient_server
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.models.task import Task
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

if TYPE_CHECKING:
    from tests.scenarios.fhir_api.reading_place import Place

pytestmark = [pytest.mark.database]


def task_about(person: str) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": "Ring about the new tablets",
        "for": {"reference": f"Patient/{person}"},
    }


@pytest.fixture
def smart(base: str, token: str) -> Any:
    """fhirclient, which reads /metadata first and takes the OAuth addresses from it."""
    connected = fhirclient.FHIRClient(settings={"app_id": "journey", "api_base": f"{base}/"})
    connected.prepare()
    connected.server.auth.access_token = token
    return connected


def test_fhirclient_finds_reads_and_pages(smart: Any, place: Place) -> None:
    number = {"identifier": "https://fhir.nhs.uk/Id/nhs-number|9990000018"}
    assert place.joe in {each.id for each in Patient.where(number).perform_resources_iter(smart.server)}
    joe = Patient.read(place.joe, smart.server)
    assert joe.name[0].family == "Harper" and joe.meta.versionId == "1"
    weights = Observation.where({"patient": place.joe, "_count": "2"}).perform_resources_iter(smart.server)
    assert {each.id for each in weights} == set(place.observations)


def test_fhirclient_writes_and_its_faulty_entry_is_refused(smart: Any, place: Place) -> None:
    made = Task(Task(task_about(place.joe)).create(smart.server))
    made.description = "Ring in the evening"
    made.update(smart.server)  # this client never says which version it changes
    assert Task.read(made.id, smart.server).description == "Ring in the evening"
    with pytest.raises(requests.HTTPError) as refused:
        smart.server.put_json(f"Task/{made.id}", {**made.as_json(), "status": "nonsense"})
    assert refused.value.response.json()["issue"][0]["expression"] == ["Task.status"]
    made.delete(smart.server)
    with pytest.raises(requests.HTTPError) as gone:
        Task.read(made.id, smart.server)
    assert gone.value.response.status_code == 410


def test_fhirclient_is_told_that_nothing_is_there(smart: Any, place: Place) -> None:
    with pytest.raises(fhirclient_server.FHIRNotFoundException):
        Patient.read(place.other, smart.server)


def test_fhirclient_without_a_good_token_is_not_let_in(smart: Any, place: Place) -> None:
    smart.server.auth.access_token = "nonsense"
    with pytest.raises(fhirclient_server.FHIRUnauthorizedException):
        Patient.read(place.joe, smart.server)


def test_fhirpy_finds_reads_and_pages(base: str, token: str, place: Place) -> None:
    client = SyncFHIRClient(base, authorization=f"Bearer {token}")
    joe = client.reference("Patient", place.joe).to_resource()
    assert joe["name"][0]["family"] == "Harper"
    weights = client.resources("Observation").search(patient=place.joe).sort("date").limit(2)
    assert [each.id for each in weights.fetch_all()] == list(place.observations)
    assert len(weights.fetch()) == 2
    first = client.resources("Condition").search(patient=place.joe).first()
    assert first is not None and first.id in place.conditions
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", place.other).to_resource()
    with pytest.raises(OperationOutcome):
        client.resources("Condition").search(colour="blue").fetch()


def test_fhirpy_writes_patches_and_meets_a_conflict(base: str, token: str, place: Place) -> None:
    client = SyncFHIRClient(base, authorization=f"Bearer {token}")
    number = {"system": "https://app.example.org/tasks", "value": uuid.uuid4().hex}
    wanted = client.resource("Task", **task_about(place.joe), identifier=[number])
    condition = {"identifier": f"{number['system']}|{number['value']}"}
    made, is_new = client.resources("Task").search(**condition).get_or_create(wanted)
    again, is_newer = client.resources("Task").search(**condition).get_or_create(wanted)
    assert (is_new, is_newer, again.id) == (True, False, made.id)
    made.patch(description="Ring in the evening")  # a merge patch, as application/json
    made["status"] = "accepted"
    made.save()
    read = client.reference("Task", made.id).to_resource()
    assert (read["description"], read["status"]) == ("Ring in the evening", "accepted")
    stale = {"If-Match": 'W/"1"', "Authorization": f"Bearer {token}"}
    assert (
        requests.put(f"{base}/Task/{made.id}", json=read.serialize(), headers=stale, timeout=30).status_code
        == 412
    )
    with pytest.raises(ResourceNotFound):
        client.resource("Task", **task_about(place.other)).save()
    made.delete()
    assert client.resources("Task").search(**condition, status="accepted").count() == 0


def test_fhirpy_waits_for_many_answers_at_once(base: str, token: str, place: Place) -> None:
    async def asked() -> tuple[Any, list[Any]]:
        client = AsyncFHIRClient(base, authorization=f"Bearer {token}")
        reads = [client.reference("Condition", id_).to_resource() for id_ in place.conditions]
        weights = client.resources("Observation").search(patient=place.joe).limit(3)
        return await weights.fetch_all(), list(await asyncio.gather(*reads))

    with ThreadPoolExecutor(1) as elsewhere:  # this thread's loop may be the browser's
        weights, conditions = elsewhere.submit(asyncio.run, asked()).result()
    assert {each.id for each in weights} == set(place.observations)
    assert [each.id for each in conditions] == list(place.conditions)
