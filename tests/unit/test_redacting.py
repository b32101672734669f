"""Words that are taken out are gone from everything that leaves, however they were written."""

from __future__ import annotations

import json
from datetime import date

import pytest

from careweave.record.redacting import REMOVED, Removal, files_in, lines, pattern, still_holds, without
from careweave.record.subject_access_rules import due_on, rules

OWN = "person:1"
NOTE = {
    "resourceType": "Communication",
    "id": "n1",
    "meta": {"security": [{"code": "third-party"}], "versionId": "1"},
    "text": {
        "status": "generated",
        "div": "<div>His <b>daugh</b>ter Ann&#39;s <i>Annie</i>   Holloway called</div>",
    },
    "payload": [{"contentString": "Annie\u00a0HOLLOWAY called from 01632 960 222. Planned visit."}],
    "sender": {
        "identifier": {"system": "https://careweave.org/id/party", "value": "person:2"},
        "display": "Annie Holloway",
    },
    "recipient": [{"identifier": {"system": "https://careweave.org/id/party", "value": "person:1"}}],
    "about": [{"reference": "RelatedPerson/r9", "display": "The daughter"}],
    "content": {"title": "photo", "contentType": "image/png", "data": "QW5uaWU="},
}


def copy_of(*words: str, left_out: tuple[str, ...] = ()) -> str:
    removals = [Removal(each, "someone-else") for each in words]
    return json.dumps(without(NOTE, removals, left_out=left_out, own=OWN), ensure_ascii=False)


def test_words_are_gone_in_any_case_spacing_and_markup() -> None:
    text = copy_of("annie holloway", "daughter")
    assert "olloway" not in text.casefold() and "daugh" not in text
    assert REMOVED in text and "Planned visit" in text


def test_a_number_is_gone_however_it_is_spaced() -> None:
    assert "960" not in copy_of("01632960222")


def test_a_short_name_does_not_take_other_words_along() -> None:
    assert "Planned" in copy_of("Ann") and "Annie" in copy_of("Ann") and "Ann's" not in copy_of("Ann")


@pytest.mark.parametrize("written", ["O'Brien", "O’Brien", "o'brien"])
def test_straight_and_curly_apostrophes_are_one(written: str) -> None:
    assert pattern("O’Brien").search(f"with Mr {written}.") and still_holds(
        written, [Removal("O'Brien", "x")]
    )


def test_files_keys_of_others_and_pointers_at_what_is_left_out_do_not_leave() -> None:
    text = copy_of(left_out=("r9",))
    assert "QW5uaWU" not in text and "person:2" not in text and "person:1" in text
    assert "RelatedPerson" not in text and "daughter" not in text.replace("His daughter", "")
    assert "third-party" not in text and files_in(NOTE) == 1


def test_the_entry_itself_stays_as_it_is() -> None:
    before = json.dumps(NOTE)
    copy_of("Annie", left_out=("r9",))
    assert json.dumps(NOTE) == before


def test_lines_are_for_reading() -> None:
    shown = {line.name: line.words for line in lines(NOTE)}
    assert shown["Payload"].startswith("Annie") and "Id" not in shown and "person:2" not in str(shown)


@pytest.mark.parametrize(
    ("asked", "months", "due"),
    [
        (date(2026, 9, 3), 1, date(2026, 10, 5)),  # a Saturday moves to the Monday
        (date(2026, 8, 31), 1, date(2026, 9, 30)),  # no 31st: the last day
        (date(2026, 11, 30), 3, date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2027, 12, 15), 1, date(2028, 1, 17)),
        (
            date(2026, 11, 25),
            1,
            date(2026, 12, 29),
        ),  # Christmas, Saturday, Sunday, and the day for Boxing Day
    ],
)
def test_a_month_is_a_calendar_month(asked: date, months: int, due: date) -> None:
    assert due_on(asked, months=months) == due


def test_what_the_person_is_told_is_general() -> None:
    told = {each.to_person for each in rules().reasons.values()}
    assert all("harm" not in words and "safeguarding" not in words.casefold() for words in told)
