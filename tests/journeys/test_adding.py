"""A person whom nobody has sent yet is added; one who is known is offered first; and a whole list is brought."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


def fill(page: Page, **typed: str) -> None:
    labels = {"given": "First name", "family": "Surname", "number": "NHS number, if it is known"}
    for name, value in typed.items():
        if name == "born":
            for part, words in zip(("Day", "Month", "Year"), value.split(), strict=True):
                page.get_by_label(part, exact=True).fill(words)
        else:
            page.get_by_label(labels[name], exact=True).fill(value)


def then_it_says(page: Page, words: str) -> None:
    expect(page.get_by_role("alert").first).to_contain_text(words)


def test_what_cannot_be_true_is_refused_at_its_field(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_label("Find a person").fill("Edna Zebedee")
    page.get_by_label("Find a person").press("Enter")
    page.get_by_role("link", name="Add a person").click()
    expect(page.get_by_label("Surname", exact=True)).to_have_value("Zebedee")
    then_the_page_is_accessible(page)
    look = page.get_by_role("button", name="Look, then add")
    look.click()
    then_it_says(page, "Enter a date of birth.")
    page.get_by_label("Why do they need").fill("Two falls this month")
    page.get_by_label("Female", exact=True).check()
    for born, words in (("1 1 2099", "is in the future"), ("1 1 1880", "more than 130 years old")):
        fill(page, born=born)
        look.click()
        then_it_says(page, words)
    fill(page, born="5 6 1939", number="999 000 0019")
    look.click()
    then_it_says(page, "This is not an NHS number")
    expect(page.get_by_label("Why do they need")).to_have_value("Two falls this month")
    then_the_page_is_accessible(page)


def test_who_is_known_is_offered_and_nobody_is_added_twice(page: Page, place: Place) -> None:
    from tests.journeys.place import take_the_suggestion_back

    take_the_suggestion_back(place)
    given_i_am_signed_in(page, place.emails["social"])
    page.goto("/people/add")
    page.get_by_label("Why do they need").fill("His wife is worn out")
    page.get_by_label("Male", exact=True).check()
    fill(page, given="Joseph", family="Harper", born="3 4 1941")
    page.get_by_role("button", name="Look, then add").click()
    expect(page.get_by_text("HARPER, Joseph", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="No: add a new person")).to_be_visible()
    then_the_page_is_accessible(page)
    fill(page, number="999 000 0018")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("This NHS number is theirs.")).to_be_visible()
    expect(page.get_by_role("button", name="add a new person")).to_have_count(0)
    page.get_by_role("button", name="Yes: ask my team to take on HARPER, Joseph").click()
    then_it_says(page, "Your team is asked to take them on.")
    expect(page.get_by_text("Tom Reid: His wife is worn out")).to_be_visible()


def test_a_new_person_is_added_found_and_taken_on(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/people/add")
    fill(page, given="Edna", family="Zebedee", born="5 6 1939", number="999 000 0042")
    page.get_by_label("Female", exact=True).check()
    page.get_by_label("Why do they need").fill("Two falls this month")
    page.get_by_role("button", name="Look, then add").click()
    then_it_says(page, "Edna was added today.")
    expect(page.get_by_text("ZEBEDEE, Edna").first).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Take on").click()
    page.get_by_role("button", name="Take on").click()
    then_it_says(page, "You are now in charge of Edna’s care.")
    page.goto("/find?q=zebedee+1939-06-05")
    expect(page.get_by_role("link", name="ZEBEDEE, Edna")).to_be_visible()


def test_a_list_is_checked_line_by_line_before_anything_is_saved(
    page: Page, place: Place, tmp_path: Path
) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto("/people/bring")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Check the list").click()
    then_it_says(page, "Say why they are your people.")
    then_it_says(page, "Type or paste at least one NHS number")
    page.get_by_label("Who are your people?").fill("999 000 0026\n999 000 0019\nAnnie\n999 000 0107")
    page.get_by_label("Why are they your people?").fill("On my list since 2024")
    listed = tmp_path / "list.csv"
    listed.write_text("Edna Zebedee, 05/06/1939\n", encoding="utf-8")
    page.get_by_label("Or choose a file").set_input_files(listed)
    page.get_by_role("button", name="Check the list").click()
    for number, fate in (
        ("1", "Can be brought"),
        ("2", "Not an NHS number"),
        ("3", "Give an NHS number, or a full name"),
        ("4", "Not known here"),
        ("5", "Someone is in charge of their care already"),
    ):
        expect(page.get_by_role("row", name=re.compile(f"^{number} "))).to_contain_text(fate)
    expect(page.get_by_text("1 of 5 can be brought.")).to_be_visible()
    then_the_page_is_accessible(page)
    assert not place.gate("nurse", "district-nurse").person(place.annie)
    page.get_by_role("button", name="Bring 1 person").click()
    expect(page.get_by_text("1 person brought.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Suggested people").first.click()
    expect(page.get_by_text("Maria Lopez: On my list since 2024")).to_be_visible()
