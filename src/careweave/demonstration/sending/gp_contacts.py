"""A practice's contacts of the last year, with the short courses of medicine that came of them."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.fhir import UK_CORE, Resource, encounter_class, organisation, snomed
from careweave.demonstration.figures import at_age, by_age, gradient
from careweave.demonstration.people import Ints
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.gp_problems import prescription
from careweave.demonstration.sending.outbox import Outbox

REASONS = (
    ("49727002", "Cough"), ("162397003", "Pain in throat"), ("161891005", "Backache"), ("271807003", "Eruption of skin"),
    ("84229001", "Fatigue"), ("21522001", "Abdominal pain"), ("25064002", "Headache"), ("182836005", "Review of medication"),
    ("57676002", "Joint pain"), ("271681002", "Stomach ache"), ("48694002", "Anxiety"), ("386661006", "Fever"),
)  # fmt: skip
MINOR = {
    "fall": (("161898004", "Falls"), None),
    "urine-infection": (("68566005", "Urinary tract infectious disease"), ("nitrofurantoin", "trimethoprim")),
    "chest-infection": (("50417007", "Lower respiratory tract infection"), ("amoxicillin", "doxycycline")),
}
STAFF = (
    ("General practitioner", 0.5),
    ("Practice nurse", 0.28),
    ("Clinical pharmacist", 0.1),
    ("Healthcare assistant", 0.12),
)


def send_contacts(chunk: Chunk, register: Register, outbox: Outbox) -> None:
    rng = chunk.rng("gp-contacts")
    persons, when, reason = _drawn(chunk, rng)
    _send(chunk, register, outbox, rng, persons, when, reason)
    _after_minor_events(chunk, register, outbox, rng)


def first_day(chunk: Chunk) -> int:
    return int(chunk.today - chunk.figures.careers["window"]["general_practice_months"] * 30.4375)


def _drawn(chunk: Chunk, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    use, age, people = chunk.figures.use, chunk.age, chunk.people
    men, women = (at_age(age, use["ages"], use[f"general_practice_{sex}"]) for sex in ("men", "women"))
    rate = np.where(people.female, women, men) * by_age(age, use["calibration"], "general_practice")
    ill = np.minimum(chunk.health.count_on(chunk.today), 8)
    usual = np.interp(age, [0, 20, 40, 60, 80, 100], [0.2, 0.6, 1.0, 2.0, 3.4, 3.8])
    rate = rate * np.exp(np.clip(0.16 * (ill - usual), -0.35, 0.7)) * rng.gamma(1.4, 1 / 1.4, len(age))
    rate = rate * gradient(people.decile, use["gradient"]["general_practice"]) * people.registered
    start = np.maximum(first_day(chunk), people.birth + 2)
    end = np.where(chunk.alive, chunk.today, people.death)
    span = np.clip(end - start, 0, None)
    times = rng.poisson(rate * span / 365.25)
    who = np.repeat(np.arange(len(people)), times)
    day = start[who] + (rng.random(len(who)) * span[who]).astype(np.int64)
    day = np.where((day + 3) % 7 >= 5, np.maximum(day - 2, start[who]), day)
    minute = day * DAY + 510 + 5 * rng.integers(0, 110, len(who))
    return who, minute, rng.integers(0, len(REASONS), len(who))


def _send(
    chunk: Chunk,
    register: Register,
    outbox: Outbox,
    rng: np.random.Generator,
    persons: Ints,
    when: Ints,
    reason: Ints,
) -> None:
    rows = register.rows_for(rng, persons)
    housebound = (chunk.health.frailty > 0.36) | (chunk.care_home_since > NONE)
    chance = rng.random((len(persons), 3))
    people = (persons.tolist(), rows.tolist(), when.tolist(), reason.tolist())
    for number, (person, row, minute, why) in enumerate(zip(*people, strict=True)):
        at_home = 0.3 if housebound[person] else 0.004
        place = "HH" if chance[number, 0] < at_home else "VR" if chance[number, 1] < 0.31 else "AMB"
        local = str(register.local[row])
        outbox.resource(
            "Encounter", contact(chunk, local, str(number), minute, place, chance[number, 2], REASONS[why])
        )


def contact(
    chunk: Chunk, local: str, number: str, minute: int, place: str, chance: float, reason: tuple[str, str]
) -> Resource:
    staff, share = STAFF[-1][0], 0.0
    for title, part in STAFF:
        share += part
        if chance < share:
            staff = title
            break
    return {
        "resourceType": "Encounter",
        "id": f"e{local}-{number}",
        "meta": {"lastUpdated": days.instant(minute + 40), "profile": [UK_CORE + "UKCore-Encounter"]},
        "status": "finished",
        "class": encounter_class(place),
        "subject": {"reference": f"Patient/{local}"},
        "participant": [{"individual": {"display": chunk.staff(staff, int(chance * 97))}}],
        "period": {"start": days.instant(minute), "end": days.instant(minute + 10)},
        "reasonCode": [snomed(*reason)],
        "serviceProvider": organisation(chunk.code),
    }


def _after_minor_events(chunk: Chunk, register: Register, outbox: Outbox, rng: np.random.Generator) -> None:
    minor = chunk.minor.where(chunk.minor["day"] >= first_day(chunk))
    seen = rng.random(len(minor)) < np.where(minor["kind"] == "fall", 0.55, 0.9)
    for number, event in enumerate(minor.where(seen & (minor["day"] < chunk.today)).rows()):
        row = int(register.row_of[event["person"]])
        if row < 0:
            continue
        local, minute = str(register.local[row]), event["day"] * DAY + 540 + int(rng.integers(0, 480))
        reason, courses = MINOR[event["kind"]]
        chance = rng.random(2)
        outbox.resource("Encounter", contact(chunk, local, f"x{number}", minute, "AMB", chance[0], reason))
        if courses:
            medicine = chunk.figures.medicines[courses[int(chance[1] * 2)]]
            outbox.resource(
                "MedicationRequest", prescription(local, f"x{number}", medicine, event["day"], "completed")
            )
