"""Made-up people of an English place and what six sources say of them, mistakes included, with the truth beside."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from careweave.identity.matching import MatchRecord

NAMES = tomllib.loads((Path(__file__).parent / "linkage_names.toml").read_text(encoding="utf-8"))
STARTS, ENDS, STREETS, KINDS = (NAMES[name].split() for name in ("starts", "ends", "streets", "kinds"))
NICK, ALIKE = NAMES["called"], NAMES["alike"]
SHARES = {"white": 72, "south asian": 15, "black": 6, "other": 7}
SOURCES = {
    "gp": 1.0,
    "hospital": 0.55,
    "community": 0.22,
    "council": 0.2,
    "mental-health": 0.12,
    "housing": 0.12,
}
TODAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Person:
    id: str
    nhs: str
    given: str
    middle: str
    family: str
    previous: str
    birth: date
    gender: str
    house: int
    street: str
    postcode: str
    old_home: tuple[int, str, str]
    phone: str
    email: str
    ethnicity: str
    deprivation: int
    kind: str = "single"


@dataclass
class Place:
    records: list[MatchRecord] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)


class Maker:
    """Draws everything from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - made-up people, no secrets
        self.people: list[Person] = []
        self._used: set[str] = set()

    def nhs_number(self) -> str:
        while True:
            nine = f"999{self.random.randrange(10**6):06d}"
            check = (11 - sum(int(d) * w for d, w in zip(nine, range(10, 1, -1), strict=True)) % 11) % 11
            if check < 10 and nine not in self._used:
                if len(self._used) > 700_000:
                    self._used.clear()
                self._used.add(nine)
                return f"{nine}{check}"

    def common(self, names: str) -> str:
        pool = names.split()
        return pool[min(int(self.random.expovariate(3.0 / len(pool))), len(pool) - 1)]

    def surname(self, ethnicity: str) -> str:
        if ethnicity == "white" and self.random.random() < 0.6:
            return f"{self.random.choice(STARTS)}{self.random.choice(ENDS)}"
        return self.common(NAMES["families"][ethnicity])

    def home(self) -> tuple[int, str, str, int]:
        area = self.random.randrange(400)
        street = f"{STREETS[area % 20]} {KINDS[area // 20 % 8]}"
        letters = f"{'ABDEFGHJLNPQRSTUWXYZ'[self.random.randrange(20)]}{'ABDEFGHJLN'[area % 10]}"
        postcode = f"RV{area % 20 + 1} {area // 20 % 9 + 1}{letters}"
        return self.random.randrange(1, 120), street, postcode, area % 10 + 1

    def person(
        self, family: str, ethnicity: str, birth: date, home: tuple[int, str, str, int], **more: str
    ) -> Person:
        gender = more.get("gender") or self.random.choice("mf")
        given = more.get("given") or self.common(NAMES["women" if gender == "f" else "men"][ethnicity])
        return Person(
            id=f"p{len(self.people):07d}",
            nhs=self.nhs_number(),
            given=given,
            middle=self.common(NAMES["women" if gender == "f" else "men"][ethnicity]) if self.random.random() < 0.5 else "",
            family=family,
            previous=self.surname(ethnicity) if gender == "f" and self.random.random() < 0.45 else "",
            birth=birth,
            gender=gender,
            house=home[0],
            street=home[1],
            postcode=home[2],
            old_home=self.home()[:3],
            phone=f"07{self.random.randrange(10**9):09d}",
            email=self.email(given, family),
            ethnicity=ethnicity,
            deprivation=home[3],
            kind=more.get("kind", "single"),
        )  # fmt: skip

    def email(self, given: str, family: str) -> str:
        if self.random.random() < 0.5:
            return ""
        return f"{given}.{family}{self.random.randrange(100)}@example.org".replace("'", "")

    def born(self, youngest: int, oldest: int) -> date:
        return TODAY - timedelta(days=self.random.randrange(youngest * 365, oldest * 365 + 360))

    def household(self) -> None:
        ethnicity = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        family, home = self.surname(ethnicity), self.home()
        adult = self.person(family, ethnicity, self.born(20, 92), home)
        self.people.append(adult)
        if self.random.random() < 0.45:
            other = family if self.random.random() < 0.8 else self.surname(ethnicity)
            close = adult.birth + timedelta(days=self.random.randrange(-1500, 1500))
            partner = self.person(other, ethnicity, close, home)
            while partner.given == adult.given:
                partner = self.person(other, ethnicity, close, home)
            self.people.append(partner)
        if self.random.random() < 0.35:
            self._children(adult, family, ethnicity, home)

    def _children(self, adult: Person, family: str, ethnicity: str, home: tuple[int, str, str, int]) -> None:
        birth = adult.birth + timedelta(days=self.random.randrange(19 * 365, 40 * 365))
        named = {adult.given} if adult.gender == "f" else set()
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            if birth >= TODAY:
                birth = TODAY - timedelta(days=self.random.randrange(1, 200))
            more = {"kind": "baby"} if (TODAY - birth).days < 400 else {}
            if adult.gender == "m" and self.random.random() < 0.06:
                more |= {"given": adult.given, "gender": "m", "kind": "junior"}
            child = self.person(family, ethnicity, birth, home, **more)
            while child.given in named:
                child = replace(
                    child, given=self.common(NAMES["women" if child.gender == "f" else "men"][ethnicity])
                )
            named.add(child.given)
            self.people.append(child)
            if self.random.random() < 0.03:
                self._twin(child, family, ethnicity, home)
            birth += timedelta(days=self.random.randrange(500, 1500))

    def _twin(self, child: Person, family: str, ethnicity: str, home: tuple[int, str, str, int]) -> None:
        self.people[-1] = replace(child, kind="twin")
        while True:
            twin = self.person(family, ethnicity, child.birth, home, kind="twin")
            if twin.given != child.given and NICK.get(twin.given) != NICK.get(child.given, "-"):
                break
        if self.random.random() < 0.1:
            one, other = self.random.choice(ALIKE)
            self.people[-1] = replace(self.people[-1], given=one, gender="f")
            twin = replace(twin, given=other, gender="f")
        self.people.append(twin)


def make_place(records: int, seed: int = 1) -> Place:
    """Six sources with about so many records in all."""
    maker = Maker(seed)
    wanted = int(records / (sum(SOURCES.values()) * 1.02))
    while len(maker.people) < wanted:
        maker.household()
    place = Place(people={person.id: person for person in maker.people})
    mothers = {(p.house, p.postcode): p for p in maker.people if p.gender == "f" and p.kind == "single"}
    for person in maker.people:
        mother = mothers.get((person.house, person.postcode))
        for source, share in SOURCES.items():
            if maker.random.random() < share:
                for _ in range(2 if maker.random.random() < 0.02 else 1):
                    _add(place, source, person, mother, maker)
    return place


def _add(place: Place, source: str, person: Person, mother: Person | None, maker: Maker) -> None:
    local = (
        f"{len(place.records) + 1:07d}"
        if maker.random.random() < 0.5
        else f"{maker.random.randrange(10**6):07d}"
    )
    id = f"{source}-{len(place.records):07d}"
    place.truth[id] = person.id
    place.records.append(_record(id, source, local, person, mother, maker))


def _record(id: str, source: str, local: str, p: Person, mother: Person | None, maker: Maker) -> MatchRecord:
    rng = maker.random
    given, family, birth, nhs = p.given, p.family, p.birth, p.nhs
    house, street, postcode = p.house, p.street, p.postcode
    poor = 1.0 if source in {"gp", "hospital", "community"} else 1.6
    if rng.random() < 0.06 * poor:
        nhs = ""
    elif rng.random() < 0.02 * poor:
        nhs = _typo(nhs, rng, "0123456789")
    elif rng.random() < 0.012:
        nhs = maker.nhs_number()
    if p.kind == "baby" and mother and source == "hospital":
        nhs = mother.nhs if rng.random() < 0.08 else nhs
        given = rng.choice(("Baby", "Baby Girl", "Baby Boy")) if rng.random() < 0.4 else given
    if p.kind == "twin" and source == "hospital" and rng.random() < 0.04:
        twin = next(
            (
                q
                for q in maker.people
                if q.kind == "twin" and q.birth == p.birth and q.id != p.id and q.house == p.house
            ),
            p,
        )
        nhs = twin.nhs
    if p.previous and rng.random() < 0.09:
        family = p.previous
    elif rng.random() < 0.035:
        family = _typo(family, rng)
    chance = rng.random()
    if chance < 0.06 and given in NICK:
        given = NICK[given]
    elif chance < 0.09 and not given.startswith("Baby"):
        given = _typo(given, rng)
    elif chance < 0.1 and not given.startswith("Baby"):
        given = given[0]
    elif p.middle and rng.random() < 0.5:
        given = f"{given} {p.middle}"
    if rng.random() < 0.004:
        given, family = family, given
    birth_text = _birth(birth, rng)
    if rng.random() < 0.08:
        house, street, postcode = p.old_home
    if rng.random() < 0.03:
        postcode = _typo(postcode, rng, "ABCDEFGHJK123456789")
    style = rng.randrange(3)
    return MatchRecord(
        id=id,
        source=source,
        local_id=local,
        nhs_number=nhs or None,
        given=given.title() if style else given.upper(),
        family=family.title() if style else family.upper(),
        birth_date=birth_text,
        gender={"m": "male", "f": "female"}[
            p.gender if rng.random() > 0.004 else ("f" if p.gender == "m" else "m")
        ],
        address=f"{house} {street.title()}" if rng.random() > 0.05 else None,
        town="Riverside",
        postcode=postcode if rng.random() > 0.03 else None,
        phone=p.phone if rng.random() < 0.5 else None,
        email=p.email or None if rng.random() < 0.3 else None,
    )


def _birth(birth: date, rng: random.Random) -> str:
    chance = rng.random()
    year, month, day = birth.year, birth.month, birth.day
    if chance < 0.008 and day <= 12:
        month, day = day, month
    elif chance < 0.018:
        year += rng.choice((-1, 1, -10, 10))
    elif chance < 0.03:
        day = day % 28 + 1
    elif chance < 0.033:
        month, day = 1, 1
    return f"{year:04d}-{month:02d}-{day:02d}"


def _typo(word: str, rng: random.Random, letters: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    place = rng.randrange(len(word))
    kind = rng.randrange(4)
    if kind == 0 and len(word) > 2:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + rng.choice(letters) + word[place:]
    if kind == 2 and place + 1 < len(word):
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + rng.choice(letters) + word[place + 1 :]
