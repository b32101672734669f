"""One practice list with everything that happened to its people: the truth from which all files are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np

from careweave.demonstration import health, homes, households, naming, nhs_numbers
from careweave.demonstration.careers import MONTH, Careers
from careweave.demonstration.cast import practice_name
from careweave.demonstration.days import NONE
from careweave.demonstration.events import Events, Table
from careweave.demonstration.figures import Figures
from careweave.demonstration.health import Health
from careweave.demonstration.people import Bools, Ints, People, Texts
from careweave.demonstration.registers import Registrar
from careweave.demonstration.stays import Hospital, run_hospital

PHONES = (
    "0113 496",
    "0114 496",
    "0115 496",
    "0116 496",
    "0117 496",
    "0118 496",
    "0121 496",
    "0151 496",
    "0161 496",
    "01632 960",
)


@dataclass
class Chunk:
    """`code` is the practice's ODS code; `first_day` the first day that feeds tell about."""

    seed: int
    practice: int
    register: int
    figures: Figures
    today: int
    people: People
    health: Health
    hospital: Hospital
    minor: Table
    requests: Table
    care: Table
    care_after: Table
    minor_after: Table

    @property
    def code(self) -> str:
        return f"Y{90001 + self.practice}"

    @property
    def practice_name(self) -> str:
        return practice_name(self.figures.geography["practice_names"], self.practice)

    @property
    def first_day(self) -> int:
        return int(self.today - self.figures.careers["window"]["months_before"] * MONTH)

    @cached_property
    def age(self) -> np.ndarray:
        return self.people.age_on(self.today)

    @cached_property
    def alive(self) -> Bools:
        return ~self.people.is_dead_by(self.today)

    @cached_property
    def ethnic_codes(self) -> list[str]:
        return [group["code"] for group in self.figures.population["ethnicity"]]

    @cached_property
    def frailty_names(self) -> Texts:
        return health.frailty_names(self.figures.conditions["frailty"]["cuts"], self.health.frailty, self.age)

    @cached_property
    def registrar(self) -> Registrar:
        return Registrar(self.figures.errors, self.figures.names, self.people, self.today, self.first_day)

    @cached_property
    def care_home_since(self) -> Ints:
        """The day on which a person moved into a care home, NONE if never."""
        moves = self.care.where(np.isin(self.care["kind"], ["residential", "nursing"]))
        since = np.full(len(self.people), NONE, dtype=np.int64)
        since[moves["person"]] = moves["start"]
        return since

    @cached_property
    def languages(self) -> Texts:
        """The language a person prefers: that of the family for some, more often the older they are."""
        spoken = np.array([pool.language for pool in naming.read_pools(self.figures.names)], dtype=object)
        keeps = self.rng("languages").random(len(self.people)) < np.where(self.age > 55, 0.6, 0.25)
        return np.where(keeps, spoken[self.people.pool], "en").astype(object)

    @cached_property
    def allergies(self) -> Bools:
        """One column an allergen: what people really must not have, as far as anyone knows."""
        chances = np.array([row["per_1000"] for row in self.figures.medicines["allergen"]]) / 1000
        adult = np.where(self.age >= 18, 1.0, 0.4)[:, None]
        return np.asarray(self.rng("allergies").random((len(self.people), len(chances))) < chances * adult)

    def staff(self, role: str, number: int) -> str:
        """A made-up member of staff, the same for the same role and number."""
        first = self.figures.names["pool"][0]["women" if number % 3 else "men"]["mid"].split()
        family = self.figures.names["pool"][number % 5 and (number % 13) % len(self.figures.names["pool"])][
            "family"
        ].split()
        return f"{first[(number * 7 + self.practice) % len(first)]} {family[(number * 11) % len(family)]} ({role})"

    def rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.practice, crc32(purpose.encode())])


def build_chunk(
    *,
    seed: int,
    practice: int,
    first: int,
    count: int,
    register: int,
    figures: Figures,
    today: int,
    watch: Callable[[int, Careers], None] | None = None,
) -> Chunk:
    """`first` is the register number of the first person, `register` the number of people in the whole place."""

    def rng(purpose: str) -> np.random.Generator:
        return np.random.default_rng([seed, practice, crc32(purpose.encode())])

    people = _settled_people(rng, figures, practice=practice, first=first, count=count, today=today)
    _numbers(rng("numbers"), people, figures, seed, register)
    window = figures.careers["window"]
    first_day = int(today - window["months_before"] * MONTH)
    groups = figures.population["ethnicity"]
    ill = health.fall_ill(
        rng("health"), figures.conditions, groups, people, today + int(window["months_after"] * MONTH)
    )
    health.grow_frail(rng("frailty"), figures.conditions, people, ill, today)
    events = Careers(rng("careers"), figures, people, ill, today).run(watch)
    hospital = run_hospital(
        rng("hospital"), figures.causes, figures.use, people, ill, events, first_day=first_day, today=today
    )
    chunk = Chunk(
        seed, practice, register, figures, today, people, ill, hospital, **_tables(events, people, today)
    )
    _move_into_care_homes(chunk)
    return chunk


def _settled_people(
    rng: Callable[[str], np.random.Generator],
    figures: Figures,
    *,
    practice: int,
    first: int,
    count: int,
    today: int,
) -> People:
    population = figures.population
    people = households.draw_people(
        rng("people"), population, count=count, practice=practice, first=first, today=today
    )
    homes.settle(rng("homes"), population, figures.geography, people, today)
    naming.name_people(rng("names"), figures.names, population["ethnicity"], people, today)
    _telephones(rng("telephones"), people)
    return people


def _tables(events: Events, people: People, today: int) -> dict[str, Table]:
    """What had happened by today, and what follows, which no feed tells."""
    minor = events.table("minor", "person", "day", "kind")
    requests = _whole_days(events.table("requests", "person", "day", "result"))
    care = _whole_days(events.table("care", "person", "kind", "start", "end", "detail"))
    return {
        "minor": _until(minor, "day", people, today),
        "requests": _until(requests, "day", people, today),
        "care": _closed(_until(care, "start", people, today), today),
        "care_after": care.where(care["start"] > today),
        "minor_after": minor.where(minor["day"] > today),
    }


def _numbers(rng: np.random.Generator, people: People, figures: Figures, seed: int, register: int) -> None:
    rates = figures.errors["moved"]
    people.registered = rng.random(len(people)) * 100 >= rates["unregistered_percent"]
    numbers = nhs_numbers.numbers_of(people.register, seed)
    people.nhs = np.where(people.registered, numbers, NONE)
    had_another = rng.random(len(people)) * 100 < rates["superseded_number_percent"]
    earlier = nhs_numbers.earlier_numbers_of(people.register, seed, register)
    people.earlier_nhs = np.where(had_another & people.registered & (earlier > 0), earlier, NONE)


def _telephones(rng: np.random.Generator, people: People) -> None:
    homes_count = int(people.household.max()) + 1
    area = rng.integers(len(PHONES), size=homes_count)
    number = rng.integers(0, 1000, homes_count)
    lines = np.array(
        [
            f"{PHONES[a]} {n:04d}" if a < 9 else f"{PHONES[a]}{n:03d}"
            for a, n in zip(area, number, strict=True)
        ],
        dtype=object,
    )
    lines[rng.random(homes_count) < 0.35] = ""
    mobiles = np.array([f"07700 900{n:03d}" for n in rng.integers(0, 1000, len(people))], dtype=object)
    mobiles[rng.random(len(people)) < 0.25] = ""
    people.text["telephone"] = lines[people.household]
    people.text["mobile"] = mobiles


def _whole_days(table: Table) -> Table:
    return table.with_columns(
        **{
            name: np.floor(table[name]).astype(np.int64)
            for name in ("person", "day", "start", "end")
            if name in table
        }
    )


def _until(table: Table, column: str, people: People, today: int) -> Table:
    """What had begun by today, and only while the person lived."""
    death = people.death[table["person"]]
    keep = (table[column] <= today) & ((death <= NONE) | (table[column] <= death))
    keep &= table[column] > people.birth[table["person"]]
    return table.where(keep)


def _closed(care: Table, today: int) -> Table:
    return care.with_columns(end=np.where(care["end"] > today, NONE, np.maximum(care["end"], care["start"])))


def _move_into_care_homes(chunk: Chunk) -> None:
    """The care home is the address; the home they left becomes the old one."""
    text, names = chunk.people.text, chunk.figures.geography["care_homes"]
    for person in np.flatnonzero(chunk.care_home_since > NONE).tolist():
        for part in ("line", "town", "postcode"):
            text[f"old_{part}"][person] = text[part][person]
        home = person % len(names)
        text["line"][person] = f"{names[home]}, {home * 3 + 2} Weir Lane"
        text["town"][person] = chunk.figures.geography["towns"][chunk.practice % 10]
        text["postcode"][person] = homes.postcode_of(chunk.practice, 3000 + home)
