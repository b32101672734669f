"""Sets of measures by year: each year's own definitions, refused by name when wrong, and never one line in silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.measures.indicators import Figure, Result
from careweave.measures.measure_sets import (
    CHANGED,
    KIND,
    NEW,
    NOT_ASKED,
    NOT_KNOWN,
    SAME,
    from_year_to_year,
    load_sets,
    read_set,
    set_problems,
    version_of,
)
from careweave.measures.publishing import described, months_between
from careweave.measures.set_figures import MONTHS_HIDDEN, year_figure
from careweave.warehouse.indicators import load_indicator
from careweave.web.presenters import measure_sets as presenter
from tests.unit.test_measure_results import ON

BCF = load_sets("better-care-fund")
YEARS = {each.year: each for each in BCF}


def test_every_year_of_the_better_care_fund_has_its_own_metrics_and_source() -> None:
    assert set_problems() == []
    asked = {year: [metric.id for metric in one.metrics] for year, one in YEARS.items()}
    assert "reablement-91" in asked["2023-24"] and "reablement-91" not in asked["2024-25"]
    assert "avoidable-admissions" in asked["2024-25"] and "avoidable-admissions" not in asked["2025-26"]
    assert all(metric.is_unconfirmed for one in BCF for metric in one.metrics)
    assert all("recalled" in str(one.about.source) or "is read" in str(one.about.source) for one in BCF)


def test_a_metric_that_changed_says_so_and_one_that_did_not_says_that() -> None:
    told = dict(zip(YEARS, from_year_to_year(BCF, "falls"), strict=True))
    assert (told["2022-23"], told["2023-24"], told["2024-25"]) == (NOT_ASKED, NEW, SAME)
    homes = dict(zip(YEARS, from_year_to_year(BCF, "care-home-admissions"), strict=True))
    assert (homes["2023-24"], homes["2024-25"]) == (SAME, CHANGED)
    assert (homes["2025-26"], homes["2026-27"]) == (SAME, NOT_KNOWN)


def test_the_version_of_a_measure_is_that_of_the_year() -> None:
    delayed = YEARS["2019-20"].metric("delayed-days")
    assert delayed and version_of(delayed, YEARS["2019-20"]) == "delayed-transfers"
    falls = YEARS["2023-24"].metric("falls")
    assert falls and version_of(falls, YEARS["2023-24"]) == ""


def published(hidden: str = "") -> Any:
    months = months_between(date(2024, 11, 1), date(2026, 10, 1))
    figures = tuple(
        Figure(f"{m:%Y-%m}", None, None, None, None, None, "Hidden: fewer than 5")
        if f"{m:%Y-%m}" == hidden
        else Figure(f"{m:%Y-%m}", 10, 1000, 12.0, 1.0, 20.0)
        for m in months
    )
    whole = Figure("everyone", 240, 24_000, 12.0, 1.0, 20.0)
    indicator = load_indicator("emergency-admissions-65", ON)
    found = Result(indicator.id, indicator.version, ON, months[0], months[-1], "", whole, None, (), figures)
    return described(indicator, [found])


def test_a_year_s_figure_is_the_sum_of_its_published_months() -> None:
    year = YEARS["2025-26"]
    metric = year.metric("emergency-admissions-65")
    assert metric
    figure, months = year_figure(year, metric, published(), 100_000) or (None, 0)
    assert figure and (figure.numerator, figure.denominator, months) == (120, 12_000, 12)
    assert figure.value == pytest.approx(120 / (12_000 / 12) * 100_000)
    hidden, _ = year_figure(year, metric, published("2025-06"), 100_000) or (None, 0)
    assert hidden and (hidden.numerator, hidden.why_hidden) == (None, MONTHS_HIDDEN)
    this, months = year_figure(YEARS["2026-27"], metric, published(), 100_000) or (None, 0)
    assert this and months == 7


def test_the_file_has_every_year_with_its_definition_and_what_is_not_counted_is_no_nought() -> None:
    rows = [
        dict(zip(presenter.COLUMNS, each, strict=True))
        for each in presenter.rows_of(BCF, {"emergency-admissions-65": published()}, lambda _: 100_000)
    ]
    assert {row["year"] for row in rows} == set(YEARS)
    for row in rows:
        assert row["definition"] and row["in_force_from"] and row["source"]
        assert (row["value"] is not None) != bool(row["why_not"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrics": [{"id": "x", "title": "X", "definition": "d", "measure": "nothing"}]}, "'nothing' is no measure"),
        ({"metrics": [{"id": "x", "title": "X", "definition": "d"}]}, "needs the measure that counts it here, or why_not"),
        ({"metrics": [{"id": "x", "title": "X", "measure": "falls-65"}]}, "x: definition is missing"),
        ({"metrics": []}, "metrics are missing"),
        ({"score": 1}, "score is not known"),
    ],
)  # fmt: skip
def test_a_wrong_set_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    definition = all_definitions(KIND)[-1]
    fields = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    with pytest.raises(DefinitionError, match=f"better-care-fund-2026-27.*{words}"):
        read_set(Definition(**{**fields, "content": {**definition.content, **change}}))


def test_a_year_without_an_end_is_refused() -> None:
    definition = all_definitions(KIND)[-1]
    fields = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    with pytest.raises(DefinitionError, match="a set is of one year"):
        read_set(Definition(**{**fields, "valid_to": None}))
