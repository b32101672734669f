"""A trained model kept as plain data: one JSON file a training, which nothing but numbers and LightGBM's text is in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from careweave.warehouse.models.calibrating import Calibrator, Isotonic, Platt
from careweave.warehouse.models.learners import BOOSTING, REGRESSION, Boosting, Column, Learner, Regression

Floats = NDArray[np.float64]
FOLDER = "models"
BASELINE = "baseline"
FORMAT = 1


class ModelError(Exception):
    """A model cannot be trained or used; the message says what to do."""


@dataclass(frozen=True)
class Way:
    """One way of foreseeing: what was learnt, and the calibration that goes with it; `features` by their places."""

    learner: Learner
    calibrator: Calibrator
    features: tuple[int, ...]

    def chances(self, values: Floats) -> Floats:
        return self.calibrator.chances(self.learner.log_odds(values[:, self.features]))

    def contributions(self, values: Floats) -> Floats:
        found = np.zeros(values.shape)
        found[:, self.features] = self.learner.contributions(values[:, self.features])
        return found


@dataclass(frozen=True)
class Reference:
    """How one thing was spread among those it learnt from: cuts, and how many lay between them."""

    cuts: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Trained:
    """`learnt_on`: the day it learnt from; `on`: the last that it has seen, later where it was calibrated on another.

    `outcomes_until`: the last day whose outcomes it has seen; `ways` by name.
    """

    model: str
    version: str
    title: str
    on: date
    learnt_on: date
    outcomes_until: date
    valid_to: date
    features: tuple[str, ...]
    ways: Mapping[str, Way]
    chosen: str
    people: int
    events: int
    reference: Mapping[str, Reference]

    @property
    def way(self) -> Way:
        return self.ways[self.chosen]

    @property
    def name(self) -> str:
        """The version that a suggestion names: of the definition, and of what it learnt from."""
        return f"{self.version} of {self.on.isoformat()}"

    def was_shown(self, day: date) -> bool:
        """Whether what happened after a day was, in part, what it learnt from."""
        return day < self.outcomes_until


def keep(home: Path, trained: Trained) -> Path:
    """Whole or not at all; the last one trained is the one in use, and the earlier ones stay beside it."""
    folder = home / FOLDER / trained.model
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, fresh = folder / f"{trained.on.isoformat()}.json", folder / f".{os.getpid()}"
    fresh.write_text(json.dumps({"format": FORMAT, **told(trained)}, default=_plain), encoding="utf-8")
    fresh.replace(file)
    return file


def in_use(home: Path, model: str) -> Trained | None:
    """The model trained last, or None where none was."""
    files = sorted((home / FOLDER / model).glob("[0-9]*.json"))
    return read(json.loads(files[-1].read_text(encoding="utf-8"))) if files else None


def for_use(home: Path, model: str, on: date) -> Trained:
    """The model to score people with; refused where it was never trained here, or its last day has passed."""
    found = in_use(home, model)
    if found is None:
        raise ModelError(f"The model {model} has not been trained here. Run: careweave train {model}")
    if on > found.valid_to:
        raise ModelError(
            f"The model {model} was valid to {found.valid_to:%d %B %Y}. Train and judge it again: careweave train {model}"
        )
    return found


def told(trained: Trained) -> dict[str, Any]:
    return {**asdict(trained), "ways": {name: _way_told(way) for name, way in trained.ways.items()}}


def _way_told(way: Way) -> dict[str, Any]:
    return {
        "features": way.features,
        "learner": asdict(way.learner),
        "calibrator": asdict(way.calibrator),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def read(kept: Mapping[str, Any]) -> Trained:
    if kept.get("format") != FORMAT:
        raise ModelError("This model was kept in another format. Train it again: careweave train")
    days: dict[str, Any] = {
        name: date.fromisoformat(kept.get(name, kept["on"]))
        for name in ("on", "learnt_on", "outcomes_until", "valid_to")
    }
    reference = {
        name: Reference(tuple(each["cuts"]), tuple(each["counts"]))
        for name, each in kept["reference"].items()
    }
    plain: dict[str, Any] = {
        name: kept[name] for name in ("model", "version", "title", "chosen", "people", "events")
    }
    ways = {name: _read_way(each) for name, each in kept["ways"].items()}
    return Trained(**plain, **days, features=tuple(kept["features"]), ways=ways, reference=reference)


def _read_way(kept: Mapping[str, Any]) -> Way:
    learner, calibrator = kept["learner"], kept["calibrator"]
    made: Learner
    if learner["name"] == BOOSTING:
        made = Boosting(learner["text"])
    elif learner["name"] == REGRESSION:
        columns = tuple(Column(**each) for each in learner["columns"])
        made = Regression(learner["intercept"], columns, learner["features"])
    else:
        raise ModelError(f"Nobody knows how to read what was learnt by {learner['name']!r}.")
    line: Calibrator = (
        Platt(calibrator["slope"], calibrator["intercept"])
        if calibrator["name"] == "Platt"
        else Isotonic(tuple(calibrator["at"]), tuple(calibrator["chance"]))
    )
    return Way(made, line, tuple(kept["features"]))


def valid_to(on: date, days: int) -> date:
    return on + timedelta(days=days)
