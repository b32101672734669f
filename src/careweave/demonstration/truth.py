"""The truth about Riverside's people, kept beside the feeds so that linkage and scores can be marked against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from careweave.demonstration import days
from careweave.demonstration.cast import STORY_PRACTICE
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.columns import dates, lists, numbers, strings, truths
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.people import Bools, Texts
from careweave.demonstration.stays import EMERGENCY

TEXT_COLUMNS = ("given", "middle", "family", "family_at_birth", "known_as", "line", "town", "postcode")
YEAR = 365
SERIOUS = ("learning-disability", "severe-mental-illness", "multiple-sclerosis")
ORGANS = ("heart-failure", "copd", "liver-disease")
STABLE = ("hypertension", "diabetes-1", "diabetes-2", "asthma", "coronary-heart-disease", "chronic-kidney-disease", "stroke",
          "atrial-fibrillation", "rheumatoid-arthritis", "depression", "epilepsy", "osteoarthritis")  # fmt: skip


def person_id(register: int) -> str:
    return f"P{register:07d}"


def persons_table(chunk: Chunk) -> pa.Table:
    people = chunk.people
    ids = [person_id(number) for number in people.register.tolist()]
    nobody = [*ids, ""]

    def other(index: np.ndarray) -> list[str]:
        return [nobody[place] for place in index.tolist()]

    conditions = [row["id"] for row in chunk.figures.conditions["condition"]]
    since = chunk.health.since
    has = (since > NONE) & (since <= chunk.today)
    groups = chunk.figures.population["ethnicity"]
    columns = [
        *(columns_of_text(chunk, ids)),
        dates(people.birth, np.ones(len(people), dtype=bool)),
        dates(people.death, ~chunk.alive),
        strings([groups[group]["code"] for group in people.ethnicity.tolist()]),
        strings(chunk.languages.tolist()),
        strings([f"{chunk.code}-{home}" for home in people.household.tolist()]),
        *(strings(other(index)) for index in (people.partner, people.mother, people.twin)),
        strings([chunk.code if there else "" for there in people.registered.tolist()]),
        numbers(people.decile),
        strings([("owned", "social rent", "private rent")[kind] for kind in people.tenure.tolist()]),
        truths(_in_care_home(chunk)),
        numbers(np.round(chunk.health.frailty, 3)),
        strings(chunk.frailty_names.tolist()),
        strings(segments(chunk).tolist()),
        lists([[conditions[kind] for kind in np.flatnonzero(row).tolist()] for row in has]),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def columns_of_text(chunk: Chunk, ids: list[str]) -> list[pa.Array]:
    people = chunk.people
    sexes = np.where(people.female, "female", "male").tolist()
    texts = [people.text[name].tolist() for name in TEXT_COLUMNS]
    values = [ids, [""] * len(ids), _numbers(people.nhs), _numbers(people.earlier_nhs), *texts, sexes]
    return [strings(value) for value in values]


SCHEMA = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("person_id", "key", "nhs_number", "earlier_nhs_number", *TEXT_COLUMNS, "sex")
        ),
        ("birth_date", pa.date32()),
        ("death_date", pa.date32()),
        *(
            (name, pa.string())
            for name in ("ethnicity", "language", "household", "partner", "mother", "twin", "practice")
        ),
        ("decile", pa.int64()),
        ("tenure", pa.string()),
        ("in_care_home", pa.bool_()),
        ("frailty", pa.float64()),
        ("frailty_name", pa.string()),
        ("segment", pa.string()),
        ("conditions", pa.list_(pa.string())),
    ]
)


def named_table(people: Sequence[Mapping[str, Any]], first: int) -> pa.Table:
    """The people of the stories, with what their definition says of them."""
    ids = {person["key"]: person_id(first + place) for place, person in enumerate(people)}
    columns = [_named_column(field.name, people, ids) for field in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _named_column(name: str, people: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> pa.Array:
    count = len(people)
    if name in ("birth_date", "death_date"):
        born = np.array([days.number(person["born"]) for person in people])
        return dates(born, np.full(count, name == "birth_date"))
    if name == "decile":
        return numbers(np.full(count, 3))
    if name == "in_care_home":
        return truths(np.zeros(count, dtype=bool))
    if name == "frailty":
        return numbers(np.array([FRAILTY_OF_A_STORY[person["frailty"]] for person in people]))
    if name == "conditions":
        return lists([[title for _, title, _ in person["conditions"]] for person in people])
    return strings([_named_text(name, person, ids) for person in people])


def _named_text(name: str, person: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    made = {
        "person_id": ids[person["key"]],
        "family_at_birth": person.get("family_at_birth", person["family"]),
        "line": person["address"][0],
        "town": person["address"][1],
        "postcode": person["address"][2],
        "language": "en",
        "household": f"named-{person['household']}",
        "partner": ids.get(person.get("partner", ""), ""),
        "practice": STORY_PRACTICE,
        "tenure": "social rent" if person["tenure"] == "social" else "owned",
        "frailty_name": person["frailty"],
        "segment": "frailty" if person["frailty"] in ("moderate", "severe") else "stable chronic",
    }
    return str(made.get(name, person.get(name, "")))


FRAILTY_OF_A_STORY = {"": 0.03, "fit": 0.08, "mild": 0.18, "moderate": 0.3, "severe": 0.42}


def _numbers(values: np.ndarray) -> list[str]:
    return [str(value) if value > 0 else "" for value in values.tolist()]


def _in_care_home(chunk: Chunk) -> Bools:
    stays = chunk.care.where(
        np.isin(chunk.care["kind"], ["residential", "nursing"]) & (chunk.care["end"] <= NONE)
    )
    there = np.zeros(len(chunk.people), dtype=bool)
    there[stays["person"]] = True
    return there


def segments(chunk: Chunk) -> Texts:
    """Bridges to Health (Lynn and others, Milbank Quarterly 2007): everyone in exactly one."""
    health, today, age, people = chunk.health, chunk.today, chunk.age, chunk.people

    def any_of(names: tuple[str, ...]) -> Bools:
        return np.asarray(np.logical_or.reduce([health.has(name, today) for name in names]))

    mothers = np.zeros(len(people), dtype=bool)
    mothers[people.mother[(people.mother >= 0) & (age < 1)]] = True
    spells = chunk.hospital.spells
    acute = np.zeros(len(people), dtype=bool)
    acute[spells["person"][(spells["kind"] == EMERGENCY) & (spells["start"] > (today - YEAR) * DAY)]] = True
    soon = (people.death > today) & (people.death <= today + YEAR) & health.has("cancer", today)
    frail = (
        ((chunk.health.frailty > 0.24) & (age >= 65)) | health.has("dementia", today) | _in_care_home(chunk)
    )
    choices = [
        (~chunk.alive, "died"), (soon, "short decline"), (frail, "frailty"), (any_of(ORGANS), "organ failure"),
        (any_of(SERIOUS), "serious disability"), ((age < 1) | mothers, "maternal and infant"),
        (any_of(STABLE), "stable chronic"), (acute, "acute"),
    ]  # fmt: skip
    return np.select([choice for choice, _ in choices], [name for _, name in choices], "healthy").astype(
        object
    )


def outcomes(chunk: Chunk) -> list[list[str]]:
    """What happens to the living in the year after the place's date; no feed tells of it."""
    today, people = chunk.today, chunk.people
    until = today + YEAR
    count = len(people)
    later = chunk.hospital.after
    emergencies = later["person"][(later["kind"] == EMERGENCY) & (later["start"] < until * DAY)].astype(
        np.int64
    )
    admitted = np.bincount(emergencies, minlength=count)
    died = (people.death > today) & (people.death <= until)
    care = chunk.care_after.where(chunk.care_after["start"] <= until)
    moved, helped = (
        _whom(care["person"][np.isin(care["kind"], kinds)], count)
        for kinds in (["residential", "nursing"], ["home-care"])
    )
    falls = chunk.minor_after.where(
        (chunk.minor_after["kind"] == "fall") & (chunk.minor_after["day"] <= until)
    )
    fell = _whom(falls["person"], count)
    return [
        [
            person_id(int(people.register[place])),
            str(admitted[place]),
            *(str(int(value[place])) for value in (died, moved, fell, helped)),
        ]
        for place in np.flatnonzero(chunk.alive).tolist()
    ]


def _whom(persons: np.ndarray, count: int) -> Bools:
    there = np.zeros(count, dtype=bool)
    there[persons.astype(np.int64)] = True
    return there


def pairs(chunk: Chunk) -> list[list[str]]:
    """People who look alike and must never become one: twins, and a mother with the child born in these years."""
    people = chunk.people
    found = []
    for place in np.flatnonzero(people.twin >= 0).tolist():
        found.append(
            [
                "twins",
                person_id(int(people.register[people.twin[place]])),
                person_id(int(people.register[place])),
            ]
        )
    born = np.flatnonzero((people.mother >= 0) & (people.birth >= chunk.first_day))
    for place in born.tolist():
        mother = int(people.register[people.mother[place]])
        found.append(["mother and baby", person_id(mother), person_id(int(people.register[place]))])
    return found
