"""The truth that no feed tells: how likely each person is to be admitted unplanned, or to begin long-term care, in a year.

It is worked out from the generator's own rates at one moment, with everything that it knows of a person and no source
does (luck, frailty, illness yet to be found). What comes about still depends on chance, so that no model can tell people
apart better than this can.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from careweave.demonstration.careers import MONTH, Careers
from careweave.demonstration.days import NONE
from careweave.demonstration.people import Bools, Floats
from careweave.demonstration.sending.council_events import is_funded
from careweave.demonstration.support import OLD

MINOR = ("fall", "urine-infection", "chest-infection")


def yearly_risk(careers: Careers, month: int, seed: int) -> Floats:
    """For everyone, from the state in which the month begins; nothing is drawn and nothing changed."""
    alive, risk = np.ones(len(careers.people)), np.zeros(len(careers.people))
    in_hospital = careers.rules["deaths"]["in_hospital_percent"] / 100
    paid = _paid_by_the_council(careers, seed)
    for ahead in range(12):
        day = careers.start + (month + ahead) * MONTH
        age = careers.people.age_on(int(day))
        frailty, above = careers.frailty(day, age)
        admitted = _admitted(careers, month + ahead, day, age, above)
        dies = -np.expm1(-careers.death_rate(month + ahead, day, age, above) / 12)
        helped = _helped(careers, day, age, frailty, paid)
        happens = 1 - (1 - admitted) * (1 - dies * in_hospital) * (1 - helped)
        risk += alive * happens
        alive *= (1 - happens) * (1 - dies * (1 - in_hospital))
    return risk


def _admitted(careers: Careers, month: int, day: float, age: Floats, above: Floats) -> Floats:
    """Over whatever else may happen in the month: a fall makes admission much likelier."""
    rate = careers.admission_rate(month, day, age, above) / 12
    times = careers.rules["emergency"]["same_month_times"]
    minor = {
        kind: -np.expm1(-rate / 12) for kind, rate in careers.minor_rates(month, day, age, above).items()
    }
    chance = np.zeros(len(age))
    for happened in product((False, True), repeat=len(MINOR)):
        share, faster = np.ones(len(age)), 1.0
        for kind, does in zip(MINOR, happened, strict=True):
            share = share * (minor[kind] if does else 1 - minor[kind])
            faster *= times[kind] if does else 1.0
        chance += share * -np.expm1(-rate * faster)
    return np.where(careers.life.out_on < day, chance, 0.0)


def _helped(careers: Careers, day: float, age: Floats, frailty: Floats, paid: tuple[Bools, Bools]) -> Floats:
    """Home care or a care home begins, as far as the council pays and so tells of it."""
    support, rules = careers.support, careers.support.rules
    home_paid, care_home_paid = paid
    granted = (rules["result_percent"]["home_care"] + np.clip((frailty - 0.2) * 40, -8, 12)) / 100
    free = ~support.has_home_care & ~support.in_care_home & (support.reablement_until < day)
    home = np.where(free, support.request_chance(age, frailty) * granted, 0.0)
    ends = (
        (support.reablement_until > NONE)
        & (support.reablement_until >= day)
        & (support.reablement_until < day + MONTH)
    )
    after = rules["after_reablement_percent"]["home_care"] / 100 * np.clip(frailty / 0.2, 0.5, 2.0)
    home = np.where(ends, after, home)
    can_move = ~support.in_care_home & (age >= OLD) & (support.reablement_until < day)
    moves = np.where(can_move, support.care_home_chance(day, age), 0.0)
    return np.asarray(1 - (1 - home * home_paid) * (1 - moves * care_home_paid))


def _paid_by_the_council(careers: Careers, seed: int) -> tuple[Bools, Bools]:
    shares = careers.rules["social_care"]["council_funded_percent"]
    register = careers.people.register.tolist()
    home, care_home = (
        np.array([is_funded(number, seed, shares[kind]) for number in register], dtype=bool)
        for kind in ("home_care", "care_home")
    )
    return home, care_home
