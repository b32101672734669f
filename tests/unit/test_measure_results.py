"""Results of indicators: intervals, what is hidden and why, the same on the page and in the file."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careweave.measures.disclosing import BESIDE, FEW
from careweave.measures.indicators import Result, control_chart, not_computable, result
from careweave.measures.published import all_published, keep, one_published
from careweave.measures.publishing import described, months_between, unseen, whole_months_before, why_not
from careweave.warehouse.engine import Engine
from careweave.warehouse.indicators import load_indicator
from careweave.warehouse.tables import SCHEMAS, declared_tables
from careweave.web.components.csv_files import as_text
from careweave.web.presenters import measure_files
from careweave.web.presenters import measures as presenter

ON = date(2026, 11, 22)
MONTHS = [date(2025 + (8 + n) // 12, (8 + n) % 12 + 1, 1) for n in range(14)]


def row(
    month: date, group: str, numerator: int, denominator: int, band: int = 14, sex: str = "female"
) -> dict[str, Any]:
    return {
        "month": month,
        "group": group,
        "band": band,
        "sex": sex,
        "numerator": numerator,
        "denominator": denominator,
        "items": numerator,
    }


def counted(
    id: str, rows: list[dict[str, Any]], by: str = "", repeats: list[dict[str, Any]] | None = None
) -> Result:
    return result(load_indicator(id, ON), rows, repeats, asked=MONTHS, by=by, as_at=ON)


def steady(per_month: int = 20) -> list[dict[str, Any]]:
    return [row(month, "everyone", per_month + number % 3, 1200) for number, month in enumerate(MONTHS)]


def test_a_rate_counts_people_once_a_month_and_speaks_of_a_year() -> None:
    found = counted("emergency-bed-days", steady())
    assert found.whole.numerator == 293
    assert found.whole.value == pytest.approx(293 / (14 * 1200 / 12) * 1000)


def people(events: int, count: int) -> list[dict[str, Any]]:
    return [{"group": "everyone", "band": 14, "sex": "female", "events": events, "people": count}]


def test_a_standardised_rate_uses_how_many_had_how_many() -> None:
    once = counted("emergency-admissions", steady(), repeats=people(1, 293)).standardised
    often = counted("emergency-admissions", steady(), repeats=people(293, 1)).standardised
    assert once and often and once.upper and often.upper and once.value
    assert once.value == pytest.approx(often.value)
    assert often.upper - once.value > 10 * (once.upper - once.value)
    assert often.lower == 0


def test_too_few_events_are_not_standardised_and_the_reason_is_said() -> None:
    found = counted("emergency-admissions", steady(0)[:1], repeats=[])
    assert found.standardised is not None
    assert "fewer than 10" in found.standardised.why_hidden


def test_a_small_group_is_hidden_with_another_and_each_says_why() -> None:
    rows = [row(MONTHS[0], "1", 3, 600), row(MONTHS[0], "2", 9, 600), row(MONTHS[0], "3", 30, 600)]
    found = counted("emergency-bed-days", rows, by="deprivation")
    assert {group.name: group.why_hidden for group in found.groups} == {"1": FEW, "2": BESIDE, "3": ""}
    assert found.groups[0].value is None


def test_a_share_hides_also_the_few_who_were_not_followed() -> None:
    found = counted("readmission-30", [row(MONTHS[0], "everyone", 98, 100)])
    assert found.whole.why_hidden == FEW


def test_a_month_with_nobody_to_count_among_is_not_a_zero() -> None:
    found = counted("length-of-stay", steady()[:3])
    assert [month.value is None for month in found.months] == [False] * 3 + [True] * 11
    assert control_chart(found.months, "decrease") is None


def test_a_steady_year_is_no_real_change_and_a_jump_is_worse() -> None:
    calm = described(load_indicator("emergency-bed-days", ON), [counted("emergency-bed-days", steady())])
    rows = steady()
    rows[-1]["numerator"] = 90
    jump = described(load_indicator("emergency-bed-days", ON), [counted("emergency-bed-days", rows)])
    cards = [presenter.card(one) for one in (calm, jump)]
    assert [card.meaning for card in cards if card] == ["No real change", "Worse than usual"]


def test_what_was_published_is_read_back_as_it_was(tmp_path: Path) -> None:
    indicator = load_indicator("emergency-admissions", ON)
    whole = counted("emergency-admissions", steady(), repeats=[])
    by_age = counted("emergency-admissions", steady(2), by="age", repeats=[])
    made = described(indicator, [whole, by_age])
    keep(tmp_path, made)
    assert all_published(tmp_path) == (made,)
    assert one_published(tmp_path, "emergency-admissions") == made
    assert one_published(tmp_path, "../emergency-admissions") is None
    assert all_published(tmp_path / "nothing") == ()


def test_the_file_hides_what_the_page_hides_and_says_its_definition_in_each_row() -> None:
    rows = [row(MONTHS[0], "1", 3, 600), row(MONTHS[0], "2", 9, 600), row(MONTHS[0], "3", 30, 600)]
    indicator = load_indicator("emergency-bed-days", ON)
    text = as_text(
        measure_files.COLUMNS,
        measure_files.rows_of(described(indicator, [counted(indicator.id, rows, by="deprivation")])),
    )
    listed = list(csv.DictReader(io.StringIO(text)))
    assert {(one["measure"], one["version"], one["as_at"]) for one in listed} == {
        (indicator.id, "1", "2026-11-22")
    }
    groups = {one["name"]: one for one in listed if one["what"] == "group"}
    assert (groups["1"]["numerator"], groups["1"]["value"], groups["1"]["why_hidden"]) == ("", "", FEW)
    assert groups["3"]["numerator"] == "30"


@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=6), st.lists(st.integers(0, 30), min_size=2, max_size=3)
)
def test_no_small_number_of_a_result_is_shown(groups: list[int], months: list[int]) -> None:
    rows = [row(MONTHS[n % len(months)], str(n), count, 500) for n, count in enumerate(groups)]
    found = counted("emergency-bed-days", rows, by="deprivation")
    shown = [figure for figure in (found.whole, *found.groups, *found.months) if figure.numerator is not None]
    assert all(
        figure.numerator == 0 or figure.numerator >= 5 for figure in shown if figure.numerator is not None
    )
    if found.whole.numerator is not None:
        for figures in (found.groups, found.months):
            assert sum(bool(figure.why_hidden) for figure in figures) != 1


def test_months_are_whole_and_in_order() -> None:
    assert whole_months_before(date(2026, 1, 15), 3) == [
        date(2025, 10, 1),
        date(2025, 11, 1),
        date(2025, 12, 1),
    ]
    assert months_between(date(2025, 11, 20), date(2026, 1, 2)) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
    assert months_between(date(2026, 2, 1), date(2026, 1, 1)) == []


def test_what_nobody_sends_is_not_computable_with_the_reason_and_never_zero() -> None:
    indicator = load_indicator("discharge-delay", date(2026, 11, 1))
    months = [date(2026, 1, 1), date(2026, 2, 1)]
    found = not_computable(indicator, indicator.needs[0].why, asked=months, by="", as_at=date(2026, 3, 1))
    assert [month.name for month in found.months] == ["2026-01", "2026-02"]
    for figure in (found.whole, *found.months):
        assert figure.value is None and figure.numerator is None
        assert figure.why_hidden.startswith("Not computable: no hospital here sends the day")


@pytest.mark.parametrize(("told", "computable"), [("hospital", False), ("home", True)])
def test_where_only_hospitals_say_where_people_died_nothing_is_said_of_homes(
    told: str, computable: bool
) -> None:
    engine, indicator = Engine(threads=1), load_indicator("died-at-usual-place", ON)
    row = dict.fromkeys(SCHEMAS["person"].names, None) | {"person": "a", "death_place": told}
    engine.fill("person", pa.Table.from_pylist([row], SCHEMAS["person"]))
    warehouse = SimpleNamespace(engine=engine, tables=declared_tables(False))
    assert (why_not(warehouse, indicator) == "") is computable  # type: ignore[arg-type]


def test_a_retired_definition_holds_on_its_own_days_only() -> None:
    assert load_indicator("delayed-days", date(2019, 1, 1)).version == "delayed-transfers"
    assert load_indicator("delayed-days", date(2026, 1, 1)).version == "discharge-ready-date"


def test_many_nights_of_few_stays_are_hidden() -> None:
    indicator, month = load_indicator("emergency-bed-days", date(2026, 11, 1)), date(2026, 1, 1)
    alike = {"month": month, "band": 14, "sex": "female", "denominator": 1000}
    rows = [
        alike | {"group": "a", "numerator": 31, "items": 1},
        alike | {"group": "b", "numerator": 90, "items": 30},
        alike | {"group": "c", "numerator": 60, "items": 20},
    ]
    found = result(indicator, rows, [], asked=[month], by="practice", as_at=date(2026, 3, 1))
    assert [figure.why_hidden for figure in found.groups] == [FEW, "", BESIDE]


def test_an_index_is_a_mean_with_an_interval_and_says_of_how_many_people() -> None:
    """Four people: 0.2, 0.4, 0.4 and 0.6 three times over: mean 0.4, standard error 0.0426."""
    values = [2000, 4000, 4000, 6000] * 3
    told = row(date(2026, 3, 1), "everyone", sum(values), len(values)) | {
        "squares": sum(v * v for v in values)
    }
    found = counted("continuity-coc-organisations", [told])
    assert found.whole.value == pytest.approx(0.4)
    assert found.whole.lower == pytest.approx(0.4 - 1.96 * 0.042640, abs=1e-5)
    assert [month.name for month in found.months] == ["2025-09", "2025-12", "2026-03", "2026-06", "2026-09"]
    made = described(load_indicator("continuity-coc-organisations", ON), [found])
    page = presenter.page(made, "")
    assert page and (page.whole.value, page.whole.counts) == ("0.40", "12 people, once a quarter")
    line = dict(zip(measure_files.COLUMNS, next(iter(measure_files.rows_of(made))), strict=True))
    assert (line["numerator"], line["denominator"]) == (pytest.approx(4.8), 12)


def test_a_few_people_s_continuity_is_not_shown() -> None:
    told = row(date(2026, 3, 1), "everyone", 8000, 4) | {"squares": 16_000_000}
    assert counted("continuity-coc-organisations", [told]).whole.why_hidden == FEW


def test_readmissions_say_which_exclusions_nobody_can_see() -> None:
    engine, indicator = Engine(threads=1), load_indicator("readmission-30", ON)
    for table in ("admission", "condition"):
        engine.fill(table, SCHEMAS[table].empty_table())
    warehouse: Any = SimpleNamespace(engine=engine, tables=declared_tables(False))
    assert len(unseen(warehouse, indicator)) == 4
    stay = dict.fromkeys(SCHEMAS["admission"].names) | {"event": "a", "classification": "Day case admission"}
    engine.fill("admission", pa.Table.from_pylist([stay], SCHEMAS["admission"]))
    assert not [words for words in unseen(warehouse, indicator) if words.startswith("Day cases")]


def test_a_standardised_rate_is_hidden_with_the_whole() -> None:
    """Three months of four each: the sum would say that each is four, and the standardised rate about what it is."""
    rows = [row(month, "everyone", 4, 1200) for month in MONTHS[:3]]
    found = counted("emergency-admissions", rows, repeats=people(1, 12))
    assert found.whole.why_hidden == BESIDE
    assert found.standardised and (found.standardised.value, found.standardised.why_hidden) == (None, BESIDE)
