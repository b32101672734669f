"""A person whom no file has named yet, added by someone who works here: through the same checks and door as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.identity.adding import make_person_of
from careweave.record import Actor, Refusal
from careweave.record.ids import resource_id
from careweave.record.load import Loader, LoadRow
from careweave.record.validation import validate
from careweave.record.validation.nhs_number import SYSTEM, is_valid, normalise

FILE = "Added by hand"
SEXES = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not known"}
_BIRTH = {
    "birth-date-in-future": "The date of birth is in the future.",
    "birth-date-too-old": "This date of birth makes the person more than 130 years old.",
}


@dataclass(frozen=True)
class Details:
    """Who someone is, as they or someone close to them say."""

    given: str
    family: str
    birth_date: date
    sex: str
    nhs_number: str = ""
    known_as: str = ""
    line: str = ""
    town: str = ""
    postcode: str = ""
    telephone: str = ""


def check(details: Details, *, today: date) -> list[Refusal]:
    """Everything that is wrong with these details, each with its field; pure."""
    found = []
    number = normalise(details.nhs_number)
    if number and not is_valid(number):
        found.append(
            Refusal(
                "This is not an NHS number: its last digit does not fit. Check it, or leave it empty.",
                "nhs_number",
            )
        )
    if details.sex not in SEXES:
        found.append(Refusal("Choose one, or “Not known”.", "sex"))
        return found
    for issue in validate(patient(details, "a"), today=today):
        field = "born" if issue.code in _BIRTH else "given"
        if not any(each.field == field for each in found) and issue.code != "nhs-number":
            found.append(Refusal(_BIRTH.get(issue.code, f"{issue.reason}."), field))
    return found


def add_person(by: Actor, *, source: str, details: Details, once: str, today: date) -> str | Refusal:
    """Store what was told as a record of the organisation whose member of staff took it down; returns the person's id.

    `once` names this act, so that sending the same form twice adds one person.
    """
    wrong = check(details, today=today)
    if wrong:
        return wrong[0]
    subject = resource_id(source, "Patient", f"by hand {once}")
    loader = Loader(source=source, file_name=FILE, file_hash=f"by hand {once}", format="fhir")
    row = LoadRow("Patient", subject, subject, datetime.now(UTC), (), (), patient(details, subject))
    loader.write(0, [row])
    loader.finish()
    return make_person_of(subject, source=source, by=by)


def patient(details: Details, id: str) -> dict[str, Any]:
    """The details as a FHIR R4 Patient; pure."""
    names: list[dict[str, Any]] = [
        {"use": "official", "family": details.family, "given": details.given.split()}
    ]
    if details.known_as:
        names.append({"use": "nickname", "given": [details.known_as]})
    address = {
        "line": [details.line] if details.line else [],
        "city": details.town,
        "postalCode": details.postcode,
    }
    body = {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": SYSTEM, "value": normalise(details.nhs_number)}]
        if details.nhs_number
        else [],
        "name": names,
        "gender": details.sex,
        "birthDate": details.birth_date.isoformat(),
        "address": [{key: value for key, value in address.items() if value}] if any(address.values()) else [],
        "telecom": [{"system": "phone", "value": details.telephone}] if details.telephone else [],
    }
    return {key: value for key, value in body.items() if value != []}
