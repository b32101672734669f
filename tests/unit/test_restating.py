"""A month that changes after it was published: what it was, since when and why, and nothing about a few by subtraction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures.indicators import Figure
from careweave.measures.published import Published, keep, one_published
from careweave.measures.publishing import described, versions_of
from careweave.warehouse.indicators import load_indicator
from careweave.web.presenters import measure_files
from careweave.web.presenters import measures as presenter
from tests.unit.test_measure_results import MONTHS, ON, counted, row

RATE, SHARE, NIGHTS = "a-and-e-attendances", "contact-after-discharge", "emergency-bed-days"
LATE = f"{MONTHS[-2]:%Y-%m}"


def publish(home: Path, id: str, late: int, denominator: int = 1200, items: int | None = None) -> Published:
    """Every month as always, but for one that has this many."""
    rows = [row(month, "everyone", 30, 1200) for month in MONTHS]
    rows[-2] |= {"numerator": late, "denominator": denominator, "items": late if items is None else items}
    keep(
        home, described(load_indicator(id, ON), [counted(id, rows)]), {"RVR": ON, "Y90001": date(2026, 1, 1)}
    )
    found = one_published(home, id)
    assert found
    return found


def told_of(found: Published) -> tuple[str, ...]:
    page = presenter.page(found, "", {"RVR": "Riverview Hospital"})
    assert page
    changed = [month.restated for month in page.months if month.restated]
    return changed[0] if changed else ()


def test_a_late_feed_changes_the_past_visibly_with_what_it_was_when_and_why(tmp_path: Path) -> None:
    publish(tmp_path, RATE, 30)
    assert publish(tmp_path, RATE, 30).restated == {}
    found = publish(tmp_path, RATE, 45)
    (said,) = told_of(found)
    assert said.startswith("Restated on 22 November 2026, after files from Riverview Hospital.")
    assert "It was 300 (30)." in said
    lines = [dict(zip(measure_files.COLUMNS, each, strict=True)) for each in measure_files.rows_of(found)]
    (now,) = [each for each in lines if each["what"] == "month" and each["restated_on"]]
    (was,) = [each for each in lines if each["what"] == "month, as it was before"]
    assert (now["name"], now["numerator"], was["numerator"]) == (LATE, 45, 30)
    assert (was["restated_on"], was["restated_after"]) == (ON, "RVR")


def test_each_change_is_kept_and_an_unchanged_month_says_nothing(tmp_path: Path) -> None:
    for number in (30, 45, 60):
        publish(tmp_path, RATE, number)
    found = publish(tmp_path, RATE, 60)
    assert [each.was.numerator for each in found.restated[LATE] if each.was] == [30, 45]
    assert list(found.restated) == [LATE]


@pytest.mark.parametrize("late", [29, 31, 34])
def test_a_change_by_a_few_is_said_without_what_it_was(tmp_path: Path, late: int) -> None:
    publish(tmp_path, RATE, 30)
    found = publish(tmp_path, RATE, late)
    (said,) = told_of(found)
    assert "What it was is not shown: a few people could be worked out" in said
    assert found.restated[LATE][0].was is None
    rows = list(measure_files.rows_of(found))
    assert any("as it was before" in str(each) and measure_files.NOT_TOLD in each for each in rows)


def test_one_person_s_many_nights_that_came_late_are_not_worked_out(tmp_path: Path) -> None:
    """Thirty more nights of one more stay, or of none."""
    for items in (31, 30):
        home = tmp_path / str(items)
        publish(home, NIGHTS, 300, items=30)
        assert publish(home, NIGHTS, 330, items=items).restated[LATE][0].was is None
    publish(tmp_path, NIGHTS, 300, items=30)
    assert publish(tmp_path, NIGHTS, 390, items=39).restated[LATE][0].was is not None


def test_a_new_definition_restates_nothing_and_is_not_one_line_with_the_old() -> None:
    spans = versions_of("delayed-days", [date(2020, 2, 1), date(2020, 3, 1), date(2020, 4, 1)], ON)
    assert [(one.version, len(months)) for one, months in spans] == [
        ("delayed-transfers", 2),
        ("discharge-ready-date", 1),
    ]


def test_other_people_alone_are_said_once_and_a_few_of_them_leave_what_was_counted(tmp_path: Path) -> None:
    publish(tmp_path, RATE, 30)
    found = publish(tmp_path, RATE, 30, denominator=1203)
    page = presenter.page(found, "")
    assert page and told_of(found) == ()
    assert page.other_people.startswith("1 month is for another number of people than when first published")
    (said,) = told_of(publish(tmp_path, RATE, 45, denominator=1206))
    assert said.endswith("30 were counted.")


def shown(found: Published, kind: str) -> Sequence[Figure]:
    whole = found.by("")
    assert whole
    now = next(month for month in whole.months if month.name == LATE)
    was = [each.was for each in found.restated.get(LATE, ()) if each.was]
    return [each for each in (now, *was) if each.numerator is not None]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([RATE, SHARE]),
    st.lists(st.tuples(st.integers(0, 40), st.integers(40, 60)), min_size=2, max_size=5),
)
def test_old_less_new_reveals_no_few(id: str, changes: list[tuple[int, int]]) -> None:
    """Between any two figures of one month that page and file show: of who was counted, and of who was not."""
    with TemporaryDirectory() as folder:
        for late, denominator in changes:
            found = publish(Path(folder), id, late, denominator)
            for one, other in combinations(shown(found, id), 2):
                assert one.numerator is not None and other.numerator is not None
                apart = [one.numerator - other.numerator]
                if one.denominator is not None and other.denominator is not None:
                    apart.append(one.denominator - other.denominator)
                    apart += [apart[1] - apart[0]] if id == SHARE else []
                assert id == RATE or len(apart) == 3
                assert all(each == 0 or abs(each) >= 5 for each in apart)
