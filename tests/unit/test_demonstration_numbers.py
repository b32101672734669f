"""NHS numbers and slips of the hand in the demonstration place."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from careweave.demonstration import days, mistakes, nhs_numbers
from careweave.demonstration.columns import dates, lists, numbers, strings, truths


def test_numbers_of_the_range_are_checked_as_the_data_dictionary_says() -> None:
    known = np.array([9990000018, 9990000026, 9434765919, 4010232137, 1234567890, 9990000019])
    assert nhs_numbers.is_valid(known).tolist() == [True, True, True, True, False, False]


def test_everyone_gets_a_number_of_their_own_and_it_is_never_a_reserved_one() -> None:
    given = nhs_numbers.numbers_of(np.arange(100_000), seed=3)
    assert len(np.unique(given)) == 100_000
    assert nhs_numbers.is_valid(given).all()
    assert (given // 10_000_000 == 999).all()
    assert given.min() >= (nhs_numbers.FIRST + nhs_numbers.RESERVED) * 10


def test_beyond_the_range_people_have_no_number() -> None:
    supply = len(nhs_numbers.all_numbers())
    assert nhs_numbers.numbers_of(np.array([supply - 1, supply]), seed=3)[1] == -1
    assert supply > 900_000


def test_earlier_numbers_are_nobodys_present_number() -> None:
    register = 50_000
    people = np.arange(register)
    earlier = nhs_numbers.earlier_numbers_of(people, 3, register)
    assert not set(earlier.tolist()) & set(nhs_numbers.numbers_of(people, 3).tolist())


def test_a_mistyped_number_is_another_valid_one() -> None:
    right = nhs_numbers.numbers_of(np.arange(500), seed=3)
    wrong = nhs_numbers.mistyped_but_valid(right, np.random.default_rng(1))
    assert nhs_numbers.is_valid(wrong).all()
    assert (wrong != right).all()
    assert (wrong // 10_000_000 == 999).all()


def test_a_bad_check_digit_is_bad() -> None:
    assert not nhs_numbers.is_valid(np.array([int(nhs_numbers.with_bad_check_digit("9990000018"))]))[0]


def test_misspelt_names_differ_and_keep_their_first_letter() -> None:
    rng = np.random.default_rng(1)
    for name in ("Smith", "O'Brien", "Ng", "Wiśniewski", "Lee"):
        for _ in range(50):
            slip = mistakes.misspelt(rng, name, {})
            assert slip != name
            assert slip[0] == name[0]


@pytest.mark.parametrize(("written", "swapped"), [("1941-03-04", "1941-04-03"), ("1941-03-14", "1941-03-14")])
def test_day_and_month_swap_only_where_that_makes_a_date(written: str, swapped: str) -> None:
    day = days.number(date.fromisoformat(written))
    assert days.iso(mistakes.day_and_month_swapped(day)) == swapped


def test_wrong_dates_are_dates_that_have_been() -> None:
    rng = np.random.default_rng(1)
    latest = days.number(date(2024, 3, 1))
    for text in ("2024-02-29", "2024-01-31", "1999-12-31"):
        day = days.number(date.fromisoformat(text))
        for _ in range(40):
            assert mistakes.wrong_year(rng, day, latest) != day
            assert mistakes.wrong_day(rng, day, latest) <= latest


def test_local_time_becomes_utc() -> None:
    summer = days.number(date(2026, 7, 1)) * days.DAY + 30
    winter = days.number(date(2026, 1, 1)) * days.DAY + 30
    assert days.utc_stamp(summer) == "2026-06-30T23:30:00Z"
    assert days.utc_stamp(winter) == "2026-01-01T00:30:00Z"
    assert days.instant(summer) == "2026-07-01T00:30:00+01:00"


def test_columns_hold_what_they_are_given() -> None:
    assert strings(["Zoë", "", "x"]).to_pylist() == ["Zoë", "", "x"]
    assert numbers(np.array([1, -2])).to_pylist() == [1, -2]
    assert numbers(np.array([0.5])).to_pylist() == [0.5]
    assert truths(np.array([True, False])).to_pylist() == [True, False]
    assert lists([["a"], [], ["b", "c"]]).to_pylist() == [["a"], [], ["b", "c"]]
    kept = dates(np.array([0, 5]), np.array([True, False])).to_pylist()
    assert kept == [date(1970, 1, 1), None]
