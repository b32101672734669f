"""The two ways to learn: gradient-boosted trees (LightGBM) and penalised logistic regression (scikit-learn).

Both libraries are imported where they are used and nowhere else: a page or a check never pays for them. What they learn
is kept as plain data: LightGBM's own text, and coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BOOSTING, REGRESSION = "gradient boosting", "penalised regression"
PENALTIES = (0.003, 0.03, 0.3, 3.0)  # C of scikit-learn: smaller is more penalised
KNOTS = (65.0, 80.0)  # age counts differently above them


@dataclass(frozen=True)
class Boosting:
    """Trees as LightGBM writes them."""

    text: str
    name: str = BOOSTING

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def log_odds(self, values: Floats) -> Floats:
        return np.asarray(self._booster.predict(values, raw_score=True, num_threads=1), dtype=np.float64)

    def contributions(self, values: Floats) -> Floats:
        """What each feature adds to a person's log-odds (TreeSHAP, Lundberg and others 2020)."""
        found = self._booster.predict(values, pred_contrib=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)[:, :-1]


@dataclass(frozen=True)
class Column:
    """One column of the regression: a feature, that it is not known, or how far it lies above a knot."""

    feature: int
    kind: str
    knot: float
    fill: float
    mean: float
    scale: float
    coefficient: float


@dataclass(frozen=True)
class Regression:
    """Coefficients on standardised columns; a value that is not known is taken as the median, and said to be missing."""

    intercept: float
    columns: tuple[Column, ...]
    features: int
    name: str = REGRESSION

    def log_odds(self, values: Floats) -> Floats:
        return np.asarray(self.intercept + self.contributions(values).sum(axis=1))

    def contributions(self, values: Floats) -> Floats:
        """Against the mean of those it learnt from."""
        found = np.zeros((len(values), self.features))
        for column in self.columns:
            given = _column(values, column.feature, column.kind, column.knot, column.fill)
            found[:, column.feature] += column.coefficient * (given - column.mean) / column.scale
        return found


Learner = Boosting | Regression


def learn_boosting(
    values: Floats, happened: Bools, chosen: Floats, came: Bools, names: Sequence[str], seed: int
) -> Boosting:
    """`chosen` and `came` are other people, on whom learning stops when it no longer helps."""
    import lightgbm

    events = int(happened.sum())
    settings = {
        "objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": max(20, len(values) // 200),
        "min_sum_hessian_in_leaf": max(1.0, events / 200), "lambda_l2": 5.0, "feature_fraction": 0.7,
        "bagging_fraction": 0.8, "bagging_freq": 1, "seed": seed, "deterministic": True, "force_row_wise": True,
        "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    learning = lightgbm.Dataset(values, happened.astype(int), feature_name=list(names), free_raw_data=True)
    judging = lightgbm.Dataset(chosen, came.astype(int), reference=learning)
    stop = lightgbm.early_stopping(40, verbose=False)
    booster = lightgbm.train(settings, learning, num_boost_round=600, valid_sets=[judging], callbacks=[stop])
    return Boosting(booster.model_to_string(num_iteration=booster.best_iteration))


def learn_regression(
    values: Floats, happened: Bools, chosen: Floats, came: Bools, names: Sequence[str], seed: int
) -> Regression:
    """The penalty is the one that does best on the other people."""
    shaped = _shapes(values, names)
    train, judge = (_standardised(rows, shaped) for rows in (values, chosen))
    fitted = [_fit(train, happened, penalty, seed) for penalty in PENALTIES]
    best = min(fitted, key=lambda one: log_loss(one[0] + judge @ one[1], came))
    columns = tuple(
        Column(*shape, coefficient=float(weight)) for shape, weight in zip(shaped, best[1], strict=True)
    )
    return Regression(best[0], columns, values.shape[1])


Shape = tuple[int, str, float, float, float, float]


def _shapes(values: Floats, names: Sequence[str]) -> list[Shape]:
    wanted = [(place, "value", 0.0) for place in range(values.shape[1])]
    wanted += [(place, "missing", 0.0) for place in range(values.shape[1])]
    wanted += [(list(names).index("age"), "above", knot) for knot in KNOTS if "age" in names]
    found = []
    for place, kind, knot in wanted:
        known = values[:, place][~np.isnan(values[:, place])]
        fill = float(np.median(known)) if len(known) else 0.0
        column = _column(values, place, kind, knot, fill)
        if float(column.std()) > 0:
            found.append((place, kind, knot, fill, float(column.mean()), float(column.std())))
    return found


def _column(values: Floats, place: int, kind: str, knot: float, fill: float) -> Floats:
    column = values[:, place]
    if kind == "missing":
        return np.isnan(column).astype(np.float64)
    filled = np.where(np.isnan(column), fill, column)
    return np.clip(filled - knot, 0, None) if kind == "above" else np.asarray(filled)


def _standardised(values: Floats, shapes: Sequence[Shape]) -> Floats:
    columns = [(_column(values, *shape[:4]) - shape[4]) / shape[5] for shape in shapes]
    return np.column_stack(columns) if columns else np.zeros((len(values), 0))


def _fit(rows: Floats, happened: Bools, penalty: float, seed: int) -> tuple[float, Floats]:
    from sklearn.linear_model import LogisticRegression

    made = LogisticRegression(C=penalty, max_iter=500, random_state=seed).fit(rows, happened)
    return float(made.intercept_[0]), np.asarray(made.coef_[0])


def log_loss(log_odds: Floats, happened: Bools) -> float:
    """Mean surprise; the less the better."""
    return float(np.mean(np.logaddexp(0, np.where(happened, -log_odds, log_odds))))
