"""A judged day: what may be told of groups and tenths, and that no small number can be read or worked out."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures import performance
from careweave.measures.judged import BESIDE, FEW, Judged, month
from careweave.measures.performance import Month, Part, Performance
from careweave.measures.suppression import THRESHOLD
from careweave.warehouse.models import load_model

ON = date(2025, 11, 22)


def judged(scores: list[float], happened: list[bool], ages: list[str], *, is_model: bool = True) -> Judged:
    values = np.array(scores)
    return Judged(
        on=ON,
        is_held_out=True,
        scores=values,
        chances=values if is_model else None,
        baseline=np.zeros(len(values)) if is_model else None,
        happened=np.array(happened, dtype=bool),
        before=np.zeros(len(values)),
        after=np.zeros(len(values)),
        groups={"age": np.array(ages, dtype=object)},
    )


def many(
    people: int = 4_000, *, is_model: bool = True, seed: int = 5, pull: float = 1.0, more: float = 0.0
) -> Judged:
    """`pull` above 1: chances told too close together; `more` above 0: it happens to more than was told."""
    rng = np.random.default_rng(seed)
    chances = rng.beta(2, 14, people)
    odds = np.log(chances / (1 - chances))
    odds = odds.mean() + pull * (odds - odds.mean()) + more
    happened = rng.random(people) < 1 / (1 + np.exp(-odds))
    ages = rng.choice(["18 to 64", "65 to 74", "75 to 84", "85 and over"], people, p=[0.7, 0.15, 0.1, 0.05])
    day = judged(chances.tolist(), happened.tolist(), ages.tolist(), is_model=is_model)
    before = rng.poisson(0.2, people).astype(float)
    return Judged(**{**vars(day), "before": before, "after": rng.poisson(0.2, people).astype(float)})


def performance_of(*months: Month, id: str = "one-year", kind: str = performance.MODEL) -> Performance:
    """As it is published, for pages."""
    card = performance.Card(
        learnt_on=date(2024, 11, 22), outcomes_until=ON, valid_to=date(2027, 11, 22), people=4_000, events=400,
        chosen="penalised regression", tried=("gradient boosting", "penalised regression", "baseline"),
        features=("age", "A&E visits"), must_not_be_used=("To refuse anyone a service",),
        tolerances=load_model("one-year", date(2026, 11, 22)).tolerances,
    )  # fmt: skip
    drift = (performance.Drift("A&E visits", 0.31, "quite different: look again before you rely on it"),)
    return Performance(
        id=id, version="1", title="Unplanned stay or new care", kind=kind, outcome="an unplanned stay",
        outcome_days=365, as_at=date(2026, 11, 22), months=months,
        drift=drift if kind == performance.MODEL else (), card=card if kind == performance.MODEL else None,
        source=("A paper",),
    )  # fmt: skip


def test_a_model_is_told_with_its_calibration_and_rules_without() -> None:
    model, rules = (month(many(is_model=each), {"places": 200}) for each in (True, False))
    assert model.slope and model.intercept and model.brier and model.gain
    assert (rules.slope, rules.intercept, rules.brier, rules.gain) == (None, None, None, None)
    assert rules.auc == model.auc and all(part.expected is None for part in rules.tenths)
    assert sum(part.people for part in model.tenths) == model.people == 4_000
    assert sum(part.events or 0 for part in model.tenths) == model.events


def test_a_capacity_says_what_a_caseload_holds() -> None:
    day = many()
    told = month(day, {"places": 200, "5 of 1,000": 20}).capacities[0]
    first = np.argsort(-day.scores, kind="stable")[:200]
    assert told.found and told.sensitivity and told.needed
    assert told.found.value == day.happened[first].mean()
    assert told.sensitivity.value == day.happened[first].sum() / day.happened.sum()
    assert told.needed == 200 / day.happened[first].sum()


rows = st.lists(
    st.tuples(
        st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans(), st.sampled_from(["young", "old", "older"])
    ),
    min_size=12,
    max_size=150,
)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 60))
def test_no_small_number_is_told_or_left_by_subtraction(
    rows: list[tuple[float, bool, str]], places: int
) -> None:
    scores, happened, ages = (list(each) for each in zip(*rows, strict=True))
    told = month(judged(scores, happened, ages), {"places": places})
    parts: list[Part] = [*told.tenths, *told.groups]
    for part in parts:
        if part.events is not None:
            for count in (part.events, part.people - part.events):
                assert not 0 < count < THRESHOLD
    if told.events is None:
        return
    for by in {part.by for part in parts}:
        mine = [part for part in parts if part.by == by]
        missing = [part for part in mine if part.events is None]
        left = told.events - sum(part.events or 0 for part in mine)
        assert not (len(missing) == 1 and 0 < left < THRESHOLD), "what is missing is not the difference"


def test_what_a_small_group_was_reached_by_is_not_told() -> None:
    """Three of the six of a group have a place: neither number is told, though all six are counted."""
    scores = [0.9] * 3 + [0.1] * 3 + [0.8] * 20 + [0.2] * 40
    happened = [True] * 6 + [True] * 10 + [False] * 10 + [True] * 10 + [False] * 30
    ages = ["old"] * 6 + ["young"] * 60
    told = month(judged(scores, happened, ages), {"places": 23})
    assert all(part.reached is None for part in told.groups)


def test_two_groups_of_four_beside_a_total_of_eight_are_not_said_to_be_small() -> None:
    """Eight people, four of each age, to whom it happened: “fewer than five” of both would say how many."""
    scores = [0.9] * 8 + [0.1] * 40 + [0.2] * 40
    told = month(
        judged(
            scores, [True] * 8 + [False] * 80, (["young"] * 4 + ["old"] * 4) + ["young"] * 40 + ["old"] * 40
        ),
        {},
    )
    assert told.events == 8
    assert [group.why_hidden for group in told.groups] == [BESIDE, BESIDE]


def test_a_length_of_list_is_hidden_for_what_is_few_beyond_another_not_as_few_itself() -> None:
    """195 people after 180 of which 4 more came: neither list is short, the difference is."""
    happened = (
        [place % 2 == 0 for place in range(180)]
        + [place < 4 for place in range(15)]
        + [True] * 5
        + [False] * 200
    )
    day = judged([1 - place / 400 for place in range(400)], happened, ["one"] * 400)
    first, second, few = month(day, {"places": 180, "195": 195, "3": 3}).capacities

    assert first.why_hidden == ""
    assert (second.found, second.why_hidden) == (None, BESIDE)
    assert (few.found, few.why_hidden) == (None, FEW)
