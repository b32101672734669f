"""A record to build a warehouse from, without a database: what `Gate.extract` gives, and resources in FHIR."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from careweave.record.ids import resource_id
from careweave.record.relations import party_reference
from careweave.warehouse.pseudonyms import open_key
from careweave.warehouse.refreshing import Refreshed, refresh
from careweave.warehouse.store import open_warehouse
from careweave.warehouse.tables import SCHEMAS

ON = date(2026, 11, 26)
SECTORS = {"Y90001": "gp", "RVR": "hospital", "RVM": "mental-health"}
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ICD10, SNOMED = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"


@dataclass(frozen=True)
class Extracted:
    person_id: str
    subject: str
    type: str
    source: str
    updated: datetime
    labels: tuple[str, ...]
    body: str


@dataclass
class FakeGate:
    """Gives what `Gate.extract` gives; kept true to it by tests/scenarios/test_finding.py."""

    stored: dict[str, Extracted] = field(default_factory=dict)
    taken: list[tuple[str, ...]] = field(default_factory=list)

    def put(
        self,
        person: str,
        source: str,
        body: dict[str, Any],
        *,
        labels: tuple[str, ...] = (),
        days_ago: int = 30,
    ) -> None:
        subject = body["id"] if body["resourceType"] == "Patient" else _subject(body)
        updated = datetime.now(UTC) - timedelta(days=days_ago)
        row = Extracted(person, subject, body["resourceType"], source, updated, labels, json.dumps(body))
        self.stored[body["id"]] = row

    def extract(self, types: Sequence[str], *, since: datetime | None = None) -> Iterator[list[Extracted]]:
        met = [
            row for row in self.stored.values() if row.type in types and (not since or row.updated >= since)
        ]
        self.taken.append(tuple(json.loads(row.body)["id"] for row in met))
        for start in range(0, len(met), 3):
            yield met[start : start + 3]


def _subject(body: dict[str, Any]) -> str:
    about = body.get("subject") or body["patient"]
    return str(about["reference"]).removeprefix("Patient/")


def id_of(source: str, type: str, local: str) -> str:
    return resource_id(source, type, local)


def patient(source: str, local: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": id_of(source, "Patient", local),
        "birthDate": "1941-03-04",
        **more,
    }


def condition(source: str, local: str, code: str, system: str = ICD10, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id_of(source, "Condition", f"{local} {code} {more.get('onsetDateTime')}"),
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{id_of(source, 'Patient', local)}"},
        **more,
    }


def encounter(source: str, local: str, code: str, start: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": id_of(source, "Encounter", f"{local} {code} {start} {more.get('note', '')}"),
        "status": "finished",
        "class": {"code": code},
        "period": {"start": start},
        "subject": {"reference": f"Patient/{id_of(source, 'Patient', local)}"},
        **{key: value for key, value in more.items() if key != "note"},
    }


def coded(code: str, system: str = SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def medicine(source: str, local: str, code: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": id_of(source, "MedicationRequest", f"{local} {code}"),
        "status": "active",
        "medicationCodeableConcept": coded(code),
        "authoredOn": "2026-09-01",
        "subject": {"reference": f"Patient/{id_of(source, 'Patient', local)}"},
        **more,
    }


def observation(source: str, local: str, code: str, value: float | None, **more: Any) -> dict[str, Any]:
    measured = {} if value is None else {"valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"}}
    return {
        "resourceType": "Observation",
        "id": id_of(source, "Observation", f"{local} {code}"),
        "status": "final",
        "code": coded(code),
        "effectiveDateTime": "2026-09-01",
        "subject": {"reference": f"Patient/{id_of(source, 'Patient', local)}"},
        **measured,
        **more,
    }


def admission_method(code: str) -> dict[str, Any]:
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod"
    return {
        "hospitalization": {"extension": [{"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}]}
    }


def written(type: str, source: str, local: str, key: str, /, **more: Any) -> dict[str, Any]:
    """A resource of any other type about someone."""
    about = {"reference": f"Patient/{id_of(source, 'Patient', local)}"}
    who = "patient" if type == "EpisodeOfCare" else "subject"
    return {"resourceType": type, "id": id_of(source, type, f"{local} {key}"), who: about, **more}


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": f"https://careweave.org/fhir/{name}", **value}


def party(key: str) -> dict[str, Any]:
    return party_reference(key)


def answered(
    local: str, key: str, at: str, *answers: dict[str, Any], form: str = "assessments/short", **more: Any
) -> dict[str, Any]:
    asked = {"questionnaire": f"https://careweave.org/definitions/{form}|1", "authored": at}
    given = {"status": "completed", **asked, "item": [{"linkId": "s", "item": list(answers)}], **more}
    return written("QuestionnaireResponse", "careweave", local, key, **given)


def of_every_kind(chance: random.Random, local: str) -> Iterator[dict[str, Any]]:
    """Some of the other kinds of resource, in one state or another."""
    day, pick = f"2026-0{chance.randrange(1, 9)}-1{chance.randrange(9)}", chance.choice
    unmet = [extension("unmet-need", valueBoolean=True)] if chance.random() < 0.5 else []
    offer = id_of("RVR", "Task", f"{local} take")
    step = [{"url": "pathway", "valueCode": "copd"}, {"url": "tier", "valueCode": pick(["a", "left"])},
            {"url": "at", "valueInstant": f"{day}T09:00:00Z"},
            {"url": "offer", "valueReference": {"reference": f"Task/{offer}"}}]  # fmt: skip
    made = [
        medicine("RVR", local, "387207008", status=pick(["active", "stopped", "entered-in-error"])),
        observation("RVR", local, "364075005", chance.randrange(50, 90), status=pick(["final", "cancelled"])),
        written("ServiceRequest", "RVR", local, "service", status="active", occurrencePeriod={"start": day},
                category=[coded("social-care-service")], code=coded("Long Term Support: Nursing Care")),
        written("ServiceRequest", "RVR", local, "referral", status="active", authoredOn=day,
                category=[coded("community-referral")]),
        encounter("RVR", local, "HH", f"{day}T11:00:00Z", note="visit",
                  basedOn=[{"reference": f"ServiceRequest/{id_of('RVR', 'ServiceRequest', f'{local} referral')}"}]),
        encounter("RVR", local, "IMP", f"{day}T11:00:00Z", note="stay",
                  period={"start": day, "end": pick([day, "2026-09-30"])},
                  hospitalization={"dischargeDisposition": coded(pick(["19", "51"]))}),
        written("EpisodeOfCare", "RVR", local, "episode", status=pick(["active", "finished"]), careManager=party("staff:1"),
                period={"start": "2026-01-01T00:00:00Z"}, extension=[extension("pathway-step", extension=step)]),
        written("Task", "RVR", local, "take", status=pick(["requested", "completed"]), code=coded("take-charge"),
                lastModified=f"{day}T10:00:00Z"),
        written("CarePlan", "RVR", local, "plan", status="active", created=f"{day}T10:00:00Z",
                extension=[extension("plan-version", valueInteger=chance.randrange(1, 4))]),
        written("Flag", "RVR", local, "death", status=pick(["active", "entered-in-error"]), category=[coded("death")],
                code={"text": pick(["Home", "Hospice"])}),
        {**answered(local, day, f"{day}T10:00:00Z", {"linkId": "q", "extension": unmet, "answer": [{"valueInteger": 3}]}),
         "subject": {"reference": f"Patient/{id_of('RVR', 'Patient', local)}"}},
    ]  # fmt: skip
    yield from (body for body in made if chance.random() < 0.5)


def build(gate: FakeGate, home: Path, **more: Any) -> Refreshed:
    key = open_key(home / "keys", by="system:warehouse")
    settings = {
        "counting": gate,
        "folder": home / "warehouse",
        "key": key,
        "sectors": SECTORS,
        "as_at": ON,
        "by": "system:warehouse",
    }
    return refresh(gate, **{**settings, **more})


def rows(home: Path, name: str) -> list[dict[str, Any]]:
    with open_warehouse(home, purpose="case-finding") as warehouse:
        return [dict(row) for row in warehouse.engine.rows(getattr(warehouse.tables, name))]


def everything(home: Path) -> dict[str, list[str]]:
    return {name: sorted(map(str, rows(home, name))) for name in SCHEMAS}
