"""Dates, times, numbers and due tags are written as the pages promise."""

from datetime import UTC, date, datetime

import pytest

from careweave.web import wording

NOW = datetime(2026, 11, 26, 14, 15, tzinfo=UTC)


def test_a_day_is_written_in_full() -> None:
    assert wording.long_day(date(2026, 11, 26)) == "Thursday 26 November 2026"
    assert wording.day("2026-11-26T10:00:00Z") == "26 November 2026"


@pytest.mark.parametrize(
    ("said", "shown"), [("2026", "2026"), ("2026-11", "November 2026"), ("", "date not known")]
)
def test_a_date_is_no_more_precise_than_its_source(said: str, shown: str) -> None:
    assert wording.day(said) == shown


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-11-26T14:30:00Z", "2:30pm"),
        ("2026-11-26T16:00:00Z", "4pm"),
        ("2026-07-01T23:30:00Z", "12:30am"),
        ("2026-11-26T12:05:00+00:00", "12:05pm"),
    ],
)
def test_a_time_is_the_clock_in_london(instant: str, shown: str) -> None:
    assert wording.clock(instant) == shown


def test_an_instant_late_in_the_evening_of_summer_is_the_next_day_in_london() -> None:
    assert wording.day("2026-07-01T23:30:00Z") == "2 July 2026"


@pytest.mark.parametrize(
    ("due", "shown", "late"),
    [
        ("2026-11-23", "3 days late", True),
        ("2026-11-25", "1 day late", True),
        ("2026-11-26", "Today", False),
        ("2026-11-26T16:00:00Z", "Today by 4pm", False),
        ("2026-11-26T09:00:00Z", "Late: today by 9am", True),
        ("2026-11-27", "Tomorrow", False),
        ("2026-12-01", "Tuesday 1 December", False),
        (None, "No date", False),
    ],
)
def test_due_tags_speak_in_words(due: str | None, shown: str, late: bool) -> None:
    tag = wording.due(due, NOW)
    assert (tag.text, tag.late) == (shown, late)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("9990000018", "999 000 0018"), ("999 000 0018", "999 000 0018"), (None, "not known yet")],
)
def test_an_nhs_number_is_read_in_threes(number: str | None, shown: str) -> None:
    assert wording.nhs_number(number) == shown


def test_an_age_counts_whole_years() -> None:
    assert wording.age("1941-03-04", date(2026, 3, 3)) == 84
    assert wording.age("1941-03-04", date(2026, 3, 4)) == 85
    assert wording.age(None, date(2026, 3, 4)) is None


def test_a_garbled_date_is_not_known_rather_than_an_error() -> None:
    assert wording.day("2026-02-30") == "date not known"
    assert wording.as_instant("yesterday") is None


def test_the_past_is_told_as_people_tell_it() -> None:
    assert wording.ago("2026-11-26T09:02:00Z", NOW) == "today, 9:02am"
    assert wording.ago("2026-11-25T17:10:00Z", NOW) == "yesterday, 5:10pm"
    assert wording.ago("2026-11-24T09:02:00Z", NOW) == "Tuesday, 9:02am"
    assert wording.ago("2026-11-02T09:02:00Z", NOW) == "2 November 2026, 9:02am"
