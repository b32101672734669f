"""The community trust's contacts: district nurses, matrons, therapists, podiatrists, specialist nurses, health visitors."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.sending.referrals import (
    Referral,
    ReferralBook,
    Service,
    admitted_with,
    contact_draws,
    often_admitted,
)
from careweave.demonstration.stays import EMERGENCY

SOURCE = "RVC"
FILE = "RVC/contacts.csv"
SERVICES = {
    "district-nurse": ("District nursing", "District nurse", "Wound care", 8, 0.92, 0.04),
    "matron": ("Community matrons", "Community matron", "Review of long-term conditions", 24, 0.75, 0.25),
    "physiotherapy": ("Community therapy", "Physiotherapist", "Rehabilitation exercises", 8, 0.7, 0.1),
    "occupational-therapy": (
        "Community therapy",
        "Occupational therapist",
        "Assessment of the home",
        14,
        0.85,
        0.1,
    ),
    "rehabilitation": (
        "Home first",
        "Rehabilitation support worker",
        "Support to regain skills",
        2,
        1.0,
        0.0,
    ),
    "podiatry": ("Podiatry", "Podiatrist", "Foot check", 80, 0.1, 0.0),
    "msk": ("Musculoskeletal service", "MSK specialist nurse", "Review of joints", 45, 0.0, 0.45),
    "heart-failure-nurse": (
        "Heart failure service",
        "Heart failure nurse",
        "Review of heart failure",
        21,
        0.55,
        0.3,
    ),
    "diabetes-nurse": ("Diabetes service", "Diabetes specialist nurse", "Review of diabetes", 40, 0.1, 0.35),
    "health-visitor": ("Health visiting", "Health visitor", "Development review", 90, 0.6, 0.0),
}


def send_community(chunk: Chunk, outbox: Outbox) -> Register:
    book = _referrals(chunk)
    who = np.unique(np.array([referral.person for referral in book.list], dtype=np.int64))
    number = chunk.people.register[who]
    local = np.array([str(10001 + value) for value in number.tolist()], dtype=object)
    second = np.array([str(10001 + chunk.register + value) for value in number.tolist()], dtype=object)
    register = chunk.registrar.register(chunk.rng("community-register"), SOURCE, SOURCE, who, local, second)
    rng = chunk.rng("community-rows")
    for number_, referral in book.in_order():
        outbox.rows[FILE].extend(_contacts(chunk, rng, register, number_, referral))
    outbox.know(register, chunk.people.register.tolist(), outbox.written("community", FILE))
    spoil_rows(
        chunk.rng("faults-community"),
        chunk.figures.errors,
        outbox,
        "community",
        FILE,
        chunk.today,
        chunk.practice == 0,
    )
    return register


def _service(chunk: Chunk, name: str) -> Service:
    team, role, activity, gap, home, phone = SERVICES[name]
    usual = chunk.figures.careers["community"]["contacts"]
    key = "therapy" if name in ("physiotherapy", "occupational-therapy") else name
    return Service(name, team, role, activity, usual[key], gap, home, phone)


def _referrals(chunk: Chunk) -> ReferralBook:
    rng, rules = chunk.rng("community-referrals"), chunk.figures.careers["community"]
    book = ReferralBook(chunk, rng)
    _nursing(chunk, book, rules["district_nurse"])
    for name, condition, percent, reason in (
        ("podiatry", "diabetes-2", rules["podiatry_diabetes"], "Diabetic foot at risk"),
        ("diabetes-nurse", "diabetes-2", 4, "Poorly controlled diabetes"),
        ("diabetes-nurse", "diabetes-1", 12, "Insulin review"),
        ("heart-failure-nurse", "heart-failure", 9, "Heart failure"),
        *(
            ("msk", condition, percent, "Painful joints")
            for condition, percent in rules["msk_percent"].items()
        ),
    ):
        book.yearly(
            _service(chunk, name),
            chunk.health.has(condition, chunk.today) * percent / 100,
            chunk.code,
            reason,
        )
    babies = (chunk.age < 2) * rules["health_visitor_under_2"] / 100 / 2
    book.yearly(_service(chunk, "health-visitor"), babies, "RVR", "New baby")
    _after_hospital(chunk, book, rules)
    return book


def _nursing(chunk: Chunk, book: ReferralBook, rules: dict[str, float]) -> None:
    health, today, age = chunk.health, chunk.today, chunk.age
    chance = np.where(age >= 85, rules["base_85"], np.where(age >= 75, rules["base_75"], 0.0))
    chance = np.maximum(chance, (health.frailty > 0.36) * (age > 60) * rules["housebound"])
    for condition in ("leg-ulcer", "diabetes-1", "cancer"):
        chance = np.maximum(chance, health.has(condition, today) * rules[condition])
    book.yearly(_service(chunk, "district-nurse"), chance / 100, chunk.code, "Nursing care at home")


def _after_hospital(chunk: Chunk, book: ReferralBook, rules: dict[str, float]) -> None:
    rng = book.rng
    who, day = admitted_with(chunk, "hip-fracture", "stroke")
    for name in ("physiotherapy", "occupational-therapy"):
        goes = rng.random(len(who)) * 100 < rules["therapy_after_hip_or_stroke"]
        book.refer(_service(chunk, name), who[goes], day[goes] + 1, "RVR", "Rehabilitation after hospital")
    who, day = admitted_with(chunk, "fall", "delirium", "heart-failure")
    goes = rng.random(len(who)) < 0.2
    book.refer(
        _service(chunk, "occupational-therapy"),
        who[goes],
        day[goes] + 3,
        "RVR",
        "Safe at home after hospital",
    )
    spells = chunk.hospital.spells
    helped = (spells["kind"] == EMERGENCY) & (spells["path"] == 1) & (spells["end"] > NONE)
    book.refer(
        _service(chunk, "rehabilitation"),
        spells["person"][helped],
        spells["end"][helped] // DAY,
        "RVR",
        "Home first",
    )
    who, day = often_admitted(chunk, int(rules["matron_after_admissions"]))
    goes = (rng.random(len(who)) * 100 < rules["matron_percent"]) & (chunk.age[who] > 50)
    book.refer(_service(chunk, "matron"), who[goes], day[goes] + 14, chunk.code, "Frequent admissions")


def _contacts(
    chunk: Chunk, rng: np.random.Generator, register: Register, number: int, referral: Referral
) -> list[list[str]]:
    person, service = referral.person, referral.service
    row = int(register.rows_for(rng, np.array([person]))[0])
    key = f"{chunk.practice + 1:03d}{number:06d}"
    staff = chunk.staff(service.role, (number * 3 + person) % 41)
    details = _details(chunk, register, row)
    course = [service.id, service.team, f"R{key}", days.uk(referral.day), referral.origin, referral.reason]
    closed = days.uk(referral.closed) if referral.closed > NONE else ""
    rows = []
    for place, minute in enumerate(referral.contacts):
        medium, where, attended = contact_draws(rng, service)
        where = "C" if where == "A" and NONE < chunk.care_home_since[person] <= minute // DAY else where
        updated = days.utc_stamp(min(minute + 240, chunk.today * DAY + 240))
        minutes = str(15 + 5 * int(rng.integers(0, 8)))
        head = [
            f"C{key}{place:03d}",
            updated,
            *details,
            *course,
            days.uk_minute(minute),
            minutes,
            medium,
            where,
        ]
        rows.append([*head, service.role, staff.split(" (")[0], service.activity, attended, closed])
    return rows


def _details(chunk: Chunk, register: Register, row: int) -> list[str]:
    """From local_patient_id to gp_practice."""
    text = {name: values[row] for name, values in register.text.items()}
    person = int(register.person[row])
    return [
        str(register.local[row]), str(register.nhs[row]) if register.nhs[row] > 0 else "", text["family"], text["given"],
        days.uk(int(register.birth[row])), "2" if register.female[row] else "1",
        chunk.ethnic_codes[int(chunk.people.ethnicity[person])], f"{text['line']}, {text['town']}", text["postcode"],
        text["telephone"] or text["mobile"], chunk.code if chunk.people.registered[person] else "",
    ]  # fmt: skip
