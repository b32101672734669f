"""Two organisations' systems and a professional, as writers meet them behind the FHIR API."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from careweave.identity import access_tokens
from careweave.identity.clients_models import Client as Program
from careweave.identity.clients_models import Connection
from careweave.identity.models import Account
from careweave.identity.staffing import administering
from careweave.record import Actor, Gate, Purpose
from careweave.record.changes import Act, Change, Done
from careweave.record.parties import join
from careweave.record.relations import party_reference
from tests import factories as make
from tests.scenarios.fhir_api.reading_place import Api

HOSPITAL, COUNCIL = "RVR", "X2602"
SNOMED = "http://snomed.info/sct"
MRN = "https://hospital.example/mrn"


def system(organisation: str, client: str = "") -> Gate:
    """The gate of an organisation's system, as its access token opens it."""
    actor = Actor(f"system:{client or f'of-{organisation}'}", "system", organisation)
    join(administering(), actor=actor.id, party=f"org:{organisation}")
    return Gate(actor, Purpose.INTAKE)


def patient(mrn: str = "", **more: Any) -> dict[str, Any]:
    """A Patient as a system sends it: without an id."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": MRN, "value": mrn or uuid.uuid4().hex}],
        "name": [{"family": "Holloway", "given": ["Joseph"]}],
        "birthDate": "1941-03-04",
        **more,
    }


def condition(subject: str, **more: Any) -> dict[str, Any]:
    """A Condition about `Patient/…` or `urn:uuid:…`."""
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": SNOMED, "code": "13645005"}], "text": "COPD"},
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
            ]
        },
        "subject": {"reference": subject},
        **more,
    }


def create(body: dict[str, Any], **more: Any) -> Change:
    return Change(Act.CREATE, body["resourceType"], body=body, **more)


def update(body: dict[str, Any], **more: Any) -> Change:
    return Change(Act.UPDATE, body["resourceType"], id=body.get("id", ""), body=body, **more)


def delete(done: Done, **more: Any) -> Change:
    return Change(Act.DELETE, done.type, id=done.id, **more)


class Care:
    """Joe with a record of the hospital, a team with a coordinator, and someone else entirely."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex
        self.hospital_record = make.patient(HOSPITAL, key)
        self.joe = make.person((HOSPITAL, self.hospital_record))
        self.other_record = make.patient(COUNCIL, f"{key} other", family="Other")
        self.other = make.person((COUNCIL, self.other_record))
        self.priya = make.staff("Priya Nair", "coordinator", "RVC")
        member = {"role": [{"text": "coordinator"}], "member": party_reference(self.priya.party)}
        Gate(Actor("system:intake", "system"), Purpose.INTAKE).create(
            {
                "resourceType": "CareTeam",
                "status": "active",
                "subject": {"reference": f"Patient/{self.joe}"},
                "participant": [member],
            },
            subject=self.joe,
        )

    @property
    def team(self) -> Gate:
        return make.gate(self.priya, "coordinator", "RVC")

    def message(self, subject: str = "", **more: Any) -> dict[str, Any]:
        return {
            "resourceType": "Communication",
            "status": "in-progress",
            "subject": {"reference": f"Patient/{subject or self.joe}"},
            **more,
        }


def backend(organisation: str, scopes: str = "system/*.cruds") -> Api:
    """An organisation's system with an access token, as two administrators let it in."""
    gate = system(organisation, client=uuid.uuid4().hex)
    make.organisation(organisation)
    program = Program.objects.create(
        id=gate.actor.id.removeprefix("system:"),
        name="A system",
        kind=Program.Kind.BACKEND,
        organisation_id=organisation,
        jwks={"keys": []},
        state=Program.State.APPROVED,
        requested_by="staff:a",
        approved_by="staff:b",
        scopes=scopes,
    )
    return Api(_token(program, gate.actor, None, Purpose.INTAKE, scopes))


def app(care: Care, scopes: str = "user/*.cruds", patient: str | None = None) -> Api:
    """The coordinator's app."""
    organisation = make.organisation("RVC")
    program = Program.objects.create(
        name="An app",
        kind=Program.Kind.APP,
        organisation=organisation,
        state=Program.State.APPROVED,
        requested_by="staff:a",
        approved_by="staff:b",
        scopes=scopes,
    )
    account = Account.objects.get(staff=care.priya)
    actor = Actor(care.priya.party, "coordinator", "RVC", "Priya Nair")
    return Api(_token(program, actor, account, Purpose.DIRECT_CARE, scopes, patient))


def own_app(person_id: str) -> Api:
    """An app that the person uses themself."""
    organisation = make.organisation("RVC")
    program = Program.objects.create(
        name="My app",
        kind=Program.Kind.APP,
        organisation=organisation,
        state=Program.State.APPROVED,
        requested_by="staff:a",
        approved_by="staff:b",
        scopes="patient/*.cruds",
    )
    account, _ = Account.objects.get_or_create(
        person_id=person_id, defaults={"email": f"{uuid.uuid4().hex}@example.org", "password": "!"}
    )
    actor = Actor(f"person:{person_id}", "person")
    return Api(_token(program, actor, account, Purpose.OWN_CARE, "patient/*.cruds", person_id))


def _token(
    program: Program,
    actor: Actor,
    account: Account | None,
    purpose: Purpose,
    scopes: str,
    patient: str | None = None,
) -> str:
    held = Connection.objects.create(
        client=program,
        account=account,
        actor=actor.id,
        role=actor.role,
        organisation=actor.organisation,
        name=actor.name,
        purpose=purpose.value,
        patient=patient,
        scopes=scopes,
    )
    return access_tokens.issue(held, scopes=scopes, lifetime=timedelta(minutes=30))
