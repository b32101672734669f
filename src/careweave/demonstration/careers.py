"""Lives month by month: falls, infections, A&E, admissions and deaths, each making the next more or less likely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration.causes import Causes
from careweave.demonstration.days import NONE, month_of
from careweave.demonstration.events import Events
from careweave.demonstration.figures import Figures, at_age, by_age, gradient, steps
from careweave.demonstration.health import Health
from careweave.demonstration.people import Bools, Floats, Ints, People
from careweave.demonstration.support import Support

MONTH = 30.4375
NEVER = -99


@dataclass
class Life:
    """The state of everyone as the months go by."""

    luck: Floats
    admitted: Ints  # month of the last discharge
    out_on: Floats  # day of leaving hospital
    fell: Ints  # month of the last fall
    dead: Bools


class Careers:
    """Runs the months; `events` then holds every fall, infection, attendance, admission and death."""

    def __init__(
        self, rng: np.random.Generator, figures: Figures, people: People, health: Health, today: int
    ) -> None:
        self.rng, self.people, self.health = rng, people, health
        self.rules: Mapping[str, Any] = figures.careers
        self.use: Mapping[str, Any] = figures.use
        self.life_table: Mapping[str, Any] = figures.population["deaths"]
        self.causes = Causes(figures.causes)
        self.events = Events()
        self.today = today
        window = self.rules["window"]
        self.months = window["months_before"] + window["months_after"]
        self.start = today - window["months_before"] * MONTH
        count = len(people)
        self.life = Life(
            luck=rng.lognormal(
                -(self.rules["emergency"]["spread"] ** 2) / 2, self.rules["emergency"]["spread"], count
            ),
            admitted=np.full(count, NEVER, dtype=np.int64),
            out_on=np.full(count, float(NONE)),
            fell=np.full(count, NEVER, dtype=np.int64),
            dead=np.zeros(count, dtype=bool),
        )
        self.support = Support(rng, self.rules["social_care"], people, health, self.events, self.start)

    def run(self, watch: Callable[[int, Careers], None] | None = None) -> Events:
        """`watch` sees everyone's state as each month begins; it must change nothing and draw nothing."""
        for month in range(self.months):
            if watch:
                watch(month, self)
            self._live(month, self.start + month * MONTH)
        self.support.finish(self.start + self.months * MONTH)
        return self.events

    def _live(self, month: int, day: float) -> None:
        age = self.people.age_on(int(day))
        here = ~self.life.dead & (age > 0.02)
        frailty, above = self.frailty(day, age)
        happened = self._minor_events(month, day, age, above, here)
        self._attend(month, day, age, above, here, happened)
        self._be_admitted(month, day, age, above, frailty, here, happened)
        self._die(month, day, age, above, here)
        self.support.live(day, age, frailty, ~self.life.dead & (age > 0.02))

    def frailty(self, day: float, age: Floats) -> tuple[Floats, Floats]:
        """Frailty, and how far it lies above what is usual for the age."""
        frailty = self.health.frailty_on(int(self.today - day), 0.006, age)
        return frailty, frailty - by_age(age, self.rules["usual_frailty"], "values")

    def _happens(self, here: Bools, yearly: Floats) -> Ints:
        return np.flatnonzero(here & (self.rng.random(len(here)) < -np.expm1(-yearly / 12)))

    def _days(self, day: float, who: Ints) -> Ints:
        return np.asarray(day + self.rng.random(len(who)) * MONTH).astype(np.int64)

    def _minor_events(
        self, month: int, day: float, age: Floats, above: Floats, here: Bools
    ) -> dict[str, Bools]:
        happened = {"earlier-fall": month - self.life.fell <= 12}
        for kind, yearly in self.minor_rates(month, day, age, above).items():
            who = self._happens(here, yearly)
            self.events.add(
                "minor", person=who, day=self._days(day, who), kind=np.full(len(who), kind, dtype=object)
            )
            happened[kind] = np.zeros(len(here), dtype=bool)
            happened[kind][who] = True
        self.life.fell[happened["fall"]] = month
        return happened

    def minor_rates(self, month: int, day: float, age: Floats, above: Floats) -> dict[str, Floats]:
        """Falls and infections a year."""
        rules, female = self.rules, self.people.female
        recently = month - self.life.fell <= 12
        percent = {
            "fall": by_age(age, rules["falls"], "percent_a_year")
            * np.power(rules["falls"]["frail_times"], above / 0.2)
            * np.where(recently, rules["falls"]["after_a_fall_times"], 1.0),
            "urine-infection": by_age(age, rules["urine_infection"], "percent_a_year")
            * np.where(female, rules["urine_infection"]["women_times"] / 1.8, 1 / 1.8)
            * np.where(
                self.health.has("dementia", int(day)), rules["urine_infection"]["dementia_times"], 1.0
            ),
            "chest-infection": by_age(age, rules["chest_infection"], "percent_a_year")
            * np.where(self.health.has("copd", int(day)), rules["chest_infection"]["copd_times"], 1.0),
        }
        return {kind: each / 100 for kind, each in percent.items()}

    def _attend(
        self, month: int, day: float, age: Floats, above: Floats, here: Bools, happened: Mapping[str, Bools]
    ) -> None:
        """Attendances that do not lead to admission; those that do are made from the admissions."""
        rate = (
            at_age(age, self.use["ages"], self.use["attendances"])
            * self._calibrated("attendances", age)
            / 1000
        )
        through = at_age(age, self.use["ages"], self.use["emergency_admissions"]) / 1000
        rate = rate - through * self.use["arrivals"]["through_the_department_percent"] / 100
        rate = rate * gradient(self.people.decile, self.use["gradient"]["attendances"])
        rate = rate * self.life.luck * np.exp(np.clip(above, -0.1, 0.3) * 1.5) * self._season(day)
        who = self._happens(here & (self.life.out_on < day), rate)
        fell = np.flatnonzero(happened["fall"] & (self.life.out_on < day))
        fell = fell[self.rng.random(len(fell)) * 100 < self.rules["falls"]["attends_percent"]]
        for people, fall in ((who, 0), (fell, 1)):
            self.events.add("visits", person=people, day=self._days(day, people), fall=fall)

    def _be_admitted(
        self,
        month: int,
        day: float,
        age: Floats,
        above: Floats,
        frailty: Floats,
        here: Bools,
        happened: Mapping[str, Bools],
    ) -> None:
        rate = self.admission_rate(month, day, age, above)
        for kind, times in self.rules["emergency"]["same_month_times"].items():
            rate = rate * np.where(happened[kind], times, 1.0)
        who = self._happens(here & (self.life.out_on < day), rate)
        cause = self.causes.draw(self.rng, who, age, self.people.female, self.health, int(day), happened)
        self._admit(month, self._days(day, who), who, cause, age, frailty)

    def admission_rate(self, month: int, day: float, age: Floats, above: Floats) -> Floats:
        """Emergency admissions a year, before what happens in the month itself."""
        rules = self.rules["emergency"]
        rate = at_age(age, self.use["ages"], self.use["emergency_admissions"]) / 1000
        rate = rate * self._calibrated("emergency_admissions", age) * self._season(day) * self.life.luck
        rate = rate * np.power(rules["frail_per_tenth"], np.clip(above, -0.15, 0.35) / 0.1)
        rate = rate * gradient(self.people.decile, self.use["gradient"]["emergency_admissions"])
        rate = rate * self._since_discharge(month, rules["after_admission_times"])
        for condition, times in rules["condition_times"].items():
            rate = rate * np.where(self.health.has(condition, int(day)), times, 1.0)
        return np.asarray(rate)

    def _admit(
        self,
        month: int,
        days: Ints,
        who: Ints,
        cause: Ints,
        age: Floats,
        frailty: Floats,
        again: bool = False,
    ) -> None:
        stay = self.causes.nights(self.rng, cause, age[who], frailty[who])
        path, waits = self.support.leave_hospital(
            who, days + stay, stay, cause, age[who], frailty[who], self.causes
        )
        end = days + stay + waits
        self.events.add("stays", person=who, day=days, stay=stay + waits, cause=cause, path=path, waits=waits)
        self.life.out_on[who] = end
        self.life.admitted[who] = month + np.floor((end - days) / MONTH).astype(np.int64)
        if not again:
            chance = steps(age[who], self.rules["emergency"]["back_soon_percent"]) * np.sqrt(
                self.life.luck[who]
            )
            back = self.rng.random(len(who)) * 100 < chance
            days = np.floor(end[back] + self.rng.uniform(1, 28, int(back.sum()))).astype(np.int64)
            cause = np.where(self.rng.random(len(days)) < 0.6, cause[back], self.causes.number("other"))
            self._admit(month, days, who[back], cause, age, frailty, again=True)

    def _die(self, month: int, day: float, age: Floats, above: Floats, here: Bools) -> None:
        who = self._happens(here, self.death_rate(month, day, age, above))
        days = self._days(day, who)
        in_hospital = self.rng.random(len(who)) * 100 < self.rules["deaths"]["in_hospital_percent"]
        self.events.add("deaths", person=who, day=days, in_hospital=in_hospital)
        self.people.death[who] = days
        self.life.dead[who] = True

    def death_rate(self, month: int, day: float, age: Floats, above: Floats) -> Floats:
        """Deaths a year."""
        rules = self.rules["deaths"]
        men, women = (at_age(age, self.life_table["ages"], self.life_table[sex]) for sex in ("men", "women"))
        rate = np.where(self.people.female, women, men) / 1000 * self._calibrated("deaths", age)
        rate = rate * np.power(rules["frail_per_tenth"], np.clip(above, -0.15, 0.35) / 0.1)
        rate = rate * self._since_discharge(month, rules["after_admission_times"])
        rate = rate * np.where(self.health.has("cancer", int(day)), rules["cancer_times"], 1.0)
        rate = rate * np.where(self.support.in_care_home, rules["care_home_times"], 1.0)
        return np.asarray(rate * gradient(self.people.decile, 1.6))

    def _since_discharge(self, month: int, times: list[float]) -> Floats:
        gone = month - self.life.admitted - 1
        boost = np.array([*times, 1.0])
        return np.where(gone >= 0, boost[np.clip(gone, 0, len(times))], 1.0)

    def _calibrated(self, what: str, age: Floats) -> Floats:
        return by_age(age, self.use["calibration"], what)

    def _season(self, day: float) -> float:
        month = int(month_of(np.array([int(day) + 15]))[0])
        return float(self.use["month_weight"]["emergency_admissions"][month])
