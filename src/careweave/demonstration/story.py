"""Writes the people of the stories into the files of the first practice list, exactly as their definition tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from careweave.definitions import load_definition
from careweave.demonstration import days
from careweave.demonstration.cast import STORY_PRACTICE
from careweave.demonstration.days import DAY
from careweave.demonstration.fhir import (
    HL7_CODES,
    UK_CORE,
    Resource,
    concept,
    encounter_class,
    ethnic_group,
    identifiers,
    organisation,
    snomed,
)
from careweave.demonstration.figures import Figures
from careweave.demonstration.sending.gp import FLAGS, LETTERS
from careweave.demonstration.sending.gp_problems import (
    BLOOD_PRESSURE,
    MEASURES,
    MMHG,
    SMOKING,
    allergy,
    condition,
    measured,
    no_known_allergy,
    prescription,
)
from careweave.demonstration.sending.inpatients import bundle
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.story_rows import StoryRows

Person = Mapping[str, Any]


def story_people(on: date) -> Sequence[Person]:
    people: Sequence[Person] = load_definition("demonstration", "riverside-named-people", on).content[
        "person"
    ]
    return people


def local_ids(person: Person) -> dict[str, str]:
    """The same in every place and for every seed; below the numbers that anyone else gets."""
    number = person["gp_id"]
    return {
        STORY_PRACTICE: number,
        "RVR": f"099{number}",
        "RVC": number,
        "RVM": number,
        "900": f"400{number}",
        "RVH01": number,
        "RVV01": f"N{number[1:]}",
    }


class Story:
    """`first` is the register number of the first of these people."""

    def __init__(self, figures: Figures, today: int, first: int, outbox: Outbox) -> None:
        self.figures, self.today, self.first, self.outbox = figures, today, first, outbox
        self.people = story_people(days.as_date(today))
        self.by_key = {person["key"]: person for person in self.people}

    def send(self) -> None:
        for number, person in enumerate(self.people):
            self._practice(person)
            rows = StoryRows(self.figures, self.today, person, local_ids(person), self.by_key, self.outbox)
            sources = {STORY_PRACTICE, *rows.write()}
            if person.get("outpatients"):
                self.outbox.bundles[f"RVR/inpatients/{local_ids(person)['RVR']}.json"] = self._clinics(person)
                sources.add("RVR")
            for source in sorted(sources):
                self.outbox.records.append(
                    (source, local_ids(person)[source], self.first + number, "named", "")
                )

    def _day(self, value: int | str | date) -> int:
        """Days back from the place's date, or a date of its own."""
        if isinstance(value, int):
            return self.today - value
        return days.number(date.fromisoformat(str(value)))

    def _minute(self, event: Person) -> int:
        return minute_of(self.today - event["ago"], event["at"])

    def _practice(self, person: Person) -> None:
        local, outbox = person["gp_id"], self.outbox
        outbox.resource("Patient", self._patient(person))
        for place, (code, title, since) in enumerate(person["conditions"]):
            outbox.resource("Condition", condition(local, f"s{place}", (code, title), self._day(since)))
        for place, (name, ago, status) in enumerate(person["medicines"]):
            issued = prescription(local, f"s{place}", self.figures.medicines[name], self.today - ago, status)
            outbox.resource("MedicationRequest", issued)
        self._allergies(person, local)
        self._observations(person, local)
        for place, flag in enumerate(person.get("flags", ())):
            outbox.resource("Flag", self._flag(local, place, flag))
        for place, contact in enumerate(person["gp_contacts"]):
            outbox.resource("Encounter", self._contact(local, place, contact))

    def _patient(self, person: Person) -> Resource:
        local = person["gp_id"]
        stamp = days.instant((self.today - 9) * DAY + 600)
        body = _patient_head(person, STORY_PRACTICE, local, stamp) | {
            "extension": [ethnic_group(person["ethnicity"], LETTERS[person["ethnicity"]])],
            "name": _names(person),
            "telecom": _phones(person),
        }
        if "old_address" in person:
            body["address"].append(_address("old", person["old_address"]))
        if "partner" in person:
            body["contact"] = [_partner(self.by_key[person["partner"]])]
        return body

    def _allergies(self, person: Person, local: str) -> None:
        since = self.today - 2200
        if person["allergies"] == "none":
            self.outbox.resource("AllergyIntolerance", no_known_allergy(local, since))
            return
        for place, (code, title, reaction, shown) in enumerate(person["allergies"]):
            row = {"code": code, "title": title, "reaction": [reaction, shown]}
            self.outbox.resource("AllergyIntolerance", allergy(local, place, row, since))

    def _observations(self, person: Person, local: str) -> None:
        for kind, ago, *values in person["observations"]:
            day = self.today - ago
            if kind == "blood-pressure":
                body = measured(local, "bp", day, BLOOD_PRESSURE, MMHG, None)
                body["component"] = [
                    _pressure("72313002", "Systolic arterial pressure", values[0]),
                    _pressure("1091811000000102", "Diastolic arterial pressure", values[1]),
                ]
            elif kind == "smoking":
                body = measured(local, "smoking", day, SMOKING, MMHG, None)
                body["valueCodeableConcept"] = snomed(values[0], values[1])
            else:
                body = measured(local, kind, day, *MEASURES[kind], values[0])
            self.outbox.resource("Observation", body)

    def _flag(self, local: str, place: int, flag: Sequence[str]) -> Resource:
        code, text = flag
        known = {name for name, _ in FLAGS}
        coding = {
            "system": "https://careweave.org/alert",
            "code": code if code in known else "adjustment",
            "display": text,
        }
        return {
            "resourceType": "Flag",
            "id": f"f{local}-s{place}",
            "meta": {"lastUpdated": days.instant((self.today - 300) * DAY + 660)},
            "status": "active",
            "category": [concept(HL7_CODES + "flag-category", "contact", "Subject Contact")],
            "code": {"coding": [coding], "text": text},
            "subject": {"reference": f"Patient/{local}"},
            "period": {"start": days.iso(self.today - 300)},
        }

    def _contact(self, local: str, place: int, contact: Person) -> Resource:
        minute = self._minute(contact)
        return {
            "resourceType": "Encounter",
            "id": f"e{local}-s{place}",
            "meta": {"lastUpdated": days.instant(minute + 40), "profile": [UK_CORE + "UKCore-Encounter"]},
            "status": "finished",
            "class": encounter_class(contact["class"]),
            "subject": {"reference": f"Patient/{local}"},
            "participant": [{"individual": {"display": contact["staff"]}}],
            "period": {"start": days.instant(minute), "end": days.instant(minute + 15)},
            "reasonCode": [snomed(*contact["reason"])],
            "serviceProvider": organisation(STORY_PRACTICE),
        }

    def _clinics(self, person: Person) -> bytes:
        """Outpatient visits come as messages too, with the Patient they belong to."""
        local = local_ids(person)["RVR"]
        stamp = days.instant(self.today * DAY + 360)
        patient = _patient_head(person, "RVR", local, stamp)
        patient["name"] = [
            {"use": "official", "family": person["family"].upper(), "given": [person["given"].upper()]}
        ]
        visits: list[Resource] = [
            {
                "resourceType": "Encounter",
                "id": f"op-{local}-{place}",
                "meta": {"lastUpdated": stamp},
                "status": "finished",
                "class": encounter_class("AMB"),
                "type": [{"text": clinic["title"]}],
                "subject": {"reference": f"Patient/{local}"},
                "participant": [{"individual": {"display": clinic["title"].split(", ")[-1]}}],
                "period": {
                    "start": days.instant(self._minute(clinic)),
                    "end": days.instant(self._minute(clinic) + 20),
                },
                "serviceProvider": organisation("RVR"),
            }
            for place, clinic in enumerate(person["outpatients"])
        ]
        return bundle([patient, *visits])


def _patient_head(person: Person, source: str, local: str, stamp: str) -> Resource:
    """What every source says of a person alike."""
    return {
        "resourceType": "Patient",
        "id": local,
        "meta": {"lastUpdated": stamp, "profile": [UK_CORE + "UKCore-Patient"]},
        "identifier": identifiers(source, local, person["nhs_number"]),
        "active": True,
        "gender": person["sex"],
        "birthDate": person["born"].isoformat(),
        "address": [_address("home", person["address"])],
        "generalPractitioner": [organisation(STORY_PRACTICE)],
        "managingOrganization": organisation(source),
    }


def _names(person: Person) -> list[Resource]:
    given = [person["given"], *([person["middle"]] if person["middle"] else [])]
    names: list[Resource] = [
        {"use": "official", "family": person["family"], "given": given, "prefix": [person["title"]]}
    ]
    if person["known_as"]:
        names.append({"use": "nickname", "given": [person["known_as"]]})
    if "family_at_birth" in person:
        names.append({"use": "maiden", "family": person["family_at_birth"], "given": [person["given"]]})
    return names


def _phones(person: Person) -> list[Resource]:
    return [
        {"system": "phone", "use": use, "value": person[key]}
        for use, key in (("home", "telephone"), ("mobile", "mobile"))
        if person.get(key)
    ]


def minute_of(day: int, at: str) -> int:
    hour, minute = at.split(":")
    return day * DAY + int(hour) * 60 + int(minute)


def _address(use: str, line: Sequence[str]) -> Resource:
    return {"use": use, "line": [line[0]], "city": line[1], "postalCode": line[2]}


def _partner(other: Person) -> Resource:
    relation = concept(HL7_CODES + "v2-0131", "N", "Next-of-Kin")
    name = {"family": other["family"], "given": [other["known_as"] or other["given"]]}
    return {"relationship": [relation], "name": name}


def _pressure(code: str, title: str, value: int) -> Resource:
    unit = {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": snomed(code, title), "valueQuantity": unit}
