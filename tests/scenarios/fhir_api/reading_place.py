"""A place small enough to know by heart: Joe with his practice and a coordinator, a stranger, and tokens for programs."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from careweave.identity import access_tokens
from careweave.identity.clients_models import Client as Program
from careweave.identity.clients_models import Connection
from careweave.identity.models import Account
from careweave.record import Actor
from tests import factories as make

PRACTICE, HOSPITAL = "Y90001", "RVR"
SNOMED = "http://snomed.info/sct"


@dataclass(frozen=True)
class Place:
    joe: str
    joe_at_practice: str
    joe_at_hospital: str
    other: str
    conditions: tuple[str, ...]
    observations: tuple[str, ...]
    doctor: Any  # the practice's GP, who reads Joe's record

    @property
    def account(self) -> Account:
        return Account.objects.get(staff=self.doctor)


def build() -> Place:
    local = uuid.uuid4().hex
    at_practice = make.patient(PRACTICE, local, family="Harper", nhs_number="9990000018", gp=PRACTICE)
    at_hospital = make.patient(HOSPITAL, local, family="Harper", nhs_number="9990000018")
    joe = make.person((PRACTICE, at_practice), (HOSPITAL, at_hospital))
    other = make.person((HOSPITAL, make.patient(HOSPITAL, uuid.uuid4().hex, family="Other", given="Una")))
    conditions = tuple(_condition(PRACTICE, f"{local} {n}", at_practice["id"], n) for n in range(3))
    observations = tuple(_observation(HOSPITAL, f"{local} {n}", at_hospital["id"], n) for n in range(7))
    doctor = make.staff("Ruth Cole", "gp", PRACTICE)
    return Place(joe, at_practice["id"], at_hospital["id"], other, conditions, observations, doctor)


def _condition(source: str, local: str, patient: str, number: int) -> str:
    body = {
        "resourceType": "Condition",
        "id": make.resource_id(source, "Condition", local),
        "code": {"coding": [{"system": SNOMED, "code": str(52448006 + number)}]},
        "recordedDate": f"2024-05-0{number + 1}",
        "subject": {"reference": f"Patient/{patient}"},
    }
    make.load(source, body)
    return str(body["id"])


def _observation(source: str, local: str, patient: str, number: int) -> str:
    body = {
        "resourceType": "Observation",
        "id": make.resource_id(source, "Observation", local),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "Body weight"},
        "effectiveDateTime": f"2026-11-0{number + 1}T09:00:00Z",
        "valueQuantity": {"value": 70 + number, "unit": "kg"},
        "subject": {"reference": f"Patient/{patient}"},
    }
    make.load(source, body)
    return str(body["id"])


def signed_in(account: Account, actor: Actor) -> Client:
    """A browser's session, made as sign-in makes it."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(actor)
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


def person_signed_in(person_id: str) -> Client:
    account, _ = get_user_model().objects.get_or_create(
        person_id=person_id, defaults={"email": f"{uuid.uuid4().hex}@example.org", "password": "!"}
    )
    return signed_in(account, Actor(f"person:{person_id}", "person"))


def token(
    place: Place, scopes: str, *, patient: str | None = None, lifetime: timedelta = timedelta(minutes=5)
) -> str:
    """A token of the practice's GP, as the token endpoint would give it out."""
    program = Program.objects.create(
        name="An app",
        kind=Program.Kind.APP,
        organisation_id=PRACTICE,
        state=Program.State.APPROVED,
        requested_by="staff:a",
        approved_by="staff:b",
        scopes=scopes,
    )
    held = Connection.objects.create(
        client=program,
        account=place.account,
        actor=place.doctor.party,
        role="gp",
        organisation=PRACTICE,
        purpose="direct-care",
        patient=patient,
        scopes=scopes,
    )
    return access_tokens.issue(held, scopes=scopes, lifetime=lifetime)


@dataclass(frozen=True)
class Api:
    """Asks with one token."""

    token: str

    def __call__(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> HttpResponse:
        data = json.dumps(body) if body is not None and not isinstance(body, str | bytes) else body or ""
        headers.setdefault("content_type", "application/fhir+json")
        content_type = headers.pop("content_type")
        return Client().generic(
            method,
            f"/fhir/R4{path}",
            data,
            content_type=content_type,
            HTTP_AUTHORIZATION=f"Bearer {self.token}",
            **headers,
        )


def entries(answer: HttpResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = json.loads(answer.content).get("entry", [])
    return found


def is_outcome(answer: HttpResponse, status: int) -> dict[str, str]:
    """The first issue of an answer that must be an OperationOutcome."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/fhir+json")
    body = json.loads(answer.content)
    assert body["resourceType"] == "OperationOutcome"
    found: dict[str, str] = body["issue"][0]
    return found


def walk(api: Api, path: str) -> list[str]:
    """Follows next to the end: what was found, as id and version."""
    seen: list[str] = []
    while path:
        page = json.loads(api(path).content)
        for each in page.get("entry", []):
            seen.append(f"{each['resource']['id']}/{each['resource']['meta']['versionId']}")
        links = {each["relation"]: each["url"] for each in page["link"]}
        path = links.get("next", "").removeprefix(f"{settings.CONFIGURATION.base_url}/fhir/R4")
    return seen
