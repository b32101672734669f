"""A wrongly joined record is held apart from the person page at once, and a data clerk says the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team(place: Place) -> None:
    from tests.journeys.place import take_joe_on

    take_joe_on(place)


def test_1_a_record_of_someone_else_is_held_apart_at_once(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_text("Allergy: penicillin, rash")).to_be_visible()
    page.get_by_role("link", name="See where they come from").click()
    expect(page.get_by_role("heading", name="Held under 2 records")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Hold it apart").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why these records are not the same person's")
    page.get_by_label("How do you know?").fill("Joe has never been to that hospital")
    page.get_by_role("button", name="Hold it apart").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Choose some of the joined records, but not all of them"
    )
    expect(page.get_by_label("How do you know?")).to_have_value("Joe has never been to that hospital")
    then_the_page_is_accessible(page)
    page.get_by_label("Riverside Hospital: Joseph Harper").check()
    page.get_by_role("button", name="Hold it apart").click()
    expect(page.get_by_role("alert")).to_contain_text("Held apart from Joe’s records from now on.")
    expect(page.get_by_text("Allergy: penicillin, rash")).to_have_count(0)
    expect(page.get_by_text("Allergies: none shown to you, so ask").first).to_be_visible()


def test_2_the_clerk_looks_and_joins_them_again(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["clerk"])
    expect(page.get_by_text("Priya Shah: Joe has never been to that hospital")).to_be_visible()
    expect(
        page.get_by_text("Priya Shah said “different people”, and they are kept apart since.")
    ).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Same person").click()
    expect(page.get_by_role("alert")).to_contain_text("Joined.")
    assert len(place.gate("priya", "coordinator").about(place.joe, ["AllergyIntolerance"])) == 1


def test_3_a_stranger_reaches_no_records(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["stranger"])
    reached = page.goto(f"/people/{place.joe}/records")
    assert reached is not None and reached.status == 404
