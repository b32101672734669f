"""Formulas of discrimination, calibration and drift: published or hand-worked answers, and scikit-learn as an oracle."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures import discrimination as found
from careweave.measures import drift
from careweave.warehouse.models.spread import counts_between, cuts_of

# Hanley and McNeil, Radiology 1982;143:29-36, table I: 58 normal and 51 abnormal CT images by rating 1 to 5.
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)


def rated() -> tuple[np.ndarray, np.ndarray]:
    scores = [
        float(rating) for counts in (NORMAL, ABNORMAL) for rating, n in enumerate(counts, 1) for _ in range(n)
    ]
    return np.array(scores), np.array([False] * sum(NORMAL) + [True] * sum(ABNORMAL))


def test_the_auc_of_hanley_and_mcneils_images_is_893() -> None:
    value = found.auc(*rated())
    assert value is not None
    assert round(value.value, 3) == 0.893
    error = (value.upper - value.value) / found.Z95
    # Their own standard error, by an approximation, is .032; DeLong's on the same table is .0307.
    assert abs(error - 0.032) < 0.003


def by_pairs(scores: list[float], happened: list[bool]) -> float:
    yes = [s for s, h in zip(scores, happened, strict=True) if h]
    no = [s for s, h in zip(scores, happened, strict=True) if not h]
    return sum((a > b) + (a == b) / 2 for a in yes for b in no) / (len(yes) * len(no))


rows = st.lists(
    st.tuples(st.sampled_from([0.05, 0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40
)


@settings(max_examples=100, deadline=None)
@given(rows)
def test_auc_counts_every_pair_and_half_of_each_tie(rows: list[tuple[float, bool]]) -> None:
    scores, happened = (list(each) for each in zip(*rows, strict=True))
    value = found.auc(np.array(scores), np.array(happened))
    if not any(happened) or all(happened):
        assert value is None
        return
    assert value is not None
    assert value.value == pytest.approx(by_pairs(scores, happened))
    assert 0 <= value.lower <= value.value <= value.upper <= 1


def test_scikit_learn_gives_the_same_auc_and_brier_score() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    chances = rng.random(4_000).round(2)
    happened = rng.random(4_000) < chances
    value = found.auc(chances, happened)
    assert value is not None
    assert value.value == pytest.approx(metrics.roc_auc_score(happened, chances))
    assert found.brier(chances, happened) == pytest.approx(metrics.brier_score_loss(happened, chances))


def test_delongs_interval_is_that_of_resampling() -> None:
    rng = np.random.default_rng(8)
    happened = rng.random(600) < 0.3
    scores = rng.normal(0, 1, 600) + happened
    again = []
    for _ in range(400):
        drawn = rng.integers(0, 600, 600)
        one = found.auc(scores[drawn], happened[drawn])
        assert one is not None
        again.append(one.value)
    value = found.auc(scores, happened)
    assert value is not None
    assert (value.upper - value.value) / found.Z95 == pytest.approx(np.std(again), rel=0.12)


def test_two_scores_of_the_same_people_are_compared_in_pairs() -> None:
    rng = np.random.default_rng(3)
    happened = rng.random(2_000) < 0.2
    good = rng.normal(0, 1, 2_000) + 1.5 * happened
    worse = good + rng.normal(0, 0.5, 2_000)
    told, alone = found.auc_difference(good, worse, happened), found.auc(good, happened)
    assert told is not None and alone is not None
    assert told.lower > 0
    assert told.upper - told.lower < alone.upper - alone.lower, "what both share is not counted twice"
    same = found.auc_difference(good, good, happened)
    assert same is not None and (same.value, same.lower, same.upper) == (0, 0, 0)


def test_calibration_worked_by_hand() -> None:
    """Two groups: said 1 in 5 (odds 1:4), came 1 in 3 (1:2); said 1 in 2 (1:1), came 2 in 3 (2:1)."""
    said = np.array([0.2] * 30 + [0.5] * 30)
    came = np.array([True] * 10 + [False] * 20 + [True] * 20 + [False] * 10)
    told = found.calibration(said, came)
    assert told is not None
    slope = (math.log(2) - math.log(0.5)) / (0 - math.log(0.25))
    assert told.slope.value == pytest.approx(slope) == 1.0
    assert told.intercept.value == pytest.approx(math.log(2))
    assert told.slope.lower < 1 < told.slope.upper and told.intercept.lower > 0


def test_a_score_that_says_twice_the_log_odds_has_slope_one_half() -> None:
    rng = np.random.default_rng(6)
    odds = rng.normal(-1, 1, 40_000)
    came = rng.random(40_000) < 1 / (1 + np.exp(-odds))
    told = found.calibration(1 / (1 + np.exp(-2 * odds)), came)
    assert told is not None and told.slope.lower < 0.5 < told.slope.upper
    right = found.calibration(1 / (1 + np.exp(-odds)), came)
    assert right is not None and right.slope.lower < 1 < right.slope.upper
    assert right.intercept.lower < 0 < right.intercept.upper


def test_nothing_is_said_of_calibration_where_nothing_can_be() -> None:
    assert found.calibration(np.array([0.2, 0.2]), np.array([True, False])) is None
    assert found.calibration(np.array([0.2, 0.3]), np.array([False, False])) is None
    assert found.calibration(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])) is None


def test_what_a_full_caseload_finds() -> None:
    scores = np.array([9, 8, 7, 7, 6, 5, 4, 3, 2, 1], dtype=float)
    came = np.array([1, 1, 0, 1, 0, 0, 1, 0, 0, 0], dtype=bool)
    told = found.at_capacity(scores, came, 4)
    assert told is not None
    assert (told.people, told.events, told.found.value, told.sensitivity.value) == (4, 3, 0.75, 0.75)
    assert told.needed == pytest.approx(4 / 3)
    assert found.at_capacity(scores, came, 0) is None
    parts = found.tenths(scores, came, parts=5)
    assert [(part.people, part.events) for part in parts] == [(2, 2), (2, 1), (2, 0), (2, 1), (2, 0)]


def test_the_stability_index_worked_by_hand() -> None:
    """(0.3 − 0.5)·ln(0.3 / 0.5) + (0.7 − 0.5)·ln(0.7 / 0.5) = 0.2·ln(7 / 3)."""
    told = drift.stability_index(np.array([50.0, 50.0]), np.array([30.0, 70.0]))
    assert told == pytest.approx(0.2 * math.log(7 / 3))
    assert drift.in_words(told) == "somewhat different"
    assert drift.stability_index(np.array([10.0, 30.0]), np.array([20.0, 60.0])) == 0
    assert math.isfinite(drift.stability_index(np.array([10.0, 0.0]), np.array([5.0, 5.0])))


def test_values_are_counted_between_the_cuts_of_before() -> None:
    before = np.array([0.0] * 60 + [1.0] * 20 + [2.0] * 20)
    cuts = cuts_of(before, 5)
    assert counts_between(before, cuts).tolist() == [60, 20, 20, 0]
    now = np.array([0.0, 1.0, 5.0, math.nan])
    assert counts_between(now, cuts).tolist() == [1, 1, 1, 1]


def test_the_highest_fall_by_themselves() -> None:
    """Equal rates for all: whoever had most had luck, and has the mean again next year."""
    rng = np.random.default_rng(1)
    before, after = (rng.poisson(0.2, 50_000).astype(float) for _ in range(2))
    told = drift.fall_back(before, after, 0.005)
    assert told is not None and told.people == 250
    assert told.before > 2 and told.after < 0.35 and told.fall is not None and told.fall > 0.8
    assert drift.fall_back(np.zeros(10), np.ones(10), 0.5) is None
