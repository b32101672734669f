"""Trains a model on the place's own past: what was known on one day, and what came in the year after it.

People are shared out once, by a number drawn from their pseudonym: six in ten to learn from, two to choose by, two to
calibrate on. How good the model is, is told by a later day that none of it has seen (`measures.judging`). The same
tables give the same model, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from careweave.warehouse.engine import Engine
from careweave.warehouse.models.calibrating import calibrated
from careweave.warehouse.models.definition import Model
from careweave.warehouse.models.learners import (
    BOOSTING,
    REGRESSION,
    Learner,
    learn_boosting,
    learn_regression,
    log_loss,
)
from careweave.warehouse.models.samples import Outcomes, Sample, outcomes, sample, shares
from careweave.warehouse.models.spread import counts_between, cuts_of
from careweave.warehouse.models.trained import BASELINE, ModelError, Reference, Trained, Way, valid_to
from careweave.warehouse.tables import Tables

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEARNS, CHOOSES = 0.6, 0.8
FEWEST = 100  # events to learn from; half as many to choose by and to calibrate on
PARTS = 10


def days_of(model: Model, as_at: date) -> tuple[date, date]:
    """The day to learn from, and the later one to be judged by: both have a whole time of outcomes behind them."""
    whole = timedelta(days=model.outcome.days)
    return as_at - 2 * whole, as_at - whole


def train(engine: Engine, tables: Tables, model: Model, as_at: date) -> Trained:
    """Both ways and the baseline that they must beat; the way that foresees best on people apart is chosen."""
    on, _ = days_of(model, as_at)
    drawn = sample(engine, tables, model, on)
    came = outcomes(engine, tables, model, drawn)
    share = shares(drawn.people, model.seed)
    folds = (share < LEARNS, (share >= LEARNS) & (share < CHOOSES), share >= CHOOSES)
    _enough(model, came, folds)
    half = shares(drawn.people, model.seed + 1) < 0.5
    everything = tuple(range(len(model.features)))
    basis = tuple(model.features.index(id) for id in model.baseline)
    ways = {
        BOOSTING: _way(learn_boosting, model, drawn, came, folds, half, everything),
        REGRESSION: _way(learn_regression, model, drawn, came, folds, half, everything),
        BASELINE: _way(learn_regression, model, drawn, came, folds, half, basis),
    }
    chosen = min((BOOSTING, REGRESSION), key=lambda name: _loss(ways[name], drawn, came, folds[1]))
    return Trained(
        model=model.id,
        version=model.version,
        title=model.title,
        on=on,
        outcomes_until=on + timedelta(days=model.outcome.days),
        valid_to=valid_to(as_at, model.valid_days),
        features=model.features,
        ways=ways,
        chosen=chosen,
        people=len(drawn.people),
        events=int(came.happened.sum()),
        reference=_reference(model, drawn, ways[chosen]),
    )


def _enough(model: Model, came: Outcomes, folds: tuple[Bools, ...]) -> None:
    wanted = (FEWEST, FEWEST // 2, FEWEST // 2)
    if any(int(came.happened[fold].sum()) < least for fold, least in zip(folds, wanted, strict=True)):
        raise ModelError(
            f"There is too little to learn {model.id} from: {int(came.happened.sum()):,} of {len(came.happened):,} people "
            f"had {model.outcome.words}, and about {3 * FEWEST} are needed. Wait for more history, or more people."
        )


def _way(
    learn: Callable[..., Learner],
    model: Model,
    drawn: Sample,
    came: Outcomes,
    folds: tuple[Bools, ...],
    half: Bools,
    features: tuple[int, ...],
) -> Way:
    learns, chooses, calibrates = folds
    values, happened = drawn.values[:, features], came.happened
    names = [model.features[place] for place in features]
    learner = learn(
        values[learns], happened[learns], values[chooses], happened[chooses], names=names, seed=model.seed
    )
    said = learner.log_odds(values[calibrates])
    return Way(learner, calibrated(said, happened[calibrates], half[calibrates]), features)


def _loss(way: Way, drawn: Sample, came: Outcomes, fold: Bools) -> float:
    return log_loss(way.learner.log_odds(drawn.values[fold][:, way.features]), came.happened[fold])


def _reference(model: Model, drawn: Sample, way: Way) -> dict[str, Reference]:
    columns = {name: drawn.values[:, place] for place, name in enumerate(model.features)}
    return {name: _spread(values) for name, values in {**columns, "score": way.chances(drawn.values)}.items()}


def _spread(values: Floats) -> Reference:
    cuts = cuts_of(values, PARTS)
    return Reference(tuple(map(float, cuts)), tuple(map(float, counts_between(values, cuts))))
