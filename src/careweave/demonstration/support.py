"""Social care month by month: requests, reablement, home care and care homes, in the order in which they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from careweave.demonstration.causes import Causes
from careweave.demonstration.days import NONE
from careweave.demonstration.events import Events
from careweave.demonstration.figures import by_age
from careweave.demonstration.health import Health
from careweave.demonstration.people import Bools, Floats, Ints, People

OLD = 65
HOME, HOME_WITH_CARE, BED, CARE_HOME = 0, 1, 2, 3  # discharge pathways


class Support:
    """A person has no care, reablement, home care or a care home; each change is an event with its days."""

    def __init__(
        self,
        rng: np.random.Generator,
        rules: Mapping[str, Any],
        people: People,
        health: Health,
        events: Events,
        start: float,
    ) -> None:
        self.rng, self.rules, self.people, self.health, self.events = rng, rules, people, health, events
        count = len(people)
        self.alone = people.living_alone()
        self.in_care_home = people.in_care_home_at_start.copy()
        self.nursing = rng.random(count) * 100 < rules["nursing_percent"]
        self.home_care_since = np.full(count, float(NONE))
        self.care_home_since = np.where(self.in_care_home, start - rng.exponential(700, count), float(NONE))
        self.reablement_until = np.full(count, float(NONE))
        self.plans: list[tuple[Ints, Floats, Ints]] = []
        self._begin(start)

    @property
    def has_home_care(self) -> Bools:
        return self.home_care_since > NONE

    def _begin(self, start: float) -> None:
        age = self.people.age_on(int(start))
        share = by_age(age, self.rules["home_care_at_start"])
        share = share * np.power(
            self.rules["home_care_per_tenth_frailty"], (self.health.frailty - 0.17) / 0.1
        )
        gets = (self.rng.random(len(age)) * 100 < share) & (age >= 60) & ~self.in_care_home
        self.home_care_since = np.where(gets, start - self.rng.exponential(420, len(age)), float(NONE))

    def leave_hospital(
        self, who: Ints, day: Floats, stay: Floats, cause: Ints, age: Floats, frailty: Floats, causes: Causes
    ) -> tuple[Ints, Floats]:
        """The pathway home and the days of waiting for it."""
        rules = self.rules["after_admission_percent"]
        serious = np.isin(cause, [causes.number(name) for name in self.rules["serious"]])
        needs = (age >= OLD) & (stay >= 3) & ~self.in_care_home[who]
        times = np.where(serious, self.rules["serious_times"], 1.0) * np.clip(frailty / 0.2, 0.3, 2.2)
        cared_for = self.has_home_care[who]
        drawn = self.rng.random(len(who)) * 100
        care_home = np.where(cared_for, 3.0, 0.12) * rules["care_home"] * times
        bed = care_home + rules["bed"] * times
        home = bed + (rules["reablement"] + rules["home_care"]) * times
        path = np.select(
            [drawn < care_home, drawn < bed, drawn < home], [CARE_HOME, BED, HOME_WITH_CARE], HOME
        )
        path = np.where(needs, path, HOME)
        mean = np.array([0.25, 3.6, 6.5, 11.0])[path]
        waits = np.where(stay >= 1, self.rng.exponential(1.0, len(who)) * mean, 0.0)
        waits = np.where((path == HOME) & (waits < 0.6), 0.0, waits)
        self.plans.append((who[path > HOME], (day + waits)[path > HOME], path[path > HOME]))
        return path.astype(np.int64), waits

    def live(self, day: float, age: Floats, frailty: Floats, here: Bools) -> None:
        self._end_of_reablement(day, here)
        self._after_hospital(day, here)
        self._new_requests(day, age, frailty, here)
        self._to_a_care_home(day, age, here)
        self._close_for_the_dead(here)

    def _after_hospital(self, day: float, here: Bools) -> None:
        plans, self.plans = self.plans, []
        for who, when, path in plans:
            alive = here[who]
            for kind in (HOME_WITH_CARE, BED, CARE_HOME):
                chosen = alive & (path == kind)
                self._follow(kind, who[chosen], when[chosen])

    def _follow(self, kind: int, who: Ints, when: Floats) -> None:
        if kind == CARE_HOME:
            self._enter_care_home(who, when, "hospital")
            return
        free = ~self.has_home_care[who] & ~self.in_care_home[who] & (self.reablement_until[who] < when)
        who, when = who[free], when[free]
        weeks = self.rules["reablement_weeks"] * 7 * self.rng.uniform(0.5, 1.15, len(who))
        place = "bed" if kind == BED else "home"
        self.events.add(
            "care", person=who, kind=_text("reablement", who), start=when, end=when + weeks, detail=place
        )
        self.reablement_until[who] = when + weeks

    def _end_of_reablement(self, day: float, here: Bools) -> None:
        ended = np.flatnonzero((self.reablement_until > NONE) & (self.reablement_until <= day) & here)
        shares = self.rules["after_reablement_percent"]
        drawn = self.rng.random(len(ended)) * 100
        needs = drawn < shares["home_care"] * np.clip(self.health.frailty[ended] / 0.2, 0.5, 2.0)
        low = ~needs & (drawn > 100 - shares["low_level"])
        self.home_care_since[ended[needs]] = self.reablement_until[ended[needs]]
        when = self.reablement_until[ended[low]]
        self.events.add(
            "care", person=ended[low], kind=_text("equipment", when), start=when, end=when, detail="home"
        )
        self.reablement_until[ended] = NONE

    def _new_requests(self, day: float, age: Floats, frailty: Floats, here: Bools) -> None:
        chance = self.request_chance(age, frailty)
        free = here & ~self.has_home_care & ~self.in_care_home & (self.reablement_until < day)
        asks = np.flatnonzero(free & (self.rng.random(len(age)) < chance))
        when = day + self.rng.random(len(asks)) * 30
        drawn = self.rng.random(len(asks)) * 100 - np.clip((frailty[asks] - 0.2) * 40, -8, 12)
        home_care, equipment = (self.rules["result_percent"][name] for name in ("home_care", "equipment"))
        result = np.where(drawn < home_care, "home-care", "advice").astype(object)
        result[(drawn >= home_care) & (drawn < home_care + equipment)] = "equipment"
        self.events.add("requests", person=asks, day=when, result=result)
        gets = result == "home-care"
        self.home_care_since[asks[gets]] = when[gets] + self.rng.uniform(12, 45, int(gets.sum()))
        given = result == "equipment"
        start = when[given] + self.rng.uniform(10, 60, int(given.sum()))
        self.events.add(
            "care", person=asks[given], kind=_text("equipment", start), start=start, end=start, detail="home"
        )

    def request_chance(self, age: Floats, frailty: Floats) -> Floats:
        """That someone without care asks for it this month."""
        chance = by_age(age, self.rules["new_request_a_month"]) / 100
        chance = chance * np.power(self.rules["home_care_per_tenth_frailty"], (frailty - 0.17) / 0.1)
        return np.asarray(chance * np.where(self.alone, 1.3, 0.9))

    def care_home_chance(self, day: float, age: Floats) -> Floats:
        """That someone who could still move into a care home does so this month."""
        chance = np.where(
            self.has_home_care & (self.home_care_since < day - 30),
            self.rules["home_care_to_care_home_a_month"],
            self.rules["no_care_to_care_home_a_month"] * np.exp(np.clip(age - 80, -10, 15) * 0.12),
        )
        chance = chance * np.where(self.health.has("dementia", int(day)), self.rules["dementia_times"], 1.0)
        return np.asarray(chance * np.where(self.alone, self.rules["living_alone_times"], 0.8))

    def _to_a_care_home(self, day: float, age: Floats, here: Bools) -> None:
        chance = self.care_home_chance(day, age)
        free = here & ~self.in_care_home & (age >= OLD) & (self.reablement_until < day)
        moves = np.flatnonzero(free & (self.rng.random(len(age)) < chance))
        self._enter_care_home(moves, day + self.rng.random(len(moves)) * 28, "home")

    def _enter_care_home(self, who: Ints, when: Floats, came_from: str) -> None:
        new = ~self.in_care_home[who]
        who, when = who[new], when[new]
        self._stop_home_care(who, when)
        self.in_care_home[who] = True
        self.care_home_since[who] = when

    def _stop_home_care(self, who: Ints, when: Floats) -> None:
        had = self.home_care_since[who] > NONE
        people, ends = who[had], when[had]
        start = np.minimum(self.home_care_since[people], ends)
        self.events.add(
            "care", person=people, kind=_text("home-care", ends), start=start, end=ends, detail="home"
        )
        self.home_care_since[people] = NONE

    def _close_for_the_dead(self, here: Bools) -> None:
        dead = np.flatnonzero((self.people.death > NONE) & (self.has_home_care | self.in_care_home))
        when = self.people.death[dead].astype(float)
        self._stop_home_care(dead, when)
        self._stop_care_home(dead, when)
        self.reablement_until[dead] = NONE

    def _stop_care_home(self, who: Ints, when: Floats) -> None:
        lives = self.in_care_home[who]
        people, ends = who[lives], when[lives]
        kind = np.where(self.nursing[people], "nursing", "residential").astype(object)
        start = np.minimum(self.care_home_since[people], ends)
        self.events.add("care", person=people, kind=kind, start=start, end=ends, detail="care home")
        self.in_care_home[people] = False

    def finish(self, day: float) -> None:
        """What still runs at the end of the simulation has no end."""
        everyone = np.arange(len(self.people))
        never = np.full(len(everyone), 10.0**6)
        self._stop_home_care(everyone, never)
        self._stop_care_home(everyone, never)


def _text(value: str, like: Floats | Ints) -> Any:
    return np.full(len(like), value, dtype=object)
