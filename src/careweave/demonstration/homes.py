"""Gives each household its deprivation, tenure, street and postcode, and each person an ethnic group."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np

from careweave.demonstration.figures import choose
from careweave.demonstration.people import OWNED, PRIVATE_RENT, SOCIAL_RENT, Floats, Ints, People, Texts

Figures = Mapping[str, Any]
STREET = 24  # households
POSTCODE = 12
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # those that end a postcode
MIXED = {"A+M": "D", "A+N": "E", "A+P": "D", "A+H": "F", "A+J": "F", "A+K": "F", "A+L": "F", "A+R": "F"}


def settle(
    rng: np.random.Generator, population: Figures, geography: Figures, people: People, today: int
) -> None:
    age = people.age_on(today)
    _ethnic_groups(rng, population, people, age)
    _deprivation_and_tenure(rng, population, people, age)
    line, town, postcode = _addresses(rng, geography, people, people.practice)
    old_line, old_town, old_postcode = _addresses(rng, geography, people, people.practice + 3)
    people.text |= {
        "line": line,
        "town": town,
        "postcode": postcode,
        "old_line": old_line,
        "old_town": old_town,
        "old_postcode": old_postcode,
    }


def _ethnic_groups(rng: np.random.Generator, figures: Figures, people: People, age: Floats) -> None:
    groups = figures["ethnicity"]
    codes = [group["code"] for group in groups]
    young = np.array([group["young"] for group in groups])
    old = np.array([group["old"] for group in groups])
    percent = np.array([group["percent"] for group in groups])
    lean = np.clip((age - 44) / 36, -1.2, 1.0)[:, None]
    weights = percent * np.where(lean < 0, 1 + (young - 1) * -lean, 1 + (old - 1) * lean)
    drawn = choose(rng, np.clip(weights, 0.001, None))
    first = np.where((people.partner >= 0) & (people.partner < np.arange(len(people))), people.partner, -1)
    alike = (first >= 0) & (rng.random(len(people)) < 0.9)
    drawn = np.where(alike, drawn[np.where(alike, first, 0)], drawn)
    has_mother = people.mother >= 0
    drawn = np.where(has_mother, drawn[np.where(has_mother, people.mother, 0)], drawn)
    _children_of_two_groups(people, drawn, codes)
    people.ethnicity = drawn


def _children_of_two_groups(people: People, drawn: Ints, codes: list[str]) -> None:
    for child in np.flatnonzero(people.mother >= 0):
        father = people.partner[people.mother[child]]
        if father >= 0 and drawn[father] != drawn[people.mother[child]]:
            pair = "+".join(sorted((codes[drawn[father]], codes[drawn[people.mother[child]]])))
            drawn[child] = codes.index(MIXED.get(pair, "G"))


def _deprivation_and_tenure(rng: np.random.Generator, figures: Figures, people: People, age: Floats) -> None:
    heads = np.unique(people.household, return_index=True)[1]
    lean = np.array([group["deprivation"] for group in figures["ethnicity"]])[people.ethnicity[heads]]
    oldest = np.zeros(len(heads))
    np.maximum.at(oldest, people.household, age)
    level = rng.normal(0, 1, len(heads)) + lean * 0.3 + (np.clip(oldest, 20, 90) - 50) * 0.009
    share = np.cumsum(figures["deprivation"]["percent"]) / np.sum(figures["deprivation"]["percent"])
    cuts = [NormalDist(0, 1.08).inv_cdf(part) for part in share[:-1]]
    decile = np.searchsorted(cuts, level) + 1
    social = np.array(figures["tenure"]["social_rent"])[decile - 1]
    private = np.array(figures["tenure"]["private_rent"])[decile - 1] * np.where(oldest > 65, 0.4, 1.2)
    drawn = rng.random(len(heads)) * 100
    tenure = np.where(drawn < social, SOCIAL_RENT, np.where(drawn < social + private, PRIVATE_RENT, OWNED))
    sheltered = figures["tenure"]["sheltered_percent_of_social_rent_over_70"]
    old = (oldest >= 70) & (tenure == SOCIAL_RENT) & (rng.random(len(heads)) * 100 < sheltered)
    people.decile = decile[people.household].astype(np.int64)
    people.tenure = tenure[people.household].astype(np.int64)
    people.sheltered = old[people.household]


def _addresses(
    rng: np.random.Generator, geography: Figures, people: People, area: int
) -> tuple[Texts, Texts, Texts]:
    """Streets are of one deprivation decile; a postcode is half a street."""
    count = int(people.household.max()) + 1
    decile = np.zeros(count)
    decile[people.household] = people.decile
    place = np.empty(count, dtype=np.int64)
    place[np.lexsort((rng.random(count), decile))] = np.arange(count)
    first, second = geography["streets_first"], geography["streets_second"]
    names = rng.permutation(len(first) * len(second))
    towns = geography["towns"]
    lines = np.empty(count, dtype=object)
    posts = np.empty(count, dtype=object)
    for home, where in enumerate(place.tolist()):
        street = int(names[(where // STREET) % len(names)])
        lines[home] = f"{where % STREET * 2 + 1} {first[street % len(first)]} {second[street // len(first)]}"
        posts[home] = postcode_of(area, where // POSTCODE)
    town = np.full(count, towns[area % len(towns)], dtype=object)
    return lines[people.household], town[people.household], posts[people.household]


def postcode_of(area: int, unit: int) -> str:
    """Postcodes of the made-up area RV."""
    letters = LETTERS[unit % 20] + LETTERS[unit // 20 % 20]
    return f"RV{area % 98 + 1} {unit // 400 % 9 + 1}{letters}"
