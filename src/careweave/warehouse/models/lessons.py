"""Whom a model learns from, and whom its chances are then calibrated on: of a later year where the history reaches so far.

Where it does, the model learns from one year and is calibrated on everyone in the year after; else on people of the same
year who were kept apart. Either way the year that it is judged on is later still.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from careweave.warehouse.engine import Engine
from careweave.warehouse.models.definition import Model
from careweave.warehouse.models.samples import Outcomes, Sample, outcomes, sample, shares
from careweave.warehouse.tables import Tables

Bools = NDArray[np.bool_]
LEARNS, CHOOSES = 0.6, 0.8  # of the people of one year; the rest are calibrated on
LEARNS_BEFORE = 0.75  # where those of the next year are calibrated on; the rest choose


@dataclass(frozen=True)
class Lessons:
    """`learns` and `chooses` are of `drawn`, `calibrates` of `later`, which may be the same people on the same day."""

    drawn: Sample
    came: Outcomes
    learns: Bools
    chooses: Bools
    later: Sample
    later_came: Outcomes
    calibrates: Bools

    @property
    def is_later(self) -> bool:
        return self.later.on > self.drawn.on

    @property
    def events(self) -> tuple[int, int, int]:
        """To how many it happened, of each."""
        of_later = int(self.later_came.happened[self.calibrates].sum())
        happened = self.came.happened
        return int(happened[self.learns].sum()), int(happened[self.chooses].sum()), of_later


def days_of(model: Model, as_at: date) -> tuple[date, date]:
    """The last day to learn from, and the later one to be judged by: both have a whole time of outcomes behind them."""
    whole = timedelta(days=model.outcome.days)
    return as_at - 2 * whole, as_at - whole


def lessons(engine: Engine, tables: Tables, model: Model, as_at: date) -> Lessons:
    on, _ = days_of(model, as_at)
    before = on - timedelta(days=model.outcome.days)
    now = sample(engine, tables, model, on)
    came = outcomes(engine, tables, model, now)
    if not model.fitting.is_later or not _is_told_of(engine, tables, model, before):
        share = shares(now.people, model.seed)
        chooses = (share >= LEARNS) & (share < CHOOSES)
        return Lessons(now, came, share < LEARNS, chooses, now, came, share >= CHOOSES)
    drawn = sample(engine, tables, model, before)
    share = shares(drawn.people, model.seed)
    everyone = np.ones(len(now.people), dtype=np.bool_)
    earlier = outcomes(engine, tables, model, drawn)
    return Lessons(drawn, earlier, share < LEARNS_BEFORE, share >= LEARNS_BEFORE, now, came, everyone)


def _is_told_of(engine: Engine, tables: Tables, model: Model, day: date) -> bool:
    """Whether the year before a day is held about as fully as the year after it: else the model would see nothing."""
    year, kind = timedelta(days=365), tables.event.kind == model.outcome.event
    begun = tables.event.start.date()
    (row,) = engine.rows(
        tables.event.aggregate(
            before=(kind & (begun >= day - year) & (begun < day)).fill_null(False).sum(),
            after=(kind & (begun >= day) & (begun < day + year)).fill_null(False).sum(),
        )
    )
    before, after = int(row["before"] or 0), int(row["after"] or 0)
    return before > 0 and before >= model.fitting.least_share * after
