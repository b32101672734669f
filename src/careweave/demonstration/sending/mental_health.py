"""The mental-health trust's contacts: community, older people's, memory, liaison and talking-therapy teams."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.figures import by_age
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.hospital import hash_share
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.sending.referrals import (
    Referral,
    ReferralBook,
    Service,
    admitted_with,
    contact_draws,
)

SOURCE = "RVM"
FILE = "RVM/contacts.csv"
TEAMS = {  # team type, team, role, gap, home, phone
    "community": ("A02", "Community mental health team", "Community mental health nurse", 20, 0.5, 0.25),
    "older": ("A06", "Older people's mental health team", "Community mental health nurse", 22, 0.75, 0.15),
    "memory": ("C05", "Memory service", "Memory nurse", 40, 0.3, 0.15),
    "liaison": ("A08", "Liaison team in A&E", "Liaison nurse", 2, 0.0, 0.0),
    "early": ("A14", "Early intervention team", "Care coordinator", 14, 0.4, 0.2),
    "talking": ("TT", "Talking therapies", "Psychological therapist", 11, 0.0, 0.6),
}
DIAGNOSES = {
    "severe-mental-illness": "F209",
    "dementia": "F009",
    "depression": "F329",
    "anxiety": "F411",
    "alcohol-dependence": "F102",
    "drug-misuse": "F112",
}
TEAM_OF = {
    "severe-mental-illness": "community",
    "dementia": "memory",
    "alcohol-dependence": "community",
    "drug-misuse": "community",
}


def send_mental_health(chunk: Chunk, outbox: Outbox) -> Register:
    book = _referrals(chunk)
    who = np.unique(np.array([referral.person for referral in book.list], dtype=np.int64))
    number = chunk.people.register[who]
    local = np.array(
        [str(10001 + value * 3 % (3 * chunk.register + 1)) for value in number.tolist()], dtype=object
    )
    second = np.array([f"M{value}" for value in number.tolist()], dtype=object)
    register = chunk.registrar.register(
        chunk.rng("mental-health-register"), SOURCE, SOURCE, who, local, second
    )
    rng = chunk.rng("mental-health-rows")
    for place, referral in book.in_order():
        outbox.rows[FILE].extend(_contacts(chunk, rng, register, place, referral))
    outbox.know(register, chunk.people.register.tolist(), outbox.written("mental-health", FILE))
    spoil_rows(
        chunk.rng("faults-mental-health"),
        chunk.figures.errors,
        outbox,
        "mental-health",
        FILE,
        chunk.today,
        chunk.practice == 0,
    )
    return register


def _service(chunk: Chunk, name: str) -> Service:
    kind, team, role, gap, home, phone = TEAMS[name]
    usual = chunk.figures.careers["mental_health"]["contacts_a_year"][name]
    return Service(kind, team, role, "", usual, gap, home, phone)


def _referrals(chunk: Chunk) -> ReferralBook:
    rng, rules = chunk.rng("mental-health-referrals"), chunk.figures.careers["mental_health"]
    book = ReferralBook(chunk, rng)
    age = chunk.age
    base = by_age(age, rules["base"]) / 100
    reason = "Low mood or worry"
    book.yearly(_service(chunk, "talking"), np.where((age >= 16) & (age < 75), base * 0.6, 0), "self", reason)
    book.yearly(
        _service(chunk, "community"), np.where((age < 65) & (age >= 6), base * 0.25, 0), chunk.code, reason
    )
    book.yearly(
        _service(chunk, "older"), np.where(age >= 65, base * 0.7, 0), chunk.code, "Low mood or memory"
    )
    for condition, percent in rules["condition_percent"].items():
        name = TEAM_OF.get(condition, "talking")
        if condition == "severe-mental-illness":
            young = chunk.health.has(condition, chunk.today) & (age < 30)
            book.yearly(_service(chunk, "early"), young * percent / 100, chunk.code, "Psychosis")
        adult = chunk.health.has(condition, chunk.today) & (
            (age >= 30) | (condition != "severe-mental-illness")
        )
        book.yearly(
            _service(chunk, name), adult * percent / 100, chunk.code, condition.replace("-", " ").capitalize()
        )
    who, day = admitted_with(chunk, "mental-distress")
    book.refer(_service(chunk, "liaison"), who, day - 1, "RVR", "Self-harm")
    return book


def _diagnosis(chunk: Chunk, person: int) -> str:
    for condition, code in DIAGNOSES.items():
        if chunk.health.has(condition, chunk.today)[person]:
            return code
    return "" if hash_share(person) < 0.5 else "F432"


def _contacts(
    chunk: Chunk, rng: np.random.Generator, register: Register, number: int, referral: Referral
) -> list[list[str]]:
    person, service = referral.person, referral.service
    row = int(register.rows_for(rng, np.array([person]))[0])
    text = {name: values[row] for name, values in register.text.items()}
    key = f"{chunk.practice + 1:03d}{number:06d}"
    staff = chunk.staff(service.role, (number + person) % 37).split(" (")[0]
    details = [
        str(register.local[row]), str(register.nhs[row]) if register.nhs[row] > 0 else "", text["family"], text["given"],
        days.iso(int(register.birth[row])), "2" if register.female[row] else "1",
        chunk.ethnic_codes[int(chunk.people.ethnicity[person])], f"{text['line']}, {text['town']}", text["postcode"],
        chunk.code if chunk.people.registered[person] else "",
    ]  # fmt: skip
    course = [service.id, service.team, f"MR{key}", days.iso(referral.day), referral.origin, referral.reason]
    diagnosis, closed = _diagnosis(chunk, person), days.iso(referral.closed) if referral.closed > NONE else ""
    rows = []
    for place, minute in enumerate(referral.contacts):
        medium, _, attended = contact_draws(rng, service)
        updated = days.utc_stamp(min(minute + 300, chunk.today * DAY + 240))
        minutes = str(30 + 10 * int(rng.integers(0, 4)))
        head = [f"M{key}{place:03d}", updated, *details, *course, diagnosis, days.iso_minute(minute), minutes]
        rows.append([*head, medium, service.role, staff, attended, closed])
    return rows
