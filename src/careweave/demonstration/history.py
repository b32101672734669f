"""A practice list as the warehouse's tables would hold it, made straight from memory: no file, no database.

The smallest thing that lets a model be trained and marked against the truth in a test: people, what they were diagnosed
with, their stays and attendances, and the care the council pays for; also of the year after the place's date, which no
feed tells. Errors, missing rows and linkage are left out; `place` writes those.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from careweave.demonstration.chunk import Chunk
from careweave.demonstration.columns import dates, numbers, strings, truths
from careweave.demonstration.days import DAY, NONE, iso
from careweave.demonstration.events import Table
from careweave.demonstration.people import Bools, Ints
from careweave.demonstration.sending.council_events import LONG_TERM, SERVICES, is_funded
from careweave.demonstration.stays import EMERGENCY, PLANNED

HOSPITAL, COUNCIL = "RVR", "RVB"


def history(chunk: Chunk) -> dict[str, pa.Table]:
    """Rows of `person`, `condition`, `event` and `service`, with the columns that a model needs."""
    return {
        "person": _people(chunk),
        "condition": _conditions(chunk),
        "event": _events(chunk),
        "service": _services(chunk),
    }


def keys(chunk: Chunk) -> NDArray[np.object_]:
    return np.array([f"P{number:07d}" for number in chunk.people.register.tolist()], dtype=object)


def _people(chunk: Chunk) -> pa.Table:
    people, count = chunk.people, len(chunk.people)
    groups = [group["code"] for group in chunk.figures.population["ethnicity"]]
    months = np.array(
        [int(np.datetime64(iso(day)[:7], "D").astype(np.int64)) for day in people.birth.tolist()]
    )
    dead = people.death > NONE
    return pa.table(
        {
            "person": strings(keys(chunk).tolist()),
            "birth_month": dates(months, np.ones(count, dtype=bool)),
            "sex": strings(np.where(people.female, "female", "male").tolist()),
            "practice": strings([chunk.code] * count),
            "deprivation": numbers(people.decile),
            "ethnicity": strings([groups[place] for place in people.ethnicity.tolist()]),
            "died": dates(people.death, dead),
            "is_dead": truths(dead),
            "is_counted": truths(np.ones(count, dtype=bool)),
        }
    )


def _conditions(chunk: Chunk) -> pa.Table:
    """Problems as the practice codes them, and the reason for each emergency stay as the hospital does."""
    table, since = chunk.figures.conditions["condition"], chunk.health.since
    who, kind = np.nonzero(since > NONE)
    causes = [row["icd10"][0] for row in chunk.figures.causes["cause"]]
    stays = _spells(chunk)
    stays = stays.where(stays["kind"] == EMERGENCY)
    codes = [table[place]["snomed"] for place in kind.tolist()]
    codes += [causes[place] for place in stays["reason"].tolist()]
    return pa.table(
        {
            "person": strings(keys(chunk)[np.concatenate([who, stays["person"]])].tolist()),
            "code": strings(codes),
            "system": strings(["snomed"] * len(who) + ["icd10"] * len(stays)),
            "role": strings(["problem"] * len(who) + ["diagnosis"] * len(stays)),
            "start": _dates(np.concatenate([since[who, kind], stays["start"] // DAY])),
            "source": strings([chunk.code] * len(who) + [HOSPITAL] * len(stays)),
            **_countable(len(who) + len(stays)),
        }
    )


def _spells(chunk: Chunk) -> Table:
    """Of all four years; the day on which those still in hospital leave is not known."""
    now, after = chunk.hospital.spells, chunk.hospital.after
    return Table({name: np.concatenate([now[name], after[name]]) for name in now.columns})


def _events(chunk: Chunk) -> pa.Table:
    stays, visits = _spells(chunk), chunk.hospital.visits
    through = stays.where(stays["department"].astype(bool))
    attended = np.concatenate([visits["arrive"], through["start"]])
    who = np.concatenate([stays["person"], visits["person"], through["person"]]).astype(np.int64)
    method = np.select(
        [stays["kind"] == EMERGENCY, stays["kind"] == PLANNED], ["emergency", "elective"], "other"
    )
    count = len(who)
    return pa.table(
        {
            "event": strings([f"{chunk.code}-{number}" for number in range(count)]),
            "person": strings(keys(chunk)[who].tolist()),
            "kind": strings(["admission"] * len(stays) + ["emergency-department"] * len(attended)),
            "start": _instants(np.concatenate([stays["start"], attended])),
            "end": _instants(np.concatenate([stays["end"], visits["leave"], through["start"] + 200])),
            "method": pa.array([*method.tolist(), *([None] * len(attended))], pa.string()),
            "organisation": strings([HOSPITAL] * count),
            "source": strings([HOSPITAL] * count),
            **_countable(count),
        }
    )


def _services(chunk: Chunk) -> pa.Table:
    """Long-term care that the council pays for."""
    parts = [chunk.care, chunk.care_after]
    care = Table({name: np.concatenate([part[name] for part in parts]) for name in chunk.care.columns})
    care = care.where(_is_told(chunk, care))
    ends = np.where(care["end"] > 10**5, NONE, care["end"])
    return pa.table(
        {
            "person": strings(keys(chunk)[care["person"].astype(np.int64)].tolist()),
            "type": strings([SERVICES[kind][0] for kind in care["kind"].tolist()]),
            "start": _dates(care["start"]),
            "ended": _dates(ends),
            "source": strings([COUNCIL] * len(care)),
            **_countable(len(care)),
        }
    )


def _is_told(chunk: Chunk, care: Table) -> Bools:
    shares = chunk.figures.careers["social_care"]["council_funded_percent"]
    register = chunk.people.register
    told = [
        kind in LONG_TERM
        and is_funded(
            int(register[person]), chunk.seed, shares["home_care" if kind == "home-care" else "care_home"]
        )
        for person, kind in zip(care["person"].tolist(), care["kind"].tolist(), strict=True)
    ]
    return np.array(told, dtype=bool)


def _countable(count: int) -> dict[str, pa.Array]:
    yes = np.ones(count, dtype=bool)
    return {"is_sensitive": truths(~yes), "is_counted": truths(yes)}


def _dates(values: Ints) -> pa.Array:
    whole = np.floor(values).astype(np.int64)
    return dates(whole, whole > NONE)


def _instants(minutes: Ints) -> pa.Array:
    held = np.where(minutes > NONE, minutes, 0).astype(np.int64) * 60_000_000
    known = pa.py_buffer(np.packbits(minutes > NONE, bitorder="little"))
    return pa.Array.from_buffers(
        pa.timestamp("us", tz="UTC"), len(held), [known, pa.py_buffer(np.ascontiguousarray(held))]
    )
