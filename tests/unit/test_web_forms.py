"""Forms keep what was typed, put each error at its field, and accept a date as people write it."""

from datetime import date

import pytest

from careweave.web.components.forms import MAX_TEXT, Form


def test_what_was_typed_is_kept_with_its_error() -> None:
    form = Form({"reason": "  "})
    assert form.text("reason", "Say why.") == ""
    assert form.get("reason") == "  " and form.errors == {"reason": "Say why."}
    assert form.summary == [{"text": "Say why.", "href": "#reason"}] and not form.ok


@pytest.mark.parametrize("month", ["3", "03", "March", "mar"])
def test_a_month_may_be_a_number_or_a_word(month: str) -> None:
    form = Form({"by-day": "27", "by-month": month, "by-year": "2027"})
    assert form.day("by") == date(2027, 3, 27) and form.ok


def test_the_thirtieth_of_february_is_refused_in_words() -> None:
    form = Form({"by-day": "30", "by-month": "2", "by-year": "2027"})
    assert form.day("by") is None
    assert form.errors["by"] == "‘30 2 2027’ is not a date. For example: 27 3 2027."


def test_no_date_is_no_error_unless_one_is_needed() -> None:
    assert Form({}).day("by") is None
    needed = Form({})
    needed.day("by", "Enter the day.")
    assert needed.errors == {"by": "Enter the day."}


def test_a_choice_outside_the_offered_ones_counts_as_none() -> None:
    assert Form({"kind": "carrier pigeon"}).choice("kind", ("call", "visit")) == ""


def test_a_null_character_and_a_flood_of_letters_do_no_harm() -> None:
    form = Form({"words": "a\x00b", "much": "x" * (MAX_TEXT + 1)})
    assert form.text("words") == "ab"
    form.text("much")
    assert "Keep it under 10,000" in form.errors["much"]
