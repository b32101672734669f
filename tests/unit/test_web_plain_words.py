"""What has no words says so, and no page promises a telephone number that nobody answers."""

from __future__ import annotations

from datetime import date, time

from careweave.care.teams.working_time import Hours
from careweave.definitions import load_definition
from careweave.web.frame import Brand
from careweave.web.presenters import facts, own_care, plain_words


def test_a_code_without_words_is_never_a_bare_number() -> None:
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "12345"}]}
    assert facts.words(snomed) == "no words came with this code (SNOMED 12345)"
    assert facts.words({"coding": [{"system": "urn:x", "code": "A1"}]}) == "no words came with this code (A1)"
    assert facts.words({"coding": [{"system": "urn:x", "code": "A1", "display": "Asthma"}]}) == "Asthma"
    assert (
        facts.coded("12345") == "no words came with this code (12345)" and facts.coded("Asthma") == "Asthma"
    )


def test_the_number_for_help_dials_and_a_place_without_one_promises_none() -> None:
    def brand(number: str) -> Brand:
        return Brand("Careweave", "Riverside", "", {}, number, False)

    assert brand("01632 960 123").help == '<a href="tel:01632960123">01632 960 123</a>'
    assert brand("your team").help == "your team"
    assert "<script" not in brand("<script>1").help


def test_a_word_that_staff_use_is_explained_and_the_longer_word_counts() -> None:
    today = date(2026, 11, 23)
    assert plain_words.meaning("Essential hypertension", today) == "high blood pressure"
    assert plain_words.meaning("Alzheimer’s disease", today).startswith("an illness that makes it hard")
    assert plain_words.meaning("Hypertensionless", today) == plain_words.meaning("My garden", today) == ""
    found = plain_words.explained("The OT brings equipment. An ot again; chronic kidney disease", today)
    assert [word for word, _ in found] == ["OT", "equipment", "chronic kidney disease"]


def test_what_a_word_means_is_short_and_says_it_without_another_hard_word() -> None:
    today = date(2026, 11, 23)
    for word, means in load_definition("plain-words", "staff-words", today).content["words"].items():
        assert len(means.split()) <= 13, word
        assert not plain_words.explained(means, today), f"{word}: {means}"


def test_when_a_number_is_answered_is_said_in_words() -> None:
    week = Hours(frozenset(range(5)), time(9), time(17))
    assert own_care.open_hours(week) == "Monday to Friday, 9am to 5pm"
    assert (
        own_care.open_hours(Hours(frozenset({0, 2}), time(8, 30), time(12)))
        == "Monday and Wednesday, 8:30am to 12pm"
    )
