"""Joe and Priya write one plan: his words and hers, easy read, “About me”, a letter, and text for the council."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_plan(place: Place) -> None:
    from tests.journeys import place as places

    places.take_joe_on(place)
    for words in ("The club", "The club and the garden"):
        places.publish_joes_plan(place, words)


def test_1_joe_reads_his_plan_his_way_and_says_what_he_wants(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/plan")
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="What changed since version 1").click()
    expect(page.locator("ins")).to_contain_text("and the garden")
    then_the_page_is_accessible(page)
    page.goto("/my/plan/easy-read")
    expect(page.get_by_text("You said:").first).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto("/my/plan")
    page.get_by_role("link", name=re.compile(r"Say something about this\s*: My goals")).last.click()
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you want to say.")
    then_the_page_is_accessible(page)
    page.get_by_label("I want to add this").check()
    page.get_by_label("In your own words").fill("I want to see the sea with my brother")
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent. Priya Shah will answer by")
    page.get_by_role("button", name="I agree with this plan").click()
    expect(page.get_by_text("You said: I agree")).to_be_visible()
    page.goto("/my/about-me")
    page.get_by_label("Also worth knowing about me").fill("I was a ferryman")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Everyone in the team can read it.")


def test_2_priya_takes_his_words_in_and_nobody_types_the_plan_twice(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_text("I was a ferryman")).to_be_visible()
    page.get_by_role("link", name="Open the plan").first.click()
    expect(page.get_by_text("I want to see the sea with my brother", exact=True)).to_be_visible()
    then_the_page_is_accessible(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy for the council").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied. Paste it into the other system.")).to_be_visible()
    assert "NEEDS AND OUTCOMES" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name=re.compile("Put in the plan")).click()
    expect(page.get_by_role("alert")).to_contain_text("It is in the draft, word for word.")
    page.get_by_role("link", name="3 Goals and who does what").click()
    expect(page.get_by_text("Only Joe").or_(page.get_by_text("Only Joseph")).first).to_be_visible()
    then_the_page_is_accessible(page)


def test_3_priya_attaches_a_letter_and_hands_it_on(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/papers")
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file.")
    then_the_page_is_accessible(page)
    letter = {
        "name": "fall.txt",
        "mimeType": "text/plain",
        "buffer": b"Dear Joe, you came to us after a fall.",
    }
    page.get_by_label("The file").set_input_files(letter)  # type: ignore[arg-type]
    page.get_by_label("What it is").fill("Letter about the fall")
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_role("link", name="Letter about the fall")).to_be_visible()
    page.get_by_text("Hand it on").click()
    page.get_by_label("To whom").select_option(label="Priya Shah")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Hand on").click()
    expect(page.get_by_role("alert")).to_contain_text("Handed on to Priya Shah.")
    page.goto(f"/people/{place.joe}/about-me")
    expect(page.get_by_text("Only Joe can change it")).to_be_visible()
    then_the_page_is_accessible(page)
