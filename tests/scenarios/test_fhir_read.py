"""GET /fhir/R4/{type}/{id}: the record as JSON, and one answer for what is absent and what is not allowed."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE = "Y90001"


def signed_in(person_id: str) -> Client:
    """The person's own session, made as sign-in makes it."""
    account = get_user_model()(email=f"{uuid.uuid4().hex}@example.org", person_id=person_id)
    account.set_unusable_password()
    account.save()
    client = Client(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(f"person:{person_id}", "person"))
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


def test_a_read_is_the_stored_body_with_its_version_and_time() -> None:
    joe = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))
    answer = signed_in(joe).get(f"/fhir/R4/Patient/{joe}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/fhir+json")
    stored = Gate(Actor(f"person:{joe}", "person"), Purpose.OWN_CARE).read("Patient", joe)
    assert stored is not None
    assert json.loads(answer.content) == stored.body
    assert answer["ETag"] == f'W/"{stored.version}"'
    assert answer["Last-Modified"].endswith("GMT")


def test_absent_and_refused_are_the_same_answer() -> None:
    joe = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))
    other = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, family="Other", gp=PRACTICE)))
    client = signed_in(joe)
    asked = [other, str(uuid.uuid4()), "no-uuid", other.upper()]
    answers = [client.get(f"/fhir/R4/Patient/{id_}") for id_ in asked]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert json.loads(answers[0].content)["resourceType"] == "OperationOutcome"


def test_nobody_signed_in_reads_nothing() -> None:
    joe = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))
    answer = Client(HTTP_HOST="localhost").get(f"/fhir/R4/Patient/{joe}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert json.loads(answer.content)["issue"][0]["code"] == "login"
