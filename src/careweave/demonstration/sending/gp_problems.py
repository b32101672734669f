"""What a practice knows about a person's health: problems, allergies, measurements, vaccinations and regular medicines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.fhir import (
    CONDITION_CLINICAL,
    HL7_CODES,
    SNOMED,
    Resource,
    concept,
    quantity,
    snomed,
)
from careweave.demonstration.people import Floats, Ints
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.outbox import Outbox

VERIFIED = concept(HL7_CODES + "condition-ver-status", "confirmed", "Confirmed")
PROBLEM = [concept(HL7_CODES + "condition-category", "problem-list-item", "Problem List Item")]
CLINICAL = {code: concept(CONDITION_CLINICAL, code, code.title()) for code in ("active", "resolved")}
FRAILTY = {"mild": "Mild frailty", "moderate": "Moderate frailty", "severe": "Severe frailty"}
CARE_HOME = ("160734000", "Lives in a nursing home")
EVENTS = {
    "hip-fracture": ("5913000", "Fracture of neck of femur"),
    "stroke": ("230690007", "Cerebrovascular accident"),
    "heart-attack": ("22298006", "Myocardial infarction"),
    "delirium": ("2776000", "Delirium"),
    "pneumonia": ("233604007", "Pneumonia"),
}


def send_problems(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    _conditions(chunk, register, outbox)
    _allergies(chunk, register, outbox)
    _measurements(chunk, register, outbox)
    _vaccinations(chunk, register, outbox)
    _regular_medicines(chunk, register, outbox)


SYSTEM_SINCE = 15_706  # 1 January 2013: older entries were carried over into the present system that day


def condition(local: str, number: str, code: tuple[str, str], since: int, status: str = "active") -> Resource:
    return {
        "resourceType": "Condition",
        "id": f"c{local}-{number}",
        "meta": {"lastUpdated": days.instant(max(since, SYSTEM_SINCE) * DAY + 720)},
        "clinicalStatus": CLINICAL[status],
        "verificationStatus": VERIFIED,
        "category": PROBLEM,
        "code": snomed(*code),
        "subject": {"reference": f"Patient/{local}"},
        "onsetDateTime": days.iso(since),
        "recordedDate": days.iso(since),
    }


def _conditions(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng = chunk.rng("gp-conditions")
    table = chunk.figures.conditions["condition"]
    codes = [(row["snomed"], row["title"]) for row in table]
    since = chunk.health.since
    persons, kinds = np.nonzero((since > NONE) & (since <= chunk.today))
    rows = register.rows_for(rng, persons)
    known = (rows >= 0) & (rng.random(len(rows)) < 0.97)
    for row, person, kind in zip(
        rows[known].tolist(), persons[known].tolist(), kinds[known].tolist(), strict=True
    ):
        local = str(register.local[row])
        outbox.resource("Condition", condition(local, str(kind), codes[kind], int(since[person, kind])))
    _hospital_problems(chunk, register, outbox)
    _frailty(chunk, register, outbox)


def _hospital_problems(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    """What a discharge letter told the practice, and falls that came again and again."""
    ids = [row["id"] for row in chunk.figures.causes["cause"]]
    spells = chunk.hospital.spells
    for number, spell in enumerate(spells.where(spells["kind"] == 0).rows()):
        code = EVENTS.get(ids[spell["reason"]])
        row = int(register.row_of[spell["person"]])
        if code and row >= 0:
            day = spell["start"] // DAY
            status = "active" if ids[spell["reason"]] in ("stroke", "heart-attack") else "resolved"
            outbox.resource("Condition", condition(str(register.local[row]), f"h{number}", code, day, status))
    falls = chunk.minor.where((chunk.minor["kind"] == "fall") & (chunk.minor["day"] > chunk.today - 540))
    times = np.bincount(falls["person"], minlength=len(chunk.people))
    for person in np.flatnonzero(times >= 2).tolist():
        row = int(register.row_of[person])
        if row >= 0:
            day = int(falls["day"][falls["person"] == person].max())
            fell = ("279992002", "Recurrent falls")
            outbox.resource("Condition", condition(str(register.local[row]), "falls", fell, day))


def _frailty(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng = chunk.rng("gp-frailty")
    codes = chunk.figures.conditions["frailty"]["codes"]
    for person in np.flatnonzero(np.isin(chunk.frailty_names, list(codes))).tolist():
        row = int(register.row_of[person])
        name = chunk.frailty_names[person]
        if row < 0 or rng.random() > {"mild": 0.45, "moderate": 0.8, "severe": 0.92}[name]:
            continue
        since = chunk.today - int(rng.integers(20, 700))
        outbox.resource(
            "Condition", condition(str(register.local[row]), "fr", (codes[name], FRAILTY[name]), since)
        )
        if name == "severe" and rng.random() < 0.6:
            outbox.resource(
                "Condition", condition(str(register.local[row]), "hb", ("160689007", "Housebound"), since)
            )


def _allergies(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    """Some have an allergy, some are known to have none, and of some nothing is written."""
    rng = chunk.rng("gp-allergies")
    allergens = chunk.figures.medicines["allergen"]
    drawn = chunk.allergies[register.person] & ~register.duplicate[:, None]
    asked = rng.random(len(register)) < np.where(chunk.age[register.person] >= 18, 0.84, 0.45)
    since = chunk.today - rng.integers(40, 6000, len(register))
    for row in range(len(register)):
        local = str(register.local[row])
        found = np.flatnonzero(drawn[row])
        for kind in found.tolist():
            outbox.resource("AllergyIntolerance", allergy(local, kind, allergens[kind], int(since[row])))
        if not len(found) and asked[row] and not register.duplicate[row]:
            outbox.resource("AllergyIntolerance", no_known_allergy(local, int(since[row])))


def allergy(local: str, number: int, allergen: Mapping[str, Any], since: int) -> Resource:
    code, title = allergen["reaction"]
    body = _allergy_head(local, str(number), since)
    body |= {
        "type": "allergy",
        "category": ["food" if allergen["title"] == "Peanut" else "medication"],
        "criticality": "high" if title == "Anaphylaxis" else "low",
        "code": snomed(allergen["code"], allergen["title"]),
        "reaction": [{"manifestation": [snomed(code, title)]}],
    }
    return body


def no_known_allergy(local: str, since: int) -> Resource:
    return _allergy_head(local, "none", since) | {"code": snomed("716186003", "No known allergy")}


def _allergy_head(local: str, number: str, since: int) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"a{local}-{number}",
        "meta": {"lastUpdated": days.instant(max(since, SYSTEM_SINCE) * DAY + 700)},
        "clinicalStatus": concept(HL7_CODES + "allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": concept(
            HL7_CODES + "allergyintolerance-verification", "confirmed", "Confirmed"
        ),
        "patient": {"reference": f"Patient/{local}"},
        "recordedDate": days.iso(since),
    }


def _measurements(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng, people = chunk.rng("gp-measurements"), chunk.people
    chances = rng.random((len(people), 5))
    levels = rng.normal(0, 1, (len(people), 3))
    latest = np.where(chunk.alive, chunk.today, people.death)
    last = np.minimum(chunk.today - rng.integers(5, 500, len(people)), latest)
    ill = {name: chunk.health.has(name, chunk.today) for name in MEASURED_FOR}
    for person in np.flatnonzero(people.registered & (chunk.age >= 16)).tolist():
        local, day = str(register.local[register.row_of[person]]), int(last[person])
        has = {name: bool(there[person]) for name, there in ill.items()}
        age, chance, level = float(chunk.age[person]), chances[person], levels[person]
        if chance[0] < (0.95 if has["hypertension"] else 0.12 + min(age, 70) / 110):
            systolic = 112 + age * 0.25 + 11 * level[0] + 8 * has["hypertension"]
            outbox.resource("Observation", _blood_pressure(local, day, systolic, level[1]))
        if chance[2] < 0.85:
            outbox.resource("Observation", _smoking(local, day, chance[3], int(people.decile[person])))
        for name, value in _amounts(has, age, chance, level):
            outbox.resource("Observation", measured(local, name, day, *MEASURES[name], value))


BLOOD_PRESSURE, MMHG = ("75367002", "Blood pressure"), ("mmHg", "mm[Hg]")
SMOKING = ("365981007", "Tobacco smoking behaviour")
MEASURED_FOR = ("hypertension", "diabetes-1", "diabetes-2", "chronic-kidney-disease")
MEASURES = {
    "bmi": (("60621009", "Body mass index"), ("kg/m2", "kg/m2")),
    "hba1c": (("999791000000106", "Haemoglobin A1c level"), ("mmol/mol", "mmol/mol")),
    "egfr": (
        ("1011481000000105", "Estimated glomerular filtration rate"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    ),
}


def _amounts(
    has: Mapping[str, bool], age: float, chance: NDArray[np.float64], level: NDArray[np.float64]
) -> Iterator[tuple[str, float]]:
    """Weight for most, sugar for people with diabetes, kidneys for people who are old or have kidney disease."""
    diabetic = has["diabetes-1"] or has["diabetes-2"]
    if chance[1] < 0.6:
        yield "bmi", round(float(np.clip(27 + 5 * level[2] + 3 * diabetic, 15, 55)), 1)
    if diabetic:
        yield "hba1c", round(float(np.clip(56 + 13 * level[2] + chance[4] * 8, 36, 130)))
    if has["chronic-kidney-disease"]:
        yield "egfr", round(float(np.clip(48 + 8 * level[1], 12, 90)))
    elif age > 65 and chance[4] < 0.55:
        yield "egfr", round(float(np.clip(78 + 13 * level[1], 30, 110)))


def measured(
    local: str, number: str, day: int, code: tuple[str, str], unit: tuple[str, str], value: float | None
) -> Resource:
    """Without a value where components or a code say what was found."""
    body: Resource = {
        "resourceType": "Observation",
        "id": f"o{local}-{number}",
        "meta": {"lastUpdated": days.instant(day * DAY + 780)},
        "status": "final",
        "code": snomed(*code),
        "subject": {"reference": f"Patient/{local}"},
        "effectiveDateTime": days.iso(day),
    }
    if value is not None:
        body["valueQuantity"] = quantity(value, *unit)
    return body


def _blood_pressure(local: str, day: int, systolic: float, level: float) -> Resource:
    body = measured(local, "bp", day, BLOOD_PRESSURE, MMHG, None)
    upper = round(float(np.clip(systolic, 85, 215)))
    lower = round(float(np.clip(upper * 0.45 + 21 + 5 * level, 45, 120)))
    body["component"] = [
        {
            "code": snomed("72313002", "Systolic arterial pressure"),
            "valueQuantity": quantity(upper, "mmHg", "mm[Hg]"),
        },
        {
            "code": snomed("1091811000000102", "Diastolic arterial pressure"),
            "valueQuantity": quantity(lower, "mmHg", "mm[Hg]"),
        },
    ]
    return body


def _smoking(local: str, day: int, chance: float, decile: int) -> Resource:
    smokes = 0.24 - decile * 0.018
    code = (
        ("77176002", "Smoker")
        if chance < smokes
        else ("8517006", "Ex-smoker")
        if chance < 0.45
        else ("266919005", "Never smoked tobacco")
    )
    body = measured(local, "smoking", day, SMOKING, ("", ""), None)
    body["valueCodeableConcept"] = {"coding": [{"system": SNOMED, "code": code[0], "display": code[1]}]}
    return body


def _vaccinations(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng, eligible = chunk.rng("gp-vaccinations"), chunk.people.registered & chunk.alive
    for number, code, title, chance, first, spread in _vaccination_plans(chunk):
        day = first + rng.integers(0, spread, len(first))
        given = (rng.random(len(day)) < chance) & (day <= chunk.today) & eligible
        for person in np.flatnonzero(given).tolist():
            local = str(register.local[register.row_of[person]])
            outbox.resource("Immunization", _vaccination(local, number, int(day[person]), code, title))


def _vaccination_plans(chunk: Chunk) -> tuple[tuple[str, str, str, Floats, Ints, int], ...]:
    """Id, code, title, the share who had it, the first day on which they could, and how many days it took."""
    age, born, today = chunk.age, chunk.people.birth, chunk.today
    autumn = days.number(days.as_date(today).replace(month=10, day=8))
    autumn -= 366 if autumn > today else 0
    at_risk = (age >= 65) | chunk.health.has("copd", today) | chunk.health.has("diabetes-2", today)
    child = (age > 1.2) & (age < 18)
    flu = np.where(at_risk, 0.74, 0.05)
    return (
        ("flu", "822851000000102", "Seasonal influenza vaccination", flu, autumn + 0 * born, 35),
        ("pneumo", "12866006", "Pneumococcal vaccination", np.where(age >= 66, 0.7, 0), born + 24_107, 300),
        (
            "shingles",
            "722215002",
            "Herpes zoster vaccination",
            np.where(age >= 72, 0.55, 0),
            born + 25_600,
            500,
        ),
        (
            "mmr",
            "38598009",
            "Measles mumps and rubella vaccination",
            np.where(child, 0.89, 0),
            born + 385,
            90,
        ),
    )


def _vaccination(local: str, number: str, day: int, code: str, title: str) -> Resource:
    return {
        "resourceType": "Immunization",
        "id": f"v{local}-{number}",
        "meta": {"lastUpdated": days.instant(day * DAY + 640)},
        "status": "completed",
        "vaccineCode": snomed(code, title),
        "patient": {"reference": f"Patient/{local}"},
        "occurrenceDateTime": days.iso(day),
    }


def _regular_medicines(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng, medicines = chunk.rng("gp-medicines"), chunk.figures.medicines
    table = chunk.figures.conditions["condition"]
    taken: dict[tuple[int, str], int] = {}
    since = chunk.health.since
    for kind, row in enumerate(table):
        ill = np.flatnonzero(
            (since[:, kind] > NONE) & (since[:, kind] <= chunk.today) & chunk.alive & chunk.people.registered
        )
        for place, name in enumerate(row.get("medicines", ())):
            for person in ill[rng.random(len(ill)) < (0.72 if place == 0 else 0.4)].tolist():
                taken.setdefault((person, name), int(since[person, kind]))
    older = np.flatnonzero((chunk.age > 45) & chunk.alive & chunk.people.registered)
    for person in older[rng.random(len(older)) < 0.2].tolist():
        taken.setdefault((person, "omeprazole"), chunk.today - 900)
    for number, ((person, name), start) in enumerate(sorted(taken.items())):
        local = str(register.local[register.row_of[person]])
        issued = max(chunk.today - int(rng.integers(1, 56)), start)
        outbox.resource(
            "MedicationRequest", prescription(local, str(number), medicines[name], issued, "active")
        )


def prescription(local: str, number: str, medicine: dict[str, str], day: int, status: str) -> Resource:
    course = (
        ("continuous", "Continuous long term therapy")
        if status == "active"
        else ("acute", "Short course (acute) therapy")
    )
    return {
        "resourceType": "MedicationRequest",
        "id": f"m{local}-{number}",
        "meta": {"lastUpdated": days.instant(day * DAY + 750)},
        "status": status,
        "intent": "order",
        "category": [concept(HL7_CODES + "medicationrequest-category", "community", "Community")],
        "medicationCodeableConcept": snomed(medicine["code"], medicine["substance"], medicine["text"]),
        "subject": {"reference": f"Patient/{local}"},
        "authoredOn": days.iso(day),
        "courseOfTherapyType": concept(HL7_CODES + "medicationrequest-course-of-therapy", *course),
        "dosageInstruction": [{"text": medicine["dose"]}],
    }
