"""How well a list finds people, as published: one file a list, so that a page shows it and counts nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.rates import Interval
from careweave.warehouse.models.tolerances import Tolerance

FOLDER = "finding"
MODEL, REGISTER = "model", "register"


@dataclass(frozen=True)
class Part:
    """A tenth of the list, or a group of people; counts are None where `why_hidden` says why."""

    by: str
    name: str
    people: int
    events: int | None
    observed: Interval | None
    expected: float | None  # the mean chance that was told
    auc: Interval | None = None
    reached: Interval | None = None  # of those to whom it happened, the share with a place on the list
    why_hidden: str = ""


@dataclass(frozen=True)
class Capacity:
    """So many places: what they find, and what they miss."""

    name: str
    people: int
    found: Interval | None
    sensitivity: Interval | None
    needed: float | None
    why_hidden: str = ""


@dataclass(frozen=True)
class Falling:
    """The people with most emergency stays in one year, and the same people in the next."""

    share: float
    people: int
    before: float
    after: float


@dataclass(frozen=True)
class Month:
    """The list as it would have been on a day, and what came; `gain` over the baseline. Frozen once told."""

    on: date
    is_held_out: bool
    people: int
    events: int | None
    auc: Interval | None
    gain: Interval | None
    brier: float | None
    slope: Interval | None
    intercept: Interval | None
    tenths: tuple[Part, ...]
    capacities: tuple[Capacity, ...]
    groups: tuple[Part, ...]
    falling: tuple[Falling, ...]


@dataclass(frozen=True)
class Drift:
    """How far today's people lie from those that were learnt from."""

    what: str
    index: float
    words: str


@dataclass(frozen=True)
class Card:
    """What a model is made of, where it must not be used (TRIPOD+AI), and when its chances do not hold."""

    learnt_on: date
    outcomes_until: date
    valid_to: date
    people: int
    events: int
    chosen: str
    tried: tuple[str, ...]
    features: tuple[str, ...]
    must_not_be_used: tuple[str, ...]
    tolerances: tuple[Tolerance, ...] = ()
    calibrated_on: date | None = None  # later than what it learnt from, or the same day


@dataclass(frozen=True)
class Performance:
    """A list's figures; `card` of what was trained, None of a list of rules."""

    id: str
    version: str
    title: str
    kind: str
    outcome: str
    outcome_days: int
    as_at: date
    months: tuple[Month, ...]
    drift: tuple[Drift, ...]
    card: Card | None
    source: tuple[str, ...]


def keep(home: Path, told: Performance) -> None:
    """Replace what was published of this list, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{told.id}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(told), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / f"{told.id}.json")


def all_published(home: Path) -> tuple[Performance, ...]:
    """Every list, by title."""
    files = sorted((home / FOLDER).glob("*.json"))
    return tuple(
        sorted(
            (_read(json.loads(file.read_text(encoding="utf-8"))) for file in files), key=lambda one: one.title
        )
    )


def one_published(home: Path, id: str) -> Performance | None:
    return next((one for one in all_published(home) if one.id == id), None)


def _read(told: Mapping[str, Any]) -> Performance:
    card = told["card"]
    made = {
        "as_at": date.fromisoformat(told["as_at"]),
        "months": tuple(_month(each) for each in told["months"]),
        "drift": tuple(Drift(**each) for each in told["drift"]),
        "card": _card(card) if card else None,
        "source": tuple(told["source"]),
    }
    return Performance(**{**told, **made})


def _card(told: Mapping[str, Any]) -> Card:
    names = ("learnt_on", "outcomes_until", "valid_to", "calibrated_on")
    days = {name: date.fromisoformat(told[name]) for name in names if told.get(name)}
    lists = {name: tuple(told[name]) for name in ("tried", "features", "must_not_be_used")}
    tolerances = tuple(Tolerance(**each) for each in told.get("tolerances", ()))
    return Card(**{**told, **days, **lists, "tolerances": tolerances})


def _month(told: Mapping[str, Any]) -> Month:
    rows: dict[str, Any] = {
        "on": date.fromisoformat(told["on"]),
        "tenths": tuple(Part(**_intervals(Part, each)) for each in told["tenths"]),
        "groups": tuple(Part(**_intervals(Part, each)) for each in told["groups"]),
        "capacities": tuple(Capacity(**_intervals(Capacity, each)) for each in told["capacities"]),
        "falling": tuple(Falling(**each) for each in told["falling"]),
    }
    return Month(**{**_intervals(Month, told), **rows})


def _intervals(shape: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a shape's fields that are intervals, as such."""
    names = {each.name for each in fields(shape) if "Interval" in str(each.type)}
    return {
        name: Interval(**value) if name in names and value is not None else value
        for name, value in told.items()
    }
