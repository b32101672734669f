"""NHS numbers: the check digit, and how they are written (NHS Data Dictionary)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.record.validation.nhs_number import format_nhs_number, is_valid, normalise

# The range for test data, with the check digits that the modulus 11 rule gives.
TEST_RANGE = [
    "9990000018",
    "9990000026",
    "9990000034",
    "9990000042",
    "9990000050",
    "9990000069",
    "9990000077",
]


@pytest.mark.parametrize("number", TEST_RANGE)
def test_a_number_with_its_check_digit_is_valid(number: str) -> None:
    assert is_valid(number)


@pytest.mark.parametrize(
    "number",
    [
        "9990000019",
        "999000001",
        "99900000180",
        "999 000 0018",
        "",
        "abcdefghij",
        "９９９００００１８",
        "0000000000",
    ],
)
def test_anything_else_is_not(number: str) -> None:
    assert not is_valid(number)


@settings(deadline=None)
@given(st.integers(0, 999_999_999))
def test_at_most_one_check_digit_fits_nine_digits(stem: int) -> None:
    assert sum(is_valid(f"{stem:09d}{digit}") for digit in range(10)) <= 1


@settings(deadline=None)
@given(st.sampled_from(TEST_RANGE), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, place: int, change: int) -> None:
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    assert not is_valid(wrong)


def test_spaces_and_hyphens_are_how_people_write_them() -> None:
    assert normalise("999 000-0018") == "9990000018"
    assert normalise("\u00a0999\u00a0000\u00a00018 ") == "9990000018"
    assert format_nhs_number("9990000018") == "999 000 0018"
    assert format_nhs_number("999-000-0018") == "999 000 0018"
    assert format_nhs_number("12345") == "12345"
