"""The hospital's messages about people who are in a bed now or left within the month: one FHIR transaction Bundle each."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import orjson

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.fhir import (
    HL7_CODES,
    UK_CODES,
    UK_CORE,
    Resource,
    concept,
    encounter_class,
    identifiers,
    organisation,
    snomed,
)
from careweave.demonstration.people import Ints
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.gp_problems import allergy, no_known_allergy
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.stays import BORN

SOURCE = "RVR"
LATELY = 30  # days
ICD10 = "http://hl7.org/fhir/sid/icd-10"
SHARE = 0.6
METHODS = {
    "21": "Emergency Admission: Emergency Care Department",
    "22": "Emergency Admission: General Practitioner",
    "31": "Maternity Admission: Ante partum",
}
WARD_MEDICINES = {
    "pneumonia": "doxycycline",
    "urine-infection": "trimethoprim",
    "copd-flare-up": "prednisolone",
    "sepsis": "amoxicillin",
}


def spells_told_by_message(chunk: Chunk) -> Ints:
    """Places of the spells that are sent as messages and therefore not in the admissions file."""
    spells = chunk.hospital.spells
    recent = (spells["end"] <= NONE) | (spells["end"] >= (chunk.today - LATELY) * DAY)
    chosen = chunk.rng("inpatients").random(len(spells)) < SHARE
    return np.flatnonzero(recent & chosen & (spells["kind"] != BORN) & (spells["kind"] != 1))


def bundle(resources: list[Resource]) -> bytes:
    """Literal references inside become urn:uuid references to the entry they mean."""
    names = [f"{each['resourceType']}/{each['id']}" for each in resources]
    urns = {name: f"urn:uuid:{uuid5(NAMESPACE_URL, f'{SOURCE}/{name}')}" for name in names}
    entries = []
    for resource in resources:
        name = f"{resource['resourceType']}/{resource['id']}"
        for key in ("subject", "patient"):
            if key in resource:
                resource[key] = {"reference": urns[resource[key]["reference"]]}
        if "encounter" in resource:
            resource["encounter"] = {"reference": urns[resource["encounter"]["reference"]]}
        entries.append(
            {"fullUrl": urns[name], "resource": resource, "request": {"method": "PUT", "url": name}}
        )
    return orjson.dumps(
        {"resourceType": "Bundle", "type": "transaction", "entry": entries}, option=orjson.OPT_INDENT_2
    )


class StayDetails(Protocol):
    """What the writer of the admissions file knows about a stay."""

    def told(self, place: int, spell: dict[str, Any]) -> dict[str, Any]: ...


class Messages:
    """Makes the bundles of one practice list's people."""

    def __init__(self, chunk: Chunk, register: Register, care: StayDetails) -> None:
        self.chunk, self.register, self.care = chunk, register, care
        self.rng = chunk.rng("inpatient-messages")
        self.stamp = days.instant(chunk.today * DAY + 6 * 60)

    def send(self, outbox: Outbox, places: Ints, record: Ints) -> None:
        by_record: dict[int, list[int]] = {}
        for place in places.tolist():
            by_record.setdefault(int(record[place]), []).append(place)
        for row, its_places in by_record.items():
            local = str(self.register.local[row])
            resources = [self.patient(row), *(self.encounter(local, place) for place in its_places)]
            resources += self.allergies(row, local)
            resources += self.medicines(local, its_places[-1])
            outbox.bundles[f"RVR/inpatients/{local}.json"] = bundle(resources)

    def _is_traced(self, row: int) -> bool:
        return bool(self.register.nhs[row] == self.chunk.people.nhs[self.register.person[row]])

    def patient(self, row: int) -> Resource:
        register, person = self.register, int(self.register.person[row])
        text = {name: values[row] for name, values in register.text.items()}
        number = str(register.nhs[row]) if register.nhs[row] > 0 else ""
        local = str(register.local[row])
        body: Resource = {
            "resourceType": "Patient",
            "id": local,
            "meta": {"lastUpdated": self.stamp, "profile": [UK_CORE + "UKCore-Patient"]},
            "identifier": identifiers(SOURCE, local, number, "01" if self._is_traced(row) else "02"),
            "active": True,
            "name": [{"use": "official", "family": text["family"].upper(), "given": [text["given"].upper()]}],
            "gender": "female" if register.female[row] else "male",
            "birthDate": days.iso(int(register.birth[row])),
            "address": [
                {"use": "home", "line": [text["line"]], "city": text["town"], "postalCode": text["postcode"]}
            ],
            "managingOrganization": organisation(SOURCE),
        }
        if self.chunk.people.registered[person]:
            body["generalPractitioner"] = [organisation(self.chunk.code)]
        if not self.chunk.alive[person]:
            body["deceasedDateTime"] = days.iso(int(self.chunk.people.death[person]))
        if text["mobile"] or text["telephone"]:
            body["telecom"] = [{"system": "phone", "value": text["mobile"] or text["telephone"]}]
        return body

    def encounter(self, local: str, place: int) -> Resource:
        spell = next(self.chunk.hospital.spells.where(np.array([place])).rows())
        told = self.care.told(place, spell)
        period = {"start": days.instant(spell["start"])}
        if spell["end"] > NONE:
            period["end"] = days.instant(spell["end"])
        reasons: list[Resource] = [
            {"coding": [{"system": ICD10, "code": code}]} for code in told["diagnoses"]
        ]
        reasons[0]["text"] = told["title"]
        return {
            "resourceType": "Encounter",
            "id": f"enc-{told['spell_id']}",
            "meta": {"lastUpdated": self.stamp, "profile": [UK_CORE + "UKCore-Encounter"]},
            "identifier": [{"system": "https://careweave.org/id/RVR-spell", "value": told["spell_id"]}],
            "status": "finished" if spell["end"] > NONE else "in-progress",
            "class": encounter_class("IMP"),
            "subject": {"reference": f"Patient/{local}"},
            "period": period,
            "reasonCode": reasons,
            "hospitalization": _stay(told),
            "location": [{"location": {"display": told["ward"]}}],
            "serviceProvider": organisation(SOURCE),
        }

    def allergies(self, row: int, local: str) -> list[Resource]:
        """The hospital asks again; now and then its answer differs from the practice's."""
        allergens, person = self.chunk.figures.medicines["allergen"], int(self.register.person[row])
        known = self.chunk.allergies[person] & (self.rng.random(len(allergens)) < 0.86)
        since = self.chunk.today - 3
        found = [allergy(local, kind, allergens[kind], since) for kind in np.flatnonzero(known).tolist()]
        return found or ([no_known_allergy(local, since)] if self.rng.random() < 0.9 else [])

    def medicines(self, local: str, place: int) -> list[Resource]:
        spell = next(self.chunk.hospital.spells.where(np.array([place])).rows())
        told = self.care.told(place, spell)
        names = ["paracetamol", *([WARD_MEDICINES[told["cause"]]] if told["cause"] in WARD_MEDICINES else [])]
        return [self._on_the_ward(local, told["spell_id"], name, spell) for name in names]

    def _on_the_ward(self, local: str, spell_id: str, name: str, spell: dict[str, int]) -> Resource:
        medicine = self.chunk.figures.medicines[name]
        return {
            "resourceType": "MedicationRequest",
            "id": f"mr-{spell_id}-{name}",
            "meta": {"lastUpdated": self.stamp},
            "status": "completed" if spell["end"] > NONE else "active",
            "intent": "order",
            "category": [concept(HL7_CODES + "medicationrequest-category", "inpatient", "Inpatient")],
            "medicationCodeableConcept": snomed(medicine["code"], medicine["substance"], medicine["text"]),
            "subject": {"reference": f"Patient/{local}"},
            "encounter": {"reference": f"Encounter/enc-{spell_id}"},
            "authoredOn": days.iso(spell["start"] // DAY),
            "dosageInstruction": [{"text": medicine["dose"]}],
        }


def _stay(told: dict[str, Any]) -> Resource:
    """How the person came and where they went, in the NHS data dictionary's codes."""
    came, went = told["admission_source"], told["discharge_destination"]
    method = told["admission_method"]
    coded = concept(UK_CODES + "UKCore-AdmissionMethodEngland", method, METHODS[method])
    stay: Resource = {
        "extension": [{"url": UK_CORE + "Extension-UKCore-AdmissionMethod", "valueCodeableConcept": coded}],
        "admitSource": concept(UK_CODES + "UKCore-SourceOfAdmissionEngland", came, came),
    }
    if went:
        stay["dischargeDisposition"] = concept(UK_CODES + "UKCore-DischargeDestinationEngland", went, went)
    return stay
