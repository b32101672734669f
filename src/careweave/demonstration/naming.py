"""Names people as families of many languages do: by generation, with married names and names used at home."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration.figures import steps
from careweave.demonstration.people import Floats, Ints, People, Texts

Figures = Mapping[str, Any]
TAKES_HUSBANDS_NAME = {"0": 62, "40": 78, "60": 92, "75": 96}
KEEPS_OWN_NAME = frozenset({"pakistani", "bangladeshi", "chinese", "somali-eritrean", "arabic-persian"})


@dataclass(frozen=True)
class Pool:
    """Names of one language, most frequent first."""

    id: str
    tradition: str
    language: str
    share: float
    family: Sequence[str]
    parts: Sequence[Sequence[str]]
    parts_percent: float
    men: Mapping[str, Sequence[str]]
    women: Mapping[str, Sequence[str]]


def read_pools(figures: Figures) -> tuple[Pool, ...]:
    return tuple(
        Pool(
            id=table["id"],
            tradition=table["tradition"],
            language=table["language"],
            share=table["share"],
            family=table["family"].split(),
            parts=table.get("family_parts", ()),
            parts_percent=table.get("family_parts_percent", 0),
            men={key: names.split() for key, names in table["men"].items()},
            women={key: names.split() for key, names in table["women"].items()},
        )
        for table in figures["pool"]
    )


def name_people(
    rng: np.random.Generator,
    figures: Figures,
    groups: Sequence[Mapping[str, Any]],
    people: People,
    today: int,
) -> None:
    pools = read_pools(figures)
    age = people.age_on(today)
    people.pool = _pool_of_each(rng, pools, groups, people)
    born = _family_names(rng, pools, people)
    family = _after_marriage(rng, pools, people, born, age)
    _children_take_fathers_name(people, family, born)
    given = _given_names(rng, pools, people, age)
    _nobody_at_home_shares_a_name(people, pools, given)
    middle = np.where(rng.random(len(people)) < 0.55, _given_names(rng, pools, people, age), "")
    people.text |= {"given": given, "middle": middle, "family": family, "family_at_birth": born}
    people.text["known_as"] = _known_as(rng, figures["known_as"], given, age)
    people.text["title"] = _titles(people, age)


def _pool_of_each(
    rng: np.random.Generator, pools: Sequence[Pool], groups: Sequence[Mapping[str, Any]], people: People
) -> Ints:
    chosen = np.zeros(len(people), dtype=np.int64)
    for code, group in enumerate(groups):
        fitting = [number for number, pool in enumerate(pools) if pool.tradition == group["names"]]
        share = np.array([pools[number].share for number in fitting], dtype=float)
        here = np.flatnonzero(people.ethnicity == code)
        chosen[here] = rng.choice(fitting, size=len(here), p=share / share.sum())
    for follows in (people.partner, people.mother):
        leader = np.where(follows >= 0, follows, 0)
        same = (
            (follows >= 0)
            & (people.ethnicity == people.ethnicity[leader])
            & (leader < np.arange(len(people)))
        )
        same |= (follows is people.mother) & (follows >= 0)
        chosen = np.where(same, chosen[leader], chosen)
    return chosen


def _draw(rng: np.random.Generator, names: Sequence[str], count: int, flat: float) -> Texts:
    weights = 1 / (np.arange(len(names)) + flat)
    return np.array(names, dtype=object)[rng.choice(len(names), size=count, p=weights / weights.sum())]


def _family_names(rng: np.random.Generator, pools: Sequence[Pool], people: People) -> Texts:
    names = np.empty(len(people), dtype=object)
    for number, pool in enumerate(pools):
        here = np.flatnonzero(people.pool == number)
        names[here] = _draw(rng, pool.family, len(here), 9)
        if pool.parts:
            rare = here[rng.random(len(here)) * 100 < pool.parts_percent]
            starts, ends = (np.array(part, dtype=object) for part in pool.parts)
            names[rare] = rng.choice(starts, len(rare)) + rng.choice(ends, len(rare))
    return names


def _after_marriage(
    rng: np.random.Generator, pools: Sequence[Pool], people: People, born: Texts, age: Floats
) -> Texts:
    keeps = np.isin(people.pool, [number for number, pool in enumerate(pools) if pool.id in KEEPS_OWN_NAME])
    takes = rng.random(len(people)) * 100 < steps(age, TAKES_HUSBANDS_NAME)
    partner = np.where(people.partner >= 0, people.partner, 0)
    changed = people.female & (people.partner >= 0) & ~people.female[partner] & takes & ~keeps
    was_married = people.female & (people.partner < 0) & (age > 55) & (rng.random(len(people)) < 0.7) & ~keeps
    other = born[rng.permutation(len(people))]
    widowed = np.where(was_married & (people.pool == people.pool[rng.permutation(len(people))]), other, born)
    same_language = people.pool == 0
    return np.where(changed, born[partner], np.where(same_language, widowed, born))


def _children_take_fathers_name(people: People, family: Texts, born: Texts) -> None:
    for child in np.flatnonzero(people.mother >= 0):
        mother = people.mother[child]
        father = people.partner[mother]
        family[child] = family[father] if father >= 0 else family[mother]
        born[child] = family[child]


def _given_names(rng: np.random.Generator, pools: Sequence[Pool], people: People, age: Floats) -> Texts:
    names = np.empty(len(people), dtype=object)
    generation = np.where(age >= 74, 0, np.where(age >= 38, 1, 2))
    for number, pool in enumerate(pools):
        for female, table in ((False, pool.men), (True, pool.women)):
            for place, period in enumerate(("old", "mid", "young")):
                here = np.flatnonzero(
                    (people.pool == number) & (people.female == female) & (generation == place)
                )
                if len(here):
                    names[here] = _draw(rng, table.get(period, table.get("all", ())), len(here), 12)
    return names


def _nobody_at_home_shares_a_name(people: People, pools: Sequence[Pool], given: Texts) -> None:
    """Sisters and brothers, and a child and its parents, have names of their own."""
    taken: dict[int, set[str]] = {}
    for person in np.argsort(people.birth, kind="stable").tolist():
        here = taken.setdefault(int(people.household[person]), set())
        if given[person] in here:
            table = (
                pools[people.pool[person]].women if people.female[person] else pools[people.pool[person]].men
            )
            names = table.get("young", table.get("all", ()))
            start = person % len(names)
            given[person] = next(
                (name for name in (*names[start:], *names) if name not in here), given[person]
            )
        here.add(given[person])


def _known_as(
    rng: np.random.Generator, table: Mapping[str, Sequence[str]], given: Texts, age: Floats
) -> Texts:
    known = np.full(len(given), "", dtype=object)
    for person in np.flatnonzero(rng.random(len(given)) < np.where(age > 50, 0.5, 0.3)):
        options = table.get(given[person])
        if options:
            known[person] = options[int(rng.integers(len(options)))]
    return known


def _titles(people: People, age: Floats) -> Texts:
    women = np.where(age < 18, "Miss", np.where((people.partner >= 0) | (age > 60), "Mrs", "Ms"))
    return np.where(people.female, women, np.where(age < 14, "Master", "Mr")).astype(object)


def without_accents(name: str) -> str:
    plain = name.translate(str.maketrans("łŁøØđĐıßșȘțȚ", "lLoOdDissStT"))
    return "".join(mark for mark in unicodedata.normalize("NFD", plain) if not unicodedata.combining(mark))
