"""A practice's extract: UK Core shaped FHIR R4, one NDJSON a resource type."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.fhir import (
    HL7_CODES,
    NHS_NUMBER,
    UK_CODES,
    UK_CORE,
    Resource,
    concept,
    ethnic_group,
    identifiers,
    organisation,
)
from careweave.demonstration.registers import Register
from careweave.demonstration.registrations import practices_of
from careweave.demonstration.sending.gp_contacts import send_contacts
from careweave.demonstration.sending.gp_problems import send_problems
from careweave.demonstration.sending.outbox import Outbox

FIRST_ID = 10001
LEFT_ID = 900001
MARRIED = {"M": "Married", "S": "Never Married", "W": "Widowed"}
LANGUAGES = {
    "en": "English", "pl": "Polish", "ro": "Romanian", "pt": "Portuguese", "fr": "French", "gu": "Gujarati", "pa": "Punjabi",
    "ur": "Urdu", "bn": "Bengali", "zh": "Chinese", "ta": "Tamil", "so": "Somali", "ar": "Arabic", "es": "Spanish",
}  # fmt: skip


def send_practice(chunk: Chunk, outbox: Outbox, practices: int) -> Register:
    people = chunk.people
    who = np.flatnonzero(people.registered)
    local = np.array([str(FIRST_ID + person) for person in who.tolist()], dtype=object)
    second = np.array([str(FIRST_ID + len(people) + person) for person in who.tolist()], dtype=object)
    register = chunk.registrar.register(chunk.rng("gp-register"), chunk.code, "gp", who, local, second)
    outbox.know(register, people.register.tolist())
    rng, listed = chunk.rng("gp-patients"), practices_of(chunk, practices)
    for row in range(len(register)):
        body = patient(chunk, register, row, rng)
        body["generalPractitioner"] = listed[int(register.person[row])]
        outbox.resource("Patient", body)
    send_problems(chunk, register, outbox)
    send_contacts(chunk, register, outbox)
    send_flags(chunk, register, outbox)
    return register


def patient(chunk: Chunk, register: Register, row: int, rng: np.random.Generator) -> Resource:
    person = int(register.person[row])
    local, chance = str(register.local[row]), rng.random(4)
    stamp = days.instant((chunk.today - int(rng.integers(2, 900))) * DAY + 600)
    status = "01" if chance[0] < 0.97 else "02"
    body: Resource = {
        "resourceType": "Patient",
        "id": local,
        "meta": {"lastUpdated": stamp, "profile": [UK_CORE + "UKCore-Patient"]},
        "identifier": identifiers(chunk.code, local, _number(register, row), status),
        "active": True,
        "name": names(register, row, chance[1] < 0.8),
        "gender": "female" if register.female[row] else "male",
        "birthDate": days.iso(int(register.birth[row])),
        "address": addresses(chunk, register, row, chance[2]),
        "managingOrganization": organisation(chunk.code),
    }
    code = chunk.ethnic_codes[chunk.people.ethnicity[person]]
    if code in LETTERS and chance[3] < 0.93:
        body["extension"] = [ethnic_group(code, LETTERS[code])]
    _earlier_number(chunk, register, row, body)
    _telecom(register, row, body)
    _about(chunk, person, body, rng)
    return body


def _earlier_number(chunk: Chunk, register: Register, row: int, body: Resource) -> None:
    """Practices keep a superseded number for most of the people who had one."""
    person = int(register.person[row])
    earlier = int(chunk.people.earlier_nhs[person])
    if earlier > 0 and earlier != register.nhs[row] and register.nhs[row] > 0 and person % 10 < 7:
        body["identifier"].append({"use": "old", "system": NHS_NUMBER, "value": str(earlier)})
        del body["meta"]["profile"]  # UK Core has room for one NHS number, so who sends two does not claim it


LETTERS = {
    "A": "White - British", "B": "White - Irish", "C": "White - Any other White background",
    "D": "Mixed - White and Black Caribbean", "E": "Mixed - White and Black African", "F": "Mixed - White and Asian",
    "G": "Mixed - Any other mixed background", "H": "Asian or Asian British - Indian",
    "J": "Asian or Asian British - Pakistani", "K": "Asian or Asian British - Bangladeshi",
    "L": "Asian or Asian British - Any other Asian background",
    "M": "Black or Black British - Caribbean", "N": "Black or Black British - African",
    "P": "Black or Black British - Any other Black background", "R": "Other Ethnic Groups - Chinese",
    "S": "Other Ethnic Groups - Any other ethnic group",
}  # fmt: skip


def _number(register: Register, row: int) -> str:
    return str(register.nhs[row]) if register.nhs[row] > 0 else ""


def names(register: Register, row: int, with_maiden: bool) -> list[Resource]:
    text = {name: values[row] for name, values in register.text.items()}
    given = [text["given"], *([text["middle"]] if text["middle"] else [])]
    found: list[Resource] = [
        {"use": "official", "family": text["family"], "given": given, "prefix": [text["title"]]}
    ]
    if text["known_as"]:
        found.append({"use": "nickname", "given": [text["known_as"]]})
    if with_maiden and text["family_at_birth"] != text["family"] and register.female[row]:
        found.append({"use": "maiden", "family": text["family_at_birth"], "given": [text["given"]]})
    return found


def addresses(chunk: Chunk, register: Register, row: int, chance: float) -> list[Resource]:
    text, person = register.text, int(register.person[row])
    found: list[Resource] = [
        {
            "use": "home",
            "line": [text["line"][row]],
            "city": text["town"][row],
            "postalCode": text["postcode"][row],
        }
    ]
    if chance < 0.08 or chunk.care_home_since[person] > NONE:
        old = chunk.people.text
        found.append(
            {
                "use": "old",
                "line": [old["old_line"][person]],
                "city": old["old_town"][person],
                "postalCode": old["old_postcode"][person],
            }
        )
    return found


def _telecom(register: Register, row: int, body: Resource) -> None:
    telecom = [
        {"system": "phone", "use": use, "value": register.text[name][row]}
        for use, name in (("home", "telephone"), ("mobile", "mobile"))
        if register.text[name][row]
    ]
    if telecom:
        body["telecom"] = telecom


def _about(chunk: Chunk, person: int, body: Resource, rng: np.random.Generator) -> None:
    people, age = chunk.people, float(chunk.age[person])
    if not chunk.alive[person]:
        body |= {"active": False, "deceasedDateTime": days.iso(int(people.death[person]))}
    if age >= 18:
        status = "M" if people.partner[person] >= 0 else "W" if age > 72 else "S"
        body["maritalStatus"] = concept(HL7_CODES + "v3-MaritalStatus", status, MARRIED[status])
    language = chunk.languages[person]
    if language != "en" or rng.random() < 0.1:
        spoken = concept(UK_CODES + "UKCore-HumanLanguage", language, LANGUAGES[language])
        body["communication"] = [{"language": spoken, "preferred": bool(language == "en" or age > 55)}]
    partner = int(people.partner[person])
    if partner >= 0 and age > 60 and rng.random() < 0.6:
        text = people.text
        relation = concept(HL7_CODES + "v2-0131", "N", "Next-of-Kin")
        name = {"family": text["family"][partner], "given": [text["given"][partner]]}
        body["contact"] = [{"relationship": [relation], "name": name}]


FLAGS = (
    ("large-print", "Needs letters in large print"),
    ("hearing", "Hard of hearing: speak to the left side"),
    ("interpreter", "Needs an interpreter"),
    ("adjustment", "Reasonable adjustment: longer appointments"),
    ("staff-risk", "Visit in pairs: dog in the home"),
)


def send_flags(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng = chunk.rng("gp-flags")
    health, today, age = chunk.health, chunk.today, chunk.age
    chances = np.stack(
        [
            np.where(health.has("visual-impairment", today), 0.45, 0.0),
            np.where(health.has("hearing-loss", today) & (age > 60), 0.25, 0.0),
            np.where((chunk.languages != "en") & (age > 45), 0.3, 0.0),
            np.where(health.has("learning-disability", today) | health.has("dementia", today), 0.35, 0.0),
            np.full(len(age), 0.0012),
        ],
        axis=1,
    )
    drawn = rng.random(chances.shape) < chances
    for person, kind in zip(*np.nonzero(drawn & chunk.alive[:, None]), strict=True):
        row = int(register.row_of[person])
        if row >= 0:
            since = today - int(rng.integers(30, 1500))
            outbox.resource("Flag", _flag(str(register.local[row]), int(kind), since))


def _flag(local: str, kind: int, since: int) -> Resource:
    code, text = FLAGS[kind]
    category = ("safety", "Safety") if code == "staff-risk" else ("contact", "Subject Contact")
    return {
        "resourceType": "Flag",
        "id": f"f{local}-{kind}",
        "meta": {"lastUpdated": days.instant(since * DAY + 660)},
        "status": "active",
        "category": [concept(HL7_CODES + "flag-category", *category)],
        "code": {
            "coding": [{"system": "https://careweave.org/alert", "code": code, "display": text}],
            "text": text,
        },
        "subject": {"reference": f"Patient/{local}"},
        "period": {"start": days.iso(since)},
    }
