"""Numbers in forms and addresses: what is no number counts as none, in whatever script and at whatever length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import careweave.web
from careweave.web.components.forms import MOST, Form, whole_number

WEB = Path(careweave.web.__file__).parent
NONE = ("", "²", "٣", "-1", "1.5", "one", "0x10", "9" * 20, "9" * 5000, "１２", "Ⅷ", "1_000")


@pytest.mark.parametrize("typed", NONE)
def test_what_is_no_whole_number_counts_as_none(typed: str) -> None:
    assert whole_number(typed) == 0 and Form({"version": typed}).whole("version") == 0


def test_a_whole_number_is_read_and_never_above_the_most() -> None:
    assert whole_number(" 007 ") == 7 and whole_number("999999999") == MOST
    assert whole_number("41", most=20) == 20


@pytest.mark.parametrize("typed", ["²", "-1", "9" * 20, "9" * 5000])
def test_a_day_that_is_none_is_an_error_at_its_field(typed: str) -> None:
    form = Form({"by-day": "3", "by-month": "11", "by-year": typed})
    assert form.day("by") is None and "by" in form.errors


def test_no_page_reads_a_number_in_a_way_of_its_own() -> None:
    """`"²".isdigit()` holds and `int("²")` fails: there is one reader of whole numbers, in components/forms.py."""
    own = re.compile(r"int\([^)]*\)+ if .*\.(isdigit|isdecimal|isnumeric)\(\)")
    found = [
        str(path) for path in WEB.rglob("*.py") if own.search(path.read_text()) and path.name != "forms.py"
    ]
    assert [one for one in found if "sign_in_provider" not in one] == []
