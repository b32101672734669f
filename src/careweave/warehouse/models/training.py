"""Trains a model on the place's own past: what was known on one day, and what came in the year after it.

People are shared out once, by a number drawn from their pseudonym: some to learn from, some to choose by, and others, or
all of the next year, to calibrate on (`models.lessons`). How good the model is, is told by a later day that none of it has
seen (`measures.judging`). The same tables give the same model, to the last digit.
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
from careweave.warehouse.models.lessons import Lessons, lessons
from careweave.warehouse.models.samples import Sample, shares
from careweave.warehouse.models.spread import counts_between, cuts_of
from careweave.warehouse.models.trained import BASELINE, ModelError, Reference, Trained, Way, valid_to
from careweave.warehouse.tables import Tables

Floats = NDArray[np.float64]
FEWEST = 100  # events to learn from; half as many to choose by and to calibrate on
PARTS = 10


def train(engine: Engine, tables: Tables, model: Model, as_at: date) -> Trained:
    """Both ways and the baseline that they must beat; the way that foresees best on people apart is chosen."""
    seen = lessons(engine, tables, model, as_at)
    _enough(model, seen)
    everything = tuple(range(len(model.features)))
    basis = tuple(model.features.index(id) for id in model.baseline)
    ways = {
        BOOSTING: _way(learn_boosting, model, seen, everything),
        REGRESSION: _way(learn_regression, model, seen, everything),
        BASELINE: _way(learn_regression, model, seen, basis),
    }
    chosen = min((BOOSTING, REGRESSION), key=lambda name: _loss(ways[name], seen))
    return Trained(
        model=model.id,
        version=model.version,
        title=model.title,
        on=seen.later.on,
        learnt_on=seen.drawn.on,
        outcomes_until=seen.later.on + timedelta(days=model.outcome.days),
        valid_to=valid_to(as_at, model.valid_days),
        features=model.features,
        ways=ways,
        chosen=chosen,
        people=len(seen.drawn.people),
        events=int(seen.came.happened.sum()),
        reference=_reference(model, seen.later, ways[chosen]),
    )


def _enough(model: Model, seen: Lessons) -> None:
    wanted = (FEWEST, FEWEST // 2, FEWEST // 2)
    if any(events < least for events, least in zip(seen.events, wanted, strict=True)):
        happened = seen.came.happened
        raise ModelError(
            f"There is too little to learn {model.id} from: {int(happened.sum()):,} of {len(happened):,} people "
            f"had {model.outcome.words}, and about {3 * FEWEST} are needed. Wait for more history, or more people."
        )


def _way(learn: Callable[..., Learner], model: Model, seen: Lessons, features: tuple[int, ...]) -> Way:
    values, happened = seen.drawn.values[:, features], seen.came.happened
    names = [model.features[place] for place in features]
    learns, chooses = seen.learns, seen.chooses
    learner = learn(
        values[learns], happened[learns], values[chooses], happened[chooses], names=names, seed=model.seed
    )
    said = learner.log_odds(seen.later.values[seen.calibrates][:, features])
    half = shares(seen.later.people, model.seed + 1)[seen.calibrates] < 0.5
    came = seen.later_came.happened[seen.calibrates]
    fitted = calibrated(said, came, half, isotonic_from=model.fitting.isotonic_from)
    return Way(learner, fitted, features)


def _loss(way: Way, seen: Lessons) -> float:
    values = seen.drawn.values[seen.chooses][:, way.features]
    return log_loss(way.learner.log_odds(values), seen.came.happened[seen.chooses])


def _reference(model: Model, drawn: Sample, way: Way) -> dict[str, Reference]:
    columns = {name: drawn.values[:, place] for place, name in enumerate(model.features)}
    return {name: _spread(values) for name, values in {**columns, "score": way.chances(drawn.values)}.items()}


def _spread(values: Floats) -> Reference:
    cuts = cuts_of(values, PARTS)
    return Reference(tuple(map(float, cuts)), tuple(map(float, counts_between(values, cuts))))
