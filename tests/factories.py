"""Test data named in the words of the domain: people with source records, organisations, teams, staff."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from careweave.care.teams.staff_facts import Worker
from careweave.identity import staffing
from careweave.identity.models import Organisation, Staff
from careweave.record import Actor, Gate, Purpose, Refusal, agreements
from careweave.record.ids import resource_id
from careweave.record.joining import place
from careweave.record.load import Loader, LoadRow
from careweave.record.relations import party_reference

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
LINKER = Actor("system:linker", "system")


def patient(
    source: str,
    local_id: str,
    *,
    family: str = "Holloway",
    given: str = "Joseph",
    birth_date: str = "1941-03-04",
    nhs_number: str | None = None,
    gp: str | None = None,
    gender: str = "male",
) -> dict[str, Any]:
    """A Patient as one source sends it, with its stored id."""
    body: dict[str, Any] = {
        "resourceType": "Patient",
        "id": resource_id(source, "Patient", local_id),
        "name": [{"use": "official", "family": family, "given": given.split()}],
        "gender": gender,
        "birthDate": birth_date,
    }
    if nhs_number:
        body["identifier"] = [{"system": NHS_NUMBER, "value": nhs_number}]
    if gp:
        body["generalPractitioner"] = [{"identifier": {"system": ODS, "value": gp}}]
    return body


def load(source: str, *bodies: dict[str, Any], labels: Sequence[str] = ()) -> None:
    """Load these resources as the source would send them in one file."""
    if source != "careweave":
        _joins_the_network(source)
    loader = Loader(source=source, file_name="factory", file_hash=str(uuid.uuid4()), format="fhir")
    loader.write(0, [_row(body, labels) for body in bodies])


def _row(body: dict[str, Any], labels: Sequence[str]) -> LoadRow:
    subject = body["id"] if body["resourceType"] == "Patient" else _subject(body)
    return LoadRow(body["resourceType"], body["id"], subject, datetime.now(UTC), tuple(labels), (), body)


def _subject(body: dict[str, Any]) -> str:
    reference = body.get("subject") or body.get("patient") or body.get("for")
    return str(reference["reference"]).removeprefix("Patient/")


def person(*patients: tuple[str, dict[str, Any]]) -> str:
    """Load these Patients (source, body) and join them as one person with a golden record; returns the person's id."""
    for source, body in patients:
        load(source, body)
    first = min(body["id"] for _, body in patients)
    person_id = resource_id("careweave", "Person", first)
    place(
        Gate(LINKER, Purpose.IDENTITY),
        {body["id"]: person_id for _, body in patients},
        sources={body["id"]: source for source, body in patients},
        rule="factory",
    )
    load("careweave", {**patients[0][1], "id": person_id})
    return person_id


def _joins_the_network(code: str) -> None:
    """Signs the charter and the agreement to supply every member for direct care, unless it has."""
    gate = agreements.keeping()
    if any(each.organisation == code and each.until is None for each in agreements.members(gate)):
        return
    agreements.sign_charter(gate, organisation=code, signed_by="The factory")
    made = agreements.agree(gate, agreements.Terms("Direct care", code), signed_by="The factory")
    assert not isinstance(made, Refusal), made


def organisation(code: str, kind: str = Organisation.Kind.PRACTICE, name: str = "") -> Organisation:
    _joins_the_network(code)
    return staffing.add_organisation(code=code, name=name or f"Organisation {code}", kind=kind)


def staff(
    name: str,
    role: str,
    organisation_code: str,
    *,
    team: str | None = None,
    caseload_limit: int | None = None,
) -> Staff:
    """A member of staff in one role of an organisation that is made when it is not there."""
    organisation(organisation_code)
    email = f"{name.lower().replace(' ', '.')}.{uuid.uuid4().hex[:6]}@example.org"
    made = staffing.add_staff(
        staffing.administering(),
        name=name,
        email=email,
        role=role,
        organisation=organisation_code,
        team=team,
        caseload_limit=caseload_limit,
    )
    assert not isinstance(made, Refusal), made
    return made


def suggestion(person_id: str, party: str, reason: str = "") -> None:
    """A list suggests someone to a member of staff or a team."""
    body: dict[str, Any] = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"system": "https://careweave.org/codes", "code": "suggested"}]},
        "for": {"reference": f"Patient/{person_id}"},
        "owner": party_reference(party),
    }
    reasons = {"reasonCode": {"text": reason}} if reason else {}
    finder = Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING)
    finder.create({**body, **reasons}, subject=person_id, parties=(party,))


def worker(member: Staff, role: str, *, team: str | None = None, limit: int | None = None) -> Worker:
    return Worker(
        party=member.party,
        name=member.name,
        role=role,
        organisation="Riverside",
        telephone="01632 960101",
        team=team,
        team_name=team or "",
        caseload_limit=limit,
        has_left=member.left_on is not None,
    )


def gate(
    member: Staff, role: str, organisation_code: str = "", purpose: Purpose = Purpose.DIRECT_CARE
) -> Gate:
    return Gate(Actor(member.party, role, organisation_code, member.name), purpose)


def own_gate(person_id: str, role: str = "person") -> Gate:
    return Gate(Actor(f"person:{person_id}", role), Purpose.OWN_CARE)
