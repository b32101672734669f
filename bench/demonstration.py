"""Riverside: how fast it is written, and whether its people use care as England's do.

python -m bench.demonstration [--people N] [--calibrate]

prints the rates, and with --calibrate the numbers for use-of-care.toml.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.kit.machine import watched
from bench.kit.report import Report
from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk, build_chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.figures import at_age, load_figures
from careweave.demonstration.place import write_place
from careweave.demonstration.sending import gp_contacts

ON = date(2026, 11, 22)
SIZES = (5_000, 100_000)
BANDS = [0, 5, 18, 45, 65, 75, 85, 95, 130]
Floats = NDArray[np.float64]


def measure(report: Report) -> None:
    report.section(
        "Writing Riverside",
        """Every feed and the truth, gzip included, with as many workers as the command takes (two from 20,000 people).
        Rows are resources and CSV rows together.""",
    )
    for people in SIZES:
        with tempfile.TemporaryDirectory() as folder, watched(os.getpid()) as span:
            summary = write_place(Path(folder), people=people, as_at=ON)
        target = "under 300 s" if people == 100_000 else "a few seconds"
        found = (
            f"{summary.seconds:.1f} s, {summary.total:,} rows, {summary.total / summary.seconds:,.0f} rows/s"
        )
        report.figure(f"{people:,} people", found, target, span)
    memory = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    report.figure("memory of one process at most", f"{memory / 1024:,.0f} MB", "under 1.5 GB")
    report.section(
        "Riverside against England",
        "100,000 people; events a 1,000 people a year, England's figure as target.",
    )
    for name, have, england in rates(chunks(100_000)):
        report.figure(name, f"{(have.sum()):.0f}", f"{england.sum():.0f}")


def chunks(people: int) -> list[Chunk]:
    figures, today = load_figures(ON), days.number(ON)
    lists = max(1, people // 5_000)
    return [
        build_chunk(
            seed=7,
            practice=place,
            first=place * 5_000,
            count=people // lists,
            register=people,
            figures=figures,
            today=today,
        )
        for place in range(lists)
    ]


def rates(places: list[Chunk]) -> list[tuple[str, Floats, Floats]]:
    """For each kind of use: events and expected events by age, both as rates of all person-years together."""
    names = ("emergency_admissions", "attendances", "elective_admissions", "general_practice", "deaths")
    found = {name: np.zeros(len(BANDS) - 1) for name in names}
    wanted = {name: np.zeros(len(BANDS) - 1) for name in names}
    years = 0.0
    for chunk in places:
        years += _expected(chunk, wanted)
        for name, (person, day) in _events(chunk).items():
            age = (day - chunk.people.birth[person]) / 365.25
            weight = 3.0 if name == "general_practice" else 1.0
            found[name] += np.histogram(age, BANDS)[0] * weight
    return [(name, found[name] / years * 1000, wanted[name] / years * 1000) for name in names]


def _expected(chunk: Chunk, wanted: dict[str, Floats]) -> float:
    use, people, years = chunk.figures.use, chunk.people, 0.0
    table = chunk.figures.population["deaths"]
    for month in range(0, 36, 3):
        day = chunk.first_day + int((month + 1.5) * 30.4375)
        age = people.age_on(day)
        here = (age > 0) & ((people.death <= NONE) | (people.death > day))
        years += here.sum() / 4
        practice = np.where(
            people.female,
            *(at_age(age, use["ages"], use[f"general_practice_{sex}"]) for sex in ("women", "men")),
        )
        deaths = np.where(
            people.female, *(at_age(age, table["ages"], table[sex]) for sex in ("women", "men"))
        )
        values = {name: at_age(age, use["ages"], use[name]) / 1000 for name in wanted if name in use}
        values |= {"general_practice": practice, "deaths": deaths / 1000}
        for name, value in values.items():
            wanted[name] += np.histogram(age[here], BANDS, weights=value[here])[0] / 4
    return years


def _events(chunk: Chunk) -> dict[str, tuple[Any, Any]]:
    spells, visits, people = chunk.hospital.spells, chunk.hospital.visits, chunk.people
    emergency = spells.where(spells["kind"] == 0)
    planned = spells.where(spells["kind"] == 1)
    through = emergency.where(emergency["department"].astype(bool))
    who, when, _ = gp_contacts._drawn(chunk, chunk.rng("gp-contacts"))
    minor = chunk.minor.where(chunk.minor["day"] >= gp_contacts.first_day(chunk))
    died = np.flatnonzero((people.death > chunk.first_day) & (people.death <= chunk.today))
    share = np.where(minor["kind"] == "fall", 0.55, 0.9) > np.random.default_rng(1).random(len(minor))
    return {
        "emergency_admissions": (emergency["person"], emergency["start"] // DAY),
        "elective_admissions": (planned["person"], planned["start"] // DAY),
        "attendances": (
            np.concatenate([visits["person"], through["person"]]),
            np.concatenate([visits["day"], through["start"] // DAY]),
        ),
        "general_practice": (
            np.concatenate([who, minor["person"][share]]),
            np.concatenate([when // DAY, minor["day"][share]]),
        ),
        "deaths": (died, people.death[died]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--calibrate", action="store_true")
    asked = parser.parse_args()
    use = load_figures(ON).use
    for name, found, target in rates(chunks(asked.people)):
        ratio = np.divide(found, target, out=np.ones(len(found)), where=(target > 0) & (found > 0))
        print(f"{name:<22} {found.sum():8.1f} against {target.sum():8.1f}  by age {np.round(ratio, 2)}")
        if asked.calibrate:
            new = np.array(use["calibration"][name]) / ratio
            new[-1] = new[-2]
            print(f"{name} = {[round(float(value), 3) for value in new]}")


if __name__ == "__main__":
    main()
