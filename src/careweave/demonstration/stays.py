"""Turns the drawn admissions, births, planned operations and A&E visits into consistent spells and attendances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration.causes import Causes
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.events import Events, Table
from careweave.demonstration.figures import at_age, by_age, choose, gradient
from careweave.demonstration.health import Health
from careweave.demonstration.people import Bools, Floats, Ints, People

EMERGENCY, PLANNED, DELIVERY, BORN = 0, 1, 2, 3
COLUMNS = ("person", "start", "end", "kind", "reason", "path", "ready", "died", "department")


@dataclass(frozen=True)
class Hospital:
    """Spells in order of person and time (`end` NONE = still there), and attendances without admission."""

    spells: Table
    visits: Table
    after: Table  # what happens in the year after today, for the truth alone


def run_hospital(
    rng: np.random.Generator,
    causes_table: Mapping[str, Any],
    use: Mapping[str, Any],
    people: People,
    health: Health,
    events: Events,
    *,
    first_day: int,
    today: int,
) -> Hospital:
    causes = Causes(causes_table)
    drawn = _emergencies(rng, use, events)
    drawn = _join(drawn, _deaths_on_the_ward(rng, causes, people, health, events, drawn))
    drawn = _join(drawn, _births(rng, people, first_day))
    drawn = _join(drawn, _planned(rng, causes_table, use, people, health, first_day, today))
    spells = _without_overlaps(_end_with_death(drawn, people))
    past = spells["start"] <= today * DAY + 9 * 60
    recent = past & (spells["start"] >= first_day * DAY)
    still = spells["end"] > today * DAY + 9 * 60
    now = spells.with_columns(
        end=np.where(still, NONE, spells["end"]),
        ready=np.where(spells["ready"] > today, NONE, spells["ready"]),
        died=spells["died"] & ~still,
    )
    visits = _visits(rng, causes_table, people, events, spells, first_day, today)
    return Hospital(now.where(recent), visits, spells.where(~past))


def _join(one: Table, other: Table) -> Table:
    return Table({name: np.concatenate([one[name], other[name]]) for name in COLUMNS})


def _minutes(rng: np.random.Generator, day: Ints, peak: float) -> Ints:
    clock = np.clip(rng.normal(peak * 60, 230, len(day)), 20, 1425).astype(np.int64)
    return day * DAY + clock


def _emergencies(rng: np.random.Generator, use: Mapping[str, Any], events: Events) -> Table:
    stays = events.table("stays", "person", "day", "stay", "cause", "path", "waits")
    start = _minutes(rng, stays["day"].astype(np.int64), 14.5)
    end = start + np.maximum(stays["stay"] * DAY, 150).astype(np.int64)
    ready = np.where(stays["waits"] > 0.3, (end / DAY - stays["waits"]).astype(np.int64), NONE)
    through = rng.random(len(start)) * 100 < use["arrivals"]["through_the_department_percent"]
    return Table(
        {
            "person": stays["person"].astype(np.int64),
            "start": start,
            "end": end,
            "kind": np.full(len(start), EMERGENCY),
            "reason": stays["cause"].astype(np.int64),
            "path": stays["path"].astype(np.int64),
            "ready": ready,
            "died": np.zeros(len(start), dtype=bool),
            "department": through,
        }
    )


def _deaths_on_the_ward(
    rng: np.random.Generator, causes: Causes, people: People, health: Health, events: Events, drawn: Table
) -> Table:
    """Those who die in hospital and are not there already are admitted some days before."""
    deaths = events.table("deaths", "person", "day", "in_hospital")
    there = np.zeros(len(people), dtype=bool)
    end_of_life = people.death[drawn["person"]]
    covered = (drawn["start"] // DAY <= end_of_life) & (drawn["end"] // DAY >= end_of_life)
    there[drawn["person"][covered]] = True
    who = deaths["person"][deaths["in_hospital"].astype(bool) & ~there[deaths["person"]]].astype(np.int64)
    age = (people.death - people.birth) / 365.25
    weights = np.stack([np.interp(age[who], causes.ages, share) for share in causes.share], axis=1)
    weights = weights * np.array([each.deaths for each in causes.list]) ** 1.5
    weights[:, causes.women_only] = 0
    nights = np.minimum(rng.exponential(6.0, len(who)), 40)
    end = people.death[who] * DAY + rng.integers(60, 1380, len(who))
    start = np.maximum(end - (nights * DAY).astype(np.int64), people.birth[who] * DAY)
    return Table(
        {
            "person": who,
            "start": start,
            "end": end,
            "kind": np.full(len(who), EMERGENCY),
            "reason": choose(rng, weights) if len(who) else who,
            "path": np.zeros(len(who), dtype=np.int64),
            "ready": np.full(len(who), NONE),
            "died": np.ones(len(who), dtype=bool),
            "department": rng.random(len(who)) < 0.85,
        }
    )


def _births(rng: np.random.Generator, people: People, first_day: int) -> Table:
    """A birth is two spells that begin almost together: the mother's and the child's."""
    children = np.flatnonzero((people.mother >= 0) & (people.birth >= first_day))
    born = people.birth[children] * DAY + rng.integers(65, 1400, len(children))
    nights = rng.lognormal(0.35, 0.6, len(children))
    leave = born + np.maximum(nights * DAY, 360).astype(np.int64)
    first_child = people.twin[children] < 0
    came = born - rng.integers(120, 1200, len(children))
    mothers = people.mother[children][first_child]
    is_twin = (np.isin(children, people.twin) | ~first_child).astype(np.int64)
    return _uneventful(
        np.concatenate([children, mothers]),
        np.concatenate([born, came[first_child]]),
        np.concatenate([leave, leave[first_child]]),
        np.concatenate([np.full(len(children), BORN), np.full(len(mothers), DELIVERY)]),
        np.concatenate([is_twin, np.zeros(len(mothers), dtype=np.int64)]),
    )


def _planned(
    rng: np.random.Generator,
    table: Mapping[str, Any],
    use: Mapping[str, Any],
    people: People,
    health: Health,
    first_day: int,
    today: int,
) -> Table:
    age = people.age_on((first_day + today) // 2)
    rate = at_age(age, use["ages"], use["elective_admissions"]) / 1000
    rate = rate * by_age(age, use["calibration"], "elective_admissions")
    rate = rate * gradient(people.decile, use["gradient"]["elective_admissions"])
    rate = rate * np.exp(0.35 * health.sickliness - 0.06)
    times = np.minimum(rng.poisson(rate * (today - first_day) / 365.25), 30)
    who = np.repeat(np.arange(len(people)), times)
    what, eligible = _which_operation(rng, table["planned"], who, age, health, today)
    who, what = who[eligible], what[eligible]
    day = rng.integers(first_day, today, len(who))
    weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
    day = np.where(weekday >= 5, day - 2, day)
    start = day * DAY + rng.integers(7 * 60 + 15, 11 * 60, len(who))
    return _uneventful(who, start, start + _operation_takes(rng, table["planned"], what), PLANNED, what)


def _operation_takes(rng: np.random.Generator, rows: list[Mapping[str, Any]], what: Ints) -> Ints:
    """Minutes in hospital: hours as a day case, nights otherwise."""
    day_case = np.array([row["day_case"] for row in rows])[what] > rng.random(len(what)) * 100
    nights = np.array([row.get("stay", 1) for row in rows])[what] * rng.lognormal(0, 0.5, len(what))
    stay = np.where(day_case, rng.integers(200, 560, len(what)), np.maximum(nights, 0.8) * DAY)
    return stay.astype(np.int64)


def _uneventful(who: Ints, start: Ints, end: Ints, kind: int | Ints, reason: Ints) -> Table:
    """Spells that did not come through A&E, waited for nothing and ended at home."""
    return Table(
        {
            "person": who,
            "start": start,
            "end": end,
            "kind": np.full(len(who), kind) if isinstance(kind, int) else kind,
            "reason": reason,
            "path": np.zeros(len(who), dtype=np.int64),
            "ready": np.full(len(who), NONE),
            "died": np.zeros(len(who), dtype=bool),
            "department": np.zeros(len(who), dtype=bool),
        }
    )


def _which_operation(
    rng: np.random.Generator,
    rows: list[Mapping[str, Any]],
    who: Ints,
    age: Floats,
    health: Health,
    today: int,
) -> tuple[Ints, Bools]:
    weights = np.zeros((len(who), len(rows)))
    for place, row in enumerate(rows):
        fits = age[who] >= row["from"]
        only = row.get("only")
        times = np.where(health.has(only, today)[who], 6.0, 0.0) if only else 1.0
        weights[:, place] = row["weight"] * fits * times
    return choose(rng, weights), weights.sum(axis=1) > 0


def _end_with_death(drawn: Table, people: People) -> Table:
    """Nothing begins after death; a stay in which someone dies ends with it."""
    death = people.death[drawn["person"]]
    dies = (death > NONE) & (death <= drawn["end"] // DAY)
    keep = (death <= NONE) | (drawn["start"] // DAY <= death)
    keep &= drawn["start"] // DAY >= people.birth[drawn["person"]]
    last = np.maximum(np.minimum(drawn["end"], death * DAY + 1380), drawn["start"] + 45)
    end = np.where(dies, last, drawn["end"])
    ready = np.where(dies, NONE, drawn["ready"])
    return drawn.with_columns(end=end, died=dies, ready=ready).where(keep)


def _without_overlaps(spells: Table) -> Table:
    """Nobody is in two beds at once: what begins before the last stay ended is dropped."""
    spells = spells.by("person", "start")
    keep = np.ones(len(spells), dtype=bool)
    busy_until, busy = -1, -1
    columns = zip(spells["person"].tolist(), spells["start"].tolist(), spells["end"].tolist(), strict=True)
    for place, (person, start, end) in enumerate(columns):
        if person == busy and start < busy_until + 60:
            keep[place] = False
        else:
            busy, busy_until = person, end
    return spells.where(keep)


def _visits(
    rng: np.random.Generator,
    table: Mapping[str, Any],
    people: People,
    events: Events,
    spells: Table,
    first_day: int,
    today: int,
) -> Table:
    visits = events.table("visits", "person", "day", "fall")
    death = people.death[visits["person"]]
    keep = (
        (visits["day"] >= first_day) & (visits["day"] <= today) & ((death <= NONE) | (visits["day"] < death))
    )
    keep &= visits["day"] > people.birth[visits["person"]]
    visits = visits.where(keep)
    age = (visits["day"] - people.birth[visits["person"]]) / 365.25
    weights = np.stack([np.interp(age, table["ages"], row["share"]) for row in table["visit"]], axis=1)
    kinds = [row["id"] for row in table["visit"]]
    kind = np.where(visits["fall"] == 1, kinds.index("fall"), choose(rng, weights) if len(age) else 0)
    arrive = np.minimum(_minutes(rng, visits["day"].astype(np.int64), 15.0), today * DAY + 5 * 60)
    wait = np.clip(rng.lognormal(5.25, 0.5, len(arrive)), 25, 900).astype(np.int64)
    made = visits.with_columns(arrive=arrive, leave=arrive + wait, kind=kind.astype(np.int64))
    return _not_during_a_stay(made.by("person", "arrive"), spells)


def _not_during_a_stay(visits: Table, spells: Table) -> Table:
    if not len(spells) or not len(visits):
        return visits
    width = 10**9
    starts = spells["person"] * width + spells["start"]
    place = np.searchsorted(starts, visits["person"] * width + visits["leave"]) - 1
    place = np.clip(place, 0, None)
    inside = (spells["person"][place] == visits["person"]) & (visits["arrive"] < spells["end"][place])
    inside &= visits["leave"] > spells["start"][place]
    return visits.where(~inside)
