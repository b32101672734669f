"""The voluntary organisation's referrals and visits: befriending, help after hospital, a break for carers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.people import Ints
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.stays import EMERGENCY

SOURCE = "RVV01"
REFERRALS, VISITS = "RVV01/referrals.csv", "RVV01/visits.csv"
SERVICES = {
    "lonely": ("Befriending", "Feels lonely and would like company", 7),
    "hospital": ("Home from hospital", "Shopping and company after hospital", 4),
    "carer": ("Carers' breaks", "A few hours' break for the carer", 14),
}
VOLUNTEERS = (
    "Grace Mensah",
    "Bill Tanner",
    "Yasmin Ali",
    "Pat Doyle",
    "Sunita Rao",
    "Len Ashworth",
    "Ewa Mazur",
    "Joan Kirkby",
)
NOTES = (
    "Had a good chat and a cup of tea.", "Walked to the shop and back.", "Looked at old photographs together.",
    "Tired today, stayed only a while.", "Talked about the garden.", "Did the crossword together.",
)  # fmt: skip


@dataclass(frozen=True)
class VoluntaryReferral:
    """One referral with its planned and past visits, in minutes."""

    person: int
    kind: str
    day: int
    origin: str
    decision: str
    visits: tuple[int, ...]
    closed: int


def send_voluntary(chunk: Chunk, outbox: Outbox) -> Register:
    referrals = _referrals(chunk)
    who = np.unique(np.array([referral.person for referral in referrals], dtype=np.int64))
    number = chunk.people.register[who]
    local = np.array([f"N{1000 + value}" for value in number.tolist()], dtype=object)
    second = np.array([f"N{1000 + chunk.register + value}" for value in number.tolist()], dtype=object)
    register = chunk.registrar.register(chunk.rng("voluntary-register"), SOURCE, SOURCE, who, local, second)
    rng = chunk.rng("voluntary-rows")
    for place, referral in enumerate(referrals):
        row = int(register.rows_for(rng, np.array([referral.person]))[0])
        _write(chunk, rng, register, outbox, place, referral, row)
    outbox.know(register, chunk.people.register.tolist(), outbox.written("voluntary-referrals", REFERRALS))
    for feed, file in (("voluntary-referrals", REFERRALS), ("voluntary-visits", VISITS)):
        spoil_rows(
            chunk.rng(f"faults-{feed}"),
            chunk.figures.errors,
            outbox,
            feed,
            file,
            chunk.today,
            chunk.practice == 0,
        )
    return register


def _referrals(chunk: Chunk) -> list[VoluntaryReferral]:
    rng, rules = chunk.rng("voluntary-referrals"), chunk.figures.careers["voluntary"]
    people, age, window = chunk.people, chunk.age, chunk.today - chunk.first_day
    drawn = rng.random((2, len(age))) * 100
    alone = people.living_alone() & (age >= 75) & (chunk.care_home_since <= NONE)
    lonely = np.flatnonzero(alone & (drawn[0] < rules["lonely_75_alone_percent_a_year"] * 3))
    carers = np.flatnonzero((people.partner >= 0) & (age > 60) & (drawn[1] < rules["carer_percent"]))
    carers = carers[chunk.health.has("dementia", chunk.today)[people.partner[carers]]]
    spells = chunk.hospital.spells
    left = (spells["kind"] == EMERGENCY) & (spells["end"] > NONE) & (age[spells["person"]] > 70)
    left &= ~spells["died"].astype(bool) & (rng.random(len(spells)) * 100 < rules["after_discharge_percent"])
    home = spells.where(left)
    courses = (
        ("lonely", lonely, chunk.first_day + rng.integers(0, window, len(lonely)), chunk.code),
        ("hospital", home["person"], home["end"] // DAY, "RVR"),
        ("carer", carers, chunk.first_day + rng.integers(0, window, len(carers)), "900"),
    )
    found = [each for course in courses for each in _course(chunk, rng, *course)]
    return sorted(found, key=lambda each: (each.day, each.person, each.kind))


def _course(
    chunk: Chunk, rng: np.random.Generator, kind: str, who: Ints, day: Ints, origin: str
) -> list[VoluntaryReferral]:
    found = []
    gap = SERVICES[kind][2]
    for person, start in zip(who.tolist(), day.tolist(), strict=True):
        death = int(chunk.people.death[person])
        if NONE < death <= start or start > chunk.today:
            continue
        decision = "waiting" if start > chunk.today - 8 else "accepted" if rng.random() < 0.86 else "declined"
        count = int(rng.poisson(6 if kind == "hospital" else 16)) + 1 if decision == "accepted" else 0
        planned = start + 6 + np.cumsum(rng.gamma(6, gap / 6, count)).astype(np.int64)
        last = min(chunk.today + 10, death if death > NONE else chunk.today + 10)
        visits = planned[planned <= last] * DAY + 780 + 30 * rng.integers(0, 8, int((planned <= last).sum()))
        closed = (
            int(planned[-1])
            if count and planned[-1] <= chunk.today
            else start + 5
            if decision == "declined"
            else NONE
        )
        found.append(VoluntaryReferral(person, kind, start, origin, decision, tuple(visits.tolist()), closed))
    return found


def _write(
    chunk: Chunk,
    rng: np.random.Generator,
    register: Register,
    outbox: Outbox,
    place: int,
    referral: VoluntaryReferral,
    row: int,
) -> None:
    key, member = f"{chunk.practice + 1:03d}{place:05d}", str(register.local[row])
    service, reason, _ = SERVICES[referral.kind]
    latest = min(chunk.today, max(referral.day + 4, referral.closed))
    head = [f"VR{key}", days.utc_stamp(latest * DAY + 200), member, *_details(register, row), referral.origin]
    asked = [chunk.staff("", place % 61).split(" (")[0], days.uk(referral.day), service, reason, "yes"]
    outbox.rows[REFERRALS].append([*head, *asked, *_decided(referral)])
    volunteer = VOLUNTEERS[(place + chunk.practice) % len(VOLUNTEERS)]
    for number, minute in enumerate(referral.visits):
        outbox.rows[VISITS].append(
            _visit(chunk, rng, f"V{key}{number:03d}", f"VR{key}", member, volunteer, minute)
        )


def _details(register: Register, row: int) -> list[str]:
    """From title to postcode."""
    text = {name: values[row] for name, values in register.text.items()}
    born, telephone = days.uk(int(register.birth[row])), text["telephone"] or text["mobile"]
    name = [text["title"], text["given"], text["family"], text["known_as"]]
    return [*name, born, telephone, f"{text['line']}, {text['town']}", text["postcode"]]


def _decided(referral: VoluntaryReferral) -> list[str]:
    """From decision to closed_date."""
    decided = days.uk(referral.day + 3) if referral.decision != "waiting" else ""
    reason = "No volunteer near enough" if referral.decision == "declined" else ""
    outcome = "Ended well" if referral.closed > NONE and referral.decision == "accepted" else ""
    return [referral.decision, decided, reason, outcome, days.uk(referral.closed)]


def _visit(
    chunk: Chunk, rng: np.random.Generator, key: str, referral: str, member: str, volunteer: str, minute: int
) -> list[str]:
    now = chunk.today * DAY + 300
    head = [
        key,
        days.utc_stamp(min(minute + 120, now - 100)),
        referral,
        member,
        volunteer,
        days.uk_minute(minute),
        "60",
    ]
    chance = rng.random(4)
    if minute > now:
        return [*head, "planned", "", "", ""]
    if chance[0] >= 0.9:
        return [*head, "no answer" if chance[0] < 0.95 else "cancelled", "", "", ""]
    feels = ("same", "better", "worse", "")[int(np.searchsorted([0.62, 0.8, 0.88], chance[1]))]
    worried = "yes" if feels == "worse" and chance[3] < 0.4 else "no"
    return [*head, "yes", feels, NOTES[int(chance[2] * len(NOTES))], worried]
