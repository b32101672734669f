"""Made-up people of an English place and what six sources say of them, mistakes included, with the truth beside."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from careweave.identity.matching import MatchRecord

FIRST = {
    "white": (
        "oliver george harry noah jack leo oscar charlie william james thomas henry joshua daniel joseph samuel david michael john peter "
        "paul mark andrew stephen robert richard kenneth ronald arthur albert ernest walter frank stanley dennis alan brian keith graham "
        "kevin gary nigel simon martin philip ian neil darren jason craig stuart lee adam ryan liam callum kieran jordan connor ethan",
        "olivia amelia isla ava mia ivy lily grace freya emily sophie charlotte jessica chloe megan lauren hannah rebecca laura sarah claire "
        "nicola karen susan julie jacqueline deborah tracey sharon angela linda christine patricia margaret jean joan joyce doris edna vera "
        "irene hilda gladys elsie winifred dorothy barbara sheila pauline maureen brenda valerie janet gillian elizabeth catherine mary anne helen",
    ),
    "south asian": (
        "mohammed muhammad ahmed ali hassan hussain imran asif tariq khalid bilal omar usman yusuf ibrahim rajesh sanjay vijay amit ravi arjun "
        "harpreet gurpreet manjit jaswinder balwinder sukhvinder abdul rahim kamal jamal nasir shahid zahid farhan rizwan adnan faisal",
        "fatima aisha ayesha zainab maryam khadija sadia nadia shabana farah samina nasreen rukhsana priya anita sunita neha pooja kavita meena "
        "harpreet manjit jaswinder gurpreet kulwinder parveen bushra hafsa sana iqra amina yasmin noor layla",
    ),
    "black": (
        "kwame kofi emmanuel samuel daniel david joshua michael oluwaseun babatunde chukwuemeka tunde femi segun abdi mohamed ibrahim isaac "
        "elijah marcus jermaine tyrone leroy winston delroy nathaniel",
        "grace blessing mercy esther ruth abena akosua ngozi chidinma folake yetunde oluwatobi amina fatou hodan ifrah precious "
        "shanice keisha marcia beverley yvonne precious gloria patience comfort",
    ),
    "other": (
        "piotr krzysztof tomasz andrzej marcin pawel lukasz michal jakub mateusz andrei ion vasile wei jun ming chen hao jie kwok chi "
        "ahmad mahmoud youssef reza hamid juan carlos jose manuel paulo joao",
        "anna maria katarzyna agnieszka malgorzata ewa joanna magdalena monika elena ioana mei ling xiu ying li hui yan fang zahra leila "
        "maryam carmen lucia ana sofia fernanda beatriz",
    ),
}
LAST = {
    "white": "smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green hall wood jackson "
    "clarke harris lewis turner hill cooper ward moore morris king watson baker harrison morgan patel allen james scott phillips adams o'brien "
    "mcdonald macdonald o'connor campbell stewart kelly murphy ryan walsh price bennett griffiths cox reid gray knight butler holmes palmer",
    "south asian": "khan patel singh kaur ahmed hussain ali begum akhtar shah malik iqbal mahmood rahman chowdhury miah uddin islam sharma gupta "
    "kumar mehta desai joshi gill sandhu dhillon sidhu bhatti butt qureshi siddiqui mirza sheikh chaudhry",
    "black": "mensah boateng owusu asante adeyemi okafor okonkwo adebayo ogunleye balogun eze nwosu mohamed abdi hassan osman warsame campbell brown "
    "williams johnson clarke grant francis joseph charles thomas bailey",
    "other": "nowak kowalski kowalska wisniewski wisniewska lewandowski kaminski zielinski popescu ionescu popa wang li zhang chen liu yang huang "
    "wong chan lee nguyen tran silva santos ferreira garcia fernandez rodriguez ahmadi hosseini karimi yilmaz kaya demir",
}
STARTS = [
    "ash",
    "black",
    "brad",
    "brook",
    "burn",
    "clif",
    "cran",
    "dal",
    "fair",
    "grant",
    "hal",
    "har",
    "hay",
    "holl",
    "kirk",
    "lang",
    "lin",
    "mar",
    "mid",
    "nor",
    "oak",
    "pem",
    "rad",
    "red",
    "row",
    "shel",
    "stan",
    "stan",
    "thorn",
    "wal",
    "whit",
    "win",
    "wood",
]
ENDS = [
    "ford",
    "ley",
    "ton",
    "worth",
    "field",
    "wood",
    "bury",
    "ham",
    "by",
    "shaw",
    "well",
    "man",
    "more",
    "stock",
    "croft",
    "bourne",
    "combe",
    "dale",
    "gate",
    "hurst",
]
STREETS = [
    "high",
    "church",
    "station",
    "mill",
    "park",
    "green",
    "victoria",
    "albert",
    "queen",
    "king",
    "new",
    "manor",
    "chapel",
    "school",
    "spring",
    "north",
    "south",
    "bridge",
    "castle",
    "orchard",
]
KINDS = ["street", "road", "lane", "avenue", "close", "drive", "gardens", "way"]
NICK = {
    "william": "bill", "robert": "bob", "richard": "dick", "elizabeth": "liz", "margaret": "peggy", "catherine": "kate", "michael": "mike",
    "thomas": "tom", "james": "jim", "patricia": "pat", "susan": "sue", "deborah": "debbie", "joseph": "joe", "samuel": "sam",
    "christine": "chris", "stephen": "steve", "andrew": "andy", "anthony": "tony", "jacqueline": "jackie", "david": "dave", "rebecca": "becky",
    "mohammed": "mohamed", "muhammad": "mohammad", "hussain": "hussein", "ahmed": "ahmad", "katarzyna": "kasia", "malgorzata": "gosia",
    "krzysztof": "chris", "agnieszka": "aga", "yusuf": "yousuf", "fatima": "fatimah", "ayesha": "aisha", "daniel": "dan", "charlotte": "lottie",
}  # fmt: skip
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
        self.random = random.Random(seed)
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
            return self.random.choice(STARTS) + self.random.choice(ENDS)
        return self.common(LAST[ethnicity])

    def home(self) -> tuple[int, str, str, int]:
        area = self.random.randrange(400)
        street = f"{STREETS[area % 20]} {KINDS[area // 20 % 8]}"
        postcode = f"RV{area % 20 + 1} {area // 20 % 9 + 1}{'ABDEFGHJLNPQRSTUWXYZ'[self.random.randrange(20)]}{'ABDEFGHJLN'[area % 10]}"
        return self.random.randrange(1, 120), street, postcode, area % 10 + 1

    def person(
        self, family: str, ethnicity: str, birth: date, home: tuple[int, str, str, int], **more: str
    ) -> Person:
        gender = more.get("gender") or self.random.choice("mf")
        given = more.get("given") or self.common(FIRST[ethnicity][gender == "f"])
        return Person(
            id=f"p{len(self.people):07d}",
            nhs=self.nhs_number(),
            given=given,
            middle=self.common(FIRST[ethnicity][gender == "f"]) if self.random.random() < 0.5 else "",
            family=family,
            previous=self.surname(ethnicity) if gender == "f" and self.random.random() < 0.45 else "",
            birth=birth,
            gender=gender,
            house=home[0],
            street=home[1],
            postcode=home[2],
            old_home=self.home()[:3],
            phone=f"07{self.random.randrange(10**9):09d}",
            email=f"{given}.{family}{self.random.randrange(100)}@example.org".replace("'", "") if self.random.random() < 0.5 else "",
            ethnicity=ethnicity,
            deprivation=home[3],
            kind=more.get("kind", "single"),
        )  # fmt: skip

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
            self.people.append(self.person(other, ethnicity, close, home))
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
                child = replace(child, given=self.common(FIRST[ethnicity][child.gender == "f"]))
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
        if self.random.random() < 0.1 and len(child.given) > 2:
            twin = replace(twin, given=child.given[:-1] + self.random.choice("aeiynl"), gender=child.gender)
        if twin.given != child.given:
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
