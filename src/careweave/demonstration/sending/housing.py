"""The housing association's tenancies: who lives where, what has been adapted, which alarms are there."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.figures import steps
from careweave.demonstration.people import SOCIAL_RENT, People
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.hospital import hash_share
from careweave.demonstration.sending.outbox import Outbox

SOURCE = "RVH01"
FILE = "RVH01/tenancies.csv"
ADAPTATIONS = ("Grab rails", "Level access shower", "Ramp", "Stair lift", "Raised toilet seat", "Wider doors")
ALARMS = ("Pendant", "Falls sensor", "Smoke detector linked", "Door sensor")
SHARE_OF_SOCIAL_RENT = 0.62  # the rest rent from others


def send_housing(chunk: Chunk, outbox: Outbox) -> Register:
    people = chunk.people
    ours = np.array(
        [hash_share(home * 977 + chunk.practice) < SHARE_OF_SOCIAL_RENT for home in people.household.tolist()]
    )
    lives = (people.tenure == SOCIAL_RENT) & ours & (chunk.care_home_since <= NONE) & chunk.alive
    who = np.flatnonzero(lives)
    number = people.register[who]
    local = np.array(
        [str(10001 + value * 2 % (2 * chunk.register + 1)) for value in number.tolist()], dtype=object
    )
    second = np.array([f"A{value}" for value in number.tolist()], dtype=object)
    register = chunk.registrar.register(chunk.rng("housing-register"), SOURCE, SOURCE, who, local, second)
    outbox.know(register, people.register.tolist())
    rng = chunk.rng("housing-rows")
    outbox.rows[FILE].extend(_tenant(chunk, rng, register, row) for row in range(len(register)))
    spoil_rows(
        chunk.rng("faults-tenancies"),
        chunk.figures.errors,
        outbox,
        "tenancies",
        FILE,
        chunk.today,
        chunk.practice == 0,
    )
    return register


def _tenant(chunk: Chunk, rng: np.random.Generator, register: Register, row: int) -> list[str]:
    people, person = chunk.people, int(register.person[row])
    text = {name: values[row] for name, values in register.text.items()}
    home, age = int(people.household[person]), float(chunk.age[person])
    since = chunk.today - int(60 + hash_share(home + 31) * 9000)
    alarms = _alarms(chunk, rng, person, age)
    partner = int(people.partner[person])
    relation = (
        "Child" if people.child_at_home[person] else "Main" if partner < 0 or partner > person else "Partner"
    )
    kin = ("", "")
    if age > 65 and rng.random() < 0.6:
        kin = (
            f"{chunk.staff('', person % 53).split(' (')[0].split()[0]} {people.text['family'][person]}",
            "07700 900" + f"{person % 1000:03d}",
        )
    place, again = f"{chunk.practice + 1:03d}{home:06d}", "B" if register.duplicate[row] else ""
    adapted = "; ".join(_adapted(chunk, rng, person, age))
    return [
        f"T{place}{again}", f"H{place}",
        str(register.local[row]), days.utc_stamp((chunk.today - int(rng.integers(1, 400))) * DAY + 600), text["title"],
        text["given"], text["family"], days.uk(int(register.birth[row])), "F" if register.female[row] else "M", relation,
        f"{text['line']}, {text['town']}", text["postcode"], f"{100_000_000_000 + chunk.practice * 100_000 + home}",
        text["telephone"] or text["mobile"], _property(people, person), days.uk(since), "", adapted,
        "; ".join(alarms), str(int(rng.poisson(1.3 + 6 * chunk.health.frailty[person]))) if alarms else "", *kin,
    ]  # fmt: skip


def _property(people: People, person: int) -> str:
    if not people.sheltered[person]:
        return "General needs"
    return "Extra care" if person % 6 == 0 else "Sheltered"


def _alarms(chunk: Chunk, rng: np.random.Generator, person: int, age: float) -> list[str]:
    share = float(steps(np.array([age]), {"0": 0, **chunk.figures.careers["housing"]["pendant_percent"]})[0])
    if rng.random() * 100 >= share:
        return []
    return ["Pendant", *[alarm for alarm in ALARMS[1:] if rng.random() < 0.18]]


def _adapted(chunk: Chunk, rng: np.random.Generator, person: int, age: float) -> list[str]:
    chances = chunk.figures.careers["housing"]["adaptation_percent"]
    chance = chances.get(chunk.frailty_names[person], 1) / 100 if age >= 65 else 0.015
    return [name for name in ADAPTATIONS if rng.random() < chance * 0.55]
