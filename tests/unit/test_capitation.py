"""Capitation to the penny: by the day, each person once, and the networks together exactly what leaves the fund."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.money.capitation import FUND, RegisteredDays, journals, months_of, whole_pence
from careweave.money.contract import KIND, contract_problems, read_contract

RIVERSIDE = load_definition(KIND, "riverside-shared-care", date(2026, 11, 1))
CONTRACT = read_contract(RIVERSIDE)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
NORTH, QUAYS = "Y90001", "Y90003"


def test_a_year_of_one_person_is_the_price_of_their_age_and_sex() -> None:
    """Worked by hand: 142,000 pence × 4.3 × 1.012 × (1 + 0.025 − 0.011) = 626,578.18"""
    price = CONTRACT.price("female", 85)

    assert price == Fraction(142_000) * Fraction(43, 10) * Fraction(1_012, 1_000) * Fraction(1_014, 1_000)
    assert round(price) == 626_578
    assert CONTRACT.price("other", 85) == CONTRACT.price("female", None) == CONTRACT.price(None, 40)


def test_a_person_who_moves_between_networks_mid_year_is_paid_for_by_the_day() -> None:
    """183 days in the north, 182 at the quays: each its share, and together the price of one year."""
    whole = CONTRACT.price("male", 70)
    rows = [
        RegisteredDays(NORTH, APRIL, "male", 70, 183),
        RegisteredDays(QUAYS, APRIL, "male", 70, 182),
    ]
    (only,) = journals(CONTRACT, rows)

    assert CONTRACT.days == 365
    assert abs(only.paid["north"] - whole * 183 / 365) < 1 and abs(only.paid["quays"] - whole * 182 / 365) < 1
    assert only.paid["north"] + only.paid["quays"] == round(whole)


def test_a_practice_of_no_network_is_paid_nothing_and_takes_from_nobody() -> None:
    rows = [RegisteredDays(NORTH, APRIL, "male", 70, 30), RegisteredDays("Y99999", APRIL, "male", 70, 30)]

    assert journals(CONTRACT, rows) == journals(CONTRACT, rows[:1])


@given(
    st.lists(
        st.builds(
            RegisteredDays,
            st.sampled_from([each for one in CONTRACT.networks for each in one.practices]),
            st.sampled_from([APRIL, MAY]),
            st.sampled_from(["female", "male", "unknown", None]),
            st.none() | st.integers(0, 110),
            st.integers(1, 40_000),
        ),
        max_size=30,
    )
)
def test_every_journal_balances_and_is_right_to_the_penny(rows: list[RegisteredDays]) -> None:
    for journal in journals(CONTRACT, rows):
        mine = [row for row in rows if row.month == journal.month]
        exact = sum((CONTRACT.price(row.sex, row.age) * row.days / 365 for row in mine), Fraction(0))

        assert sum(each.pence for each in journal.postings) == 0
        assert (
            journal.postings[0].account == FUND
            and -journal.postings[0].pence == (exact + Fraction(1, 2)) // 1
        )
        for network in CONTRACT.networks:
            theirs = [row for row in mine if row.practice in network.practices]
            owed = sum((CONTRACT.price(row.sex, row.age) * row.days / 365 for row in theirs), Fraction(0))
            assert abs(journal.paid[network.code] - owed) < 1


def test_pence_that_are_left_go_to_the_largest_remainders() -> None:
    third = Fraction(100, 3)

    assert whole_pence({"a": third, "b": third, "c": third}) == {"a": 34, "b": 33, "c": 33}
    assert whole_pence({"a": Fraction(1, 2), "b": Fraction(0)}) == {"a": 1, "b": 0}


def test_months_are_cut_to_the_days_of_the_contract() -> None:
    assert months_of(date(2027, 12, 15), date(2028, 2, 29)) == (
        (date(2027, 12, 15), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
    )


def _with(**changed: Any) -> Definition:
    text = (
        files("careweave.definitions")
        .joinpath(KIND, "riverside-shared-care.toml")
        .read_text(encoding="utf-8")
    )
    content = {key: value for key, value in tomllib.loads(text).items() if key in RIVERSIDE.content}
    return replace(RIVERSIDE, content={**content, **changed})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"base_pence": 1420.5}, "base_pence is not a whole number above 0"),
        ({"need": [{"ages": [0, 64], "female": 1, "male": 1}]}, "need has no weight from age 65 to 130"),
        (
            {
                "need": [
                    {"ages": [0, 64], "female": 1, "male": 1},
                    {"ages": [60, 130], "female": 1, "male": 1},
                ]
            },
            "need at 60 to 130: the band should begin at 65",
        ),
        ({"need": [{"ages": [0, 130], "female": 1}]}, "need at 0 to 130 lacks a weight for female or male"),
        (
            {
                "networks": [
                    {"code": "a", "name": "A", "practices": [NORTH]},
                    {"code": "b", "name": "B", "practices": [NORTH]},
                ]
            },
            f"practice {NORTH} is in a and in b; its people would be paid for twice",
        ),
        ({"networks": []}, "networks are missing"),
    ],
)
def test_a_contract_that_does_not_hold_together_is_refused_by_name(
    changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(DefinitionError, match="riverside-shared-care") as refused:
        read_contract(_with(**changed))

    assert words in str(refused.value)


def test_a_contract_without_a_last_day_is_refused() -> None:
    with pytest.raises(DefinitionError, match="valid_to is missing"):
        read_contract(replace(RIVERSIDE, valid_to=None))


def test_the_contracts_that_come_with_the_program_hold_together() -> None:
    assert contract_problems() == []
