"""Draws the people of a practice list and puts them into couples, families and homes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from careweave.demonstration.days import NONE
from careweave.demonstration.figures import at_age, by_age, steps
from careweave.demonstration.people import Bools, Floats, Ints, People

Figures = Mapping[str, Any]
ADULT = 18
YEARS_BACK = 3  # the people who died in these years are on the list too


def draw_people(
    rng: np.random.Generator, figures: Figures, *, count: int, practice: int, first: int, today: int
) -> People:
    age, female = _ages_and_sexes(rng, figures, count)
    partner = _couples(rng, figures, age, female)
    with_parents = _still_with_parents(rng, figures, age, partner)
    mother, twin = _families(rng, figures, age, female, with_parents)
    age = np.where(twin >= 0, age[np.where(twin >= 0, twin, 0)], age)
    return People(
        practice=practice,
        register=np.arange(first, first + count, dtype=np.int64),
        female=female,
        birth=np.floor(today - age * 365.25).astype(np.int64),
        partner=partner,
        mother=mother,
        twin=twin,
        household=_homes(rng, figures, age, partner, mother, with_parents),
        child_at_home=with_parents,
        in_care_home_at_start=_in_care_home(rng, figures, age, female),
        death=np.full(count, NONE, dtype=np.int64),
    )


def _ages_and_sexes(rng: np.random.Generator, figures: Figures, count: int) -> tuple[Floats, Bools]:
    lower = np.array(figures["ages"], dtype=float)
    share = np.array(figures["female_percent"]) / 100
    middle = lower + 2.5
    weights = []
    for part, sex in ((1 - share, "men"), (share, "women")):
        yearly = at_age(middle, figures["deaths"]["ages"], figures["deaths"][sex]) / 1000
        weights.append(np.array(figures["thousands"]) * part * np.exp(yearly * YEARS_BACK))
    table = np.concatenate(weights)
    drawn = rng.choice(len(table), size=count, p=table / table.sum())
    band = drawn % len(lower)
    width = np.where(band == len(lower) - 1, 0.0, 5.0)
    oldest = np.minimum(rng.exponential(3.1, count), 14.5)
    age = lower[band] + np.where(width > 0, rng.random(count) * width, oldest)
    return age, drawn >= len(lower)


def _couples(rng: np.random.Generator, figures: Figures, age: Floats, female: Bools) -> Ints:
    """Men and women who live with a partner, paired by age; a few couples of one sex."""
    share = np.where(female, by_age(age, figures["couple"], "women"), by_age(age, figures["couple"], "men"))
    wants = (rng.random(len(age)) * 100 < share) & (age >= ADULT)
    partner = np.full(len(age), -1, dtype=np.int64)
    men, women = np.flatnonzero(wants & ~female), np.flatnonzero(wants & female)
    men = men[np.argsort(age[men] + rng.normal(0, 2.2, len(men)))]
    women = women[np.argsort(age[women] + 2.0 + rng.normal(0, 2.2, len(women)))]
    pairs = min(len(men), len(women))
    men = men[np.sort(rng.choice(len(men), pairs, replace=False))] if pairs else men[:0]
    women = women[np.sort(rng.choice(len(women), pairs, replace=False))] if pairs else women[:0]
    same = rng.random(pairs) * 100 < figures["homes"]["same_sex_couples_percent"]
    _pair(partner, men[~same], women[~same])
    for left in (men[same], women[same]):
        half = len(left) // 2
        _pair(partner, left[0 : 2 * half : 2], left[1 : 2 * half : 2])
    return partner


def _pair(partner: Ints, one: Ints, other: Ints) -> None:
    partner[one] = other
    partner[other] = one


def _still_with_parents(rng: np.random.Generator, figures: Figures, age: Floats, partner: Ints) -> Bools:
    share = steps(age, figures["homes"]["young_adults_with_parents_percent"])
    stays = (rng.random(len(age)) * 100 < share) & (partner < 0) & (age >= ADULT) & (age < 35)
    return np.asarray(stays | (age < ADULT))


def _families(
    rng: np.random.Generator, figures: Figures, age: Floats, female: Bools, children: Bools
) -> tuple[Ints, Ints]:
    """Each child's mother, and the twin of the second child of a twin birth."""
    mother = np.full(len(age), -1, dtype=np.int64)
    twin = np.full(len(age), -1, dtype=np.int64)
    waiting = rng.permutation(np.flatnonzero(children))
    shares = np.array(figures["homes"]["children_per_mother_percent"], dtype=float)
    sizes = rng.choice(len(shares), size=len(waiting), p=shares / shares.sum()) + 1
    mothers = int(np.searchsorted(np.cumsum(sizes), len(waiting))) + 1
    sizes, eldest, others = sizes[:mothers], waiting[:mothers], waiting[mothers:]
    mother[eldest] = _women_of_the_right_age(rng, figures, age, female & ~children, age[eldest])
    siblings = np.repeat(eldest[: len(sizes)], sizes[: len(eldest)] - 1)[: len(others)]
    others = others[: len(siblings)]
    is_twin = rng.random(len(siblings)) < figures["homes"]["twin_maternities_per_1000"] / 700
    target = age[siblings] + np.where(
        is_twin, 0, rng.choice([-1, 1], len(siblings)) * rng.gamma(3, 1.1, len(siblings))
    )
    order = np.argsort(target)
    brother = others[np.argsort(age[others])]
    mother[brother] = mother[siblings[order]]
    near = np.abs(age[brother] - age[siblings[order]]) < 4
    twin[brother] = np.where(is_twin[order] & near, siblings[order], -1)
    gap = age[np.where(mother >= 0, mother, 0)] - age
    mother[(gap < 14) | (gap > 52)] = -1
    twin[(mother < 0) | (mother[np.where(twin >= 0, twin, 0)] < 0)] = -1
    return mother, twin


def _women_of_the_right_age(
    rng: np.random.Generator, figures: Figures, age: Floats, eligible: Bools, child_age: Floats
) -> Ints:
    """For each child a woman near the drawn age; no woman twice while there are enough of that age."""
    wish = figures["homes"]["mothers_age_at_birth"]
    target = child_age + np.clip(
        rng.normal(wish["mean"], wish["sd"], len(child_age)), wish["least"], wish["most"]
    )
    women = rng.permutation(np.flatnonzero(eligible))
    women = women[np.argsort(age[women], kind="stable")]
    chosen = np.full(len(child_age), -1, dtype=np.int64)
    if not len(women):
        return chosen
    order = np.argsort(target)
    place = np.searchsorted(age[women], target[order]).astype(np.int64)
    spread = np.maximum.accumulate(place - np.arange(len(place))) + np.arange(len(place))
    crowded = np.abs(spread - place) > len(women) // 40 + 3
    place = np.clip(np.where(crowded, place, spread), 0, len(women) - 1)
    chosen[order] = women[place]
    return chosen


def _homes(
    rng: np.random.Generator, figures: Figures, age: Floats, partner: Ints, mother: Ints, children: Bools
) -> Ints:
    head = np.arange(len(age))
    head = np.where((partner >= 0) & (partner < head), partner, head)
    lives_with = np.where(children & (mother >= 0), mother, -1)
    old = (age >= 75) & (partner < 0)
    joins = old & (rng.random(len(age)) * 100 < figures["homes"]["older_person_with_family_percent"])
    hosts = np.flatnonzero((partner >= 0) & (age > 40) & (age < 62))
    if len(hosts):
        lives_with = np.where(joins, rng.choice(hosts, len(age)), lives_with)
    orphans = np.flatnonzero((age < ADULT) & (lives_with < 0))
    parents = np.flatnonzero((age > 25) & (age < 60) & ~children)
    if len(parents):
        lives_with[orphans] = rng.choice(parents, len(orphans))
    head = np.where(lives_with >= 0, head[np.where(lives_with >= 0, lives_with, 0)], head)
    _flatmates(
        rng, figures, age, head, np.isin(np.arange(len(age)), mother) | (partner >= 0) | (lives_with >= 0)
    )
    return np.unique(head, return_inverse=True)[1].astype(np.int64)


def _flatmates(rng: np.random.Generator, figures: Figures, age: Floats, head: Ints, settled: Bools) -> None:
    shares = rng.random(len(age)) * 100 < figures["homes"]["single_adults_who_share_percent"]
    free = np.flatnonzero(~settled & (age > 18) & (age < 65) & shares)
    free = free[np.argsort(age[free] + rng.normal(0, 2, len(free)))]
    half = len(free) // 2
    head[free[1 : 2 * half : 2]] = free[0 : 2 * half : 2]


def _in_care_home(rng: np.random.Generator, figures: Figures, age: Floats, female: Bools) -> Bools:
    share = by_age(age - YEARS_BACK, figures["care_home"])
    share = share * np.where(female, figures["care_home"]["female_ratio"], 0.8)
    return np.asarray((rng.random(len(age)) * 100 < share) & (age - YEARS_BACK > 60))
