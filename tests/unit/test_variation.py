"""Which practices differ by more than chance; parts of quality and integration that nothing adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from careweave.definitions import DefinitionError, load_definition
from careweave.measures.disclosing import BESIDE
from careweave.measures.funnels import LIMITS
from careweave.measures.indicators import Figure
from careweave.measures.published import Published
from careweave.measures.publishing import described
from careweave.measures.scorecard_definition import (
    DIMENSIONS,
    DOMAINS,
    load_scorecard,
    read_scorecard,
    scorecard_problems,
)
from careweave.measures.teams import team_figure
from careweave.measures.variation import Variation, expected, in_words, outlier_in_words, variation
from careweave.warehouse.indicators import load_indicator
from tests.unit.test_measure_results import MONTHS, counted, row

ON = date(2026, 11, 22)
ID = "emergency-admissions"


def rows_of(counts: dict[str, int], people: int = 2000) -> list[dict[str, Any]]:
    return [row(MONTHS[0], practice, count, people) for practice, count in counts.items()]


def variation_of(counts: dict[str, int], people: int = 2000) -> Variation:
    rows = rows_of(counts, people)
    return variation(counted(ID, rows, by="practice"), rows)


def published(counts: dict[str, int]) -> Published:
    return described(load_indicator(ID, ON), [counted(ID, rows_of(counts), by="practice")])


def test_one_practice_far_out_is_the_only_outlier() -> None:
    found = variation_of({"Y1": 100, "Y2": 96, "Y3": 104, "Y4": 99, "Y5": 190})
    assert [each.practice for each in found.outliers] == ["Y5"]
    assert in_words(found.of("Y5")) == "Higher than chance explains"
    assert in_words(found.of("Y1")) in ("Within what chance explains", "A little lower than expected")
    assert "190 where 118 would be expected" in outlier_in_words(
        found, found.outliers[0], "Emergency admissions"
    )


def test_more_old_people_are_no_outlier() -> None:
    """Y5 has four times the events because its people are old; each age has the same rate everywhere."""
    rows = [row(MONTHS[0], practice, 20, 1000, band=6) for practice in ("Y1", "Y2", "Y3", "Y4")]
    rows += [row(MONTHS[0], practice, 20, 200, band=17) for practice in ("Y1", "Y2", "Y3", "Y4")]
    rows += [row(MONTHS[0], "Y5", 160, 1600, band=17)]
    assert expected(rows)["Y5"] == pytest.approx(160)
    assert variation(counted(ID, rows, by="practice"), rows).outliers == ()


def test_a_hidden_number_has_no_position() -> None:
    found = variation_of({"Y1": 3, "Y2": 96, "Y3": 104, "Y4": 99, "Y5": 101})
    assert found.of("Y1") is None and in_words(found.of("Y1")) == "No position: too few, or hidden"


def test_a_team_is_the_sum_of_what_is_shown_and_hidden_with_any_part() -> None:
    one = published({"Y1": 100, "Y2": 96, "Y3": 104})
    found = team_figure(one, {"Y1", "Y2"}, 1000)
    assert found is not None and found.numerator == 196
    hidden = team_figure(published({"Y1": 3, "Y2": 96, "Y3": 104}), {"Y1", "Y2"}, 1000)
    assert hidden == Figure("team", None, None, None, None, None, BESIDE)
    assert team_figure(one, {"Y9"}, 1000) is None


def test_the_scorecard_has_every_dimension_and_every_domain() -> None:
    assert scorecard_problems() == []
    scorecard = load_scorecard(ON)
    assert tuple(part.id for part in scorecard.dimensions) == DIMENSIONS
    assert tuple(part.id for part in scorecard.domains) == DOMAINS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": "sum"}, "total is not known: parts stand beside each other, nothing adds them up"),
        ({"domains": []}, "domains must be structure, process, culture, experience"),
        ({"caveat": ""}, "caveat is missing"),
    ],
)
def test_a_definition_that_adds_parts_up_or_leaves_one_out_is_refused(
    change: dict[str, Any], said: str
) -> None:
    definition = load_definition("scorecards", "place", ON)
    with pytest.raises(DefinitionError, match=said):
        read_scorecard(replace(definition, content={**definition.content, **change}))


def test_a_part_has_no_weight_and_names_only_measures_that_exist() -> None:
    definition = load_definition("scorecards", "place", ON)
    first, *rest = definition.content["dimensions"]
    changed = [{**first, "weight": 2, "measures": ["happiness"]}, *rest]
    with pytest.raises(DefinitionError) as refused:
        read_scorecard(replace(definition, content={**definition.content, "dimensions": changed}))
    assert "a part has no weight" in str(refused.value) and "'happiness' is no measure" in str(refused.value)


def test_few_practices_are_drawn_between_the_limits_they_are_placed_by() -> None:
    found = variation_of({"Y1": 100, "Y2": 96, "Y3": 190})
    for position in found.positions:
        drawn = [found.limits(position.expected, z) for z in LIMITS]
        assert [*drawn[0], *drawn[1]] == pytest.approx([*position.limits_95, *position.limits_998])
