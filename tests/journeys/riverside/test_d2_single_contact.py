"""D2: Mrs Smith's daughter rings one number, and by the evening everything is set going; also by keyboard on a phone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.riverside.signing_in import given_i_am
from tests.journeys.walking import (
    then_every_step_of_the_keyboard_is_visible,
    then_the_page_is_accessible,
)

if TYPE_CHECKING:
    from tests.journeys.riverside.place import Riverside

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_1_one_call_and_everything_is_set_going(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "priya")
    page.get_by_role("link", name="Take a call").click()
    when_i_look_for(page, "Edith Smith")
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Take it down about").click()
    expect(page.get_by_role("heading", name="Known already: do not ask again")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="Alone")).to_be_visible()
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who is calling.")
    page.get_by_label(re.compile("^Helen Carter, daughter")).check()
    page.get_by_label("Yes: I rang back").check()
    page.get_by_label("What has happened").fill("She fell in the night and cannot wash or dress")
    page.get_by_label("Urgent: today").check()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_role("alert")).to_contain_text("You need not ring anyone else.")
    expect(page.get_by_text("Helen Carter may be told: the plan")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="I take it").click()
    expect(page.get_by_role("heading", name="Priya Nair has it")).to_be_visible()
    and_one_occupational_therapist_is_enough(page)
    and_home_care_is_committed(page)
    and_we_ask_on(page, "Ring Helen tonight: how is she?")
    and_we_ask_on(page, "Review after three days with the district nurse")
    page.get_by_label("Urgent care is arranged").check()
    page.get_by_label("What did you tell them?").fill("Home care comes at noon. I ring you tonight")
    page.get_by_role("button", name="It is answered").click()
    expect(page.get_by_role("alert")).to_contain_text("Answered: Helen Carter.")
    page.goto("/day")
    expect(page.get_by_text("Review after three days").first).to_be_visible()


def when_i_look_for(page: Page, who: str) -> None:
    page.get_by_label("Who is it about?").fill(who)
    page.get_by_role("button", name="Look", exact=True).click()


def and_one_occupational_therapist_is_enough(page: Page) -> None:
    card = page.get_by_role("region", name="Two occupational therapists: is this right?")
    card.get_by_label(re.compile("^Joanne Field")).check()
    card.get_by_label("Why?").fill("She knows the flat")
    card.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert")).to_contain_text("telling the other is a task of today")
    expect(page.get_by_text("Two occupational therapists")).to_have_count(0)


def and_home_care_is_committed(page: Page) -> None:
    """First outside the limit, which the manager is asked about; then within it."""
    begins = datetime.now().astimezone() + timedelta(hours=2)
    page.get_by_label(re.compile("^A short stay in a care home")).check()
    for label, text in (
        ("For how many days?", "3"),
        ("How many a day?", "1"),
        ("When does it begin?", f"{begins:%H:%M}"),
        ("Why can it not wait?", "She cannot wash"),
    ):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Commit it").click()
    expect(page.get_by_role("alert")).to_contain_text("Tom Reid, team manager, can decide")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Ask Tom Reid to decide").click()
    expect(page.get_by_role("alert")).to_contain_text("The manager is asked")
    page.get_by_label(re.compile("^Home care")).check()
    page.get_by_label("For how many days?").fill("3")
    page.get_by_label("How many a day?").fill("4")
    page.get_by_label("Why can it not wait?").fill("She cannot wash")
    page.get_by_role("button", name="Commit it").click()
    expect(page.get_by_role("alert")).to_contain_text("Committed: £140.40.")
    expect(page.get_by_text("See that it begins: home care, 4 a day for 3 days")).to_be_visible()


def and_we_ask_on(page: Page, what: str) -> None:
    page.get_by_label("What is asked, and of whom?").fill(what)
    page.get_by_label("Who of us does it?").select_option("Me")
    page.get_by_role("button", name="Set it going").click()
    expect(page.get_by_role("alert")).to_contain_text("Priya Nair has it on their list.")


def test_2_the_manager_has_the_question_and_edith_knows_who_is_in_charge(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "tom")
    expect(page.get_by_text("Decide about a short stay in a care home").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    given_i_am(page, "edith")
    expect(page.get_by_text("Priya Nair is in charge of your care.")).to_be_visible()
    page.get_by_role("link", name="Tell us something is wrong").click()
    page.get_by_label("What is wrong?").fill("Nobody came this morning")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send to Tom Reid").click()
    expect(page.get_by_role("alert")).to_contain_text("Tom Reid will answer you by")


def test_3_a_neighbour_calls_about_somebody_new_on_a_phone_by_keyboard_alone(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "priya")
    page.goto("/contacts")
    then_the_page_is_accessible(page)
    page.get_by_label("Who is it about?").focus()
    page.keyboard.type("Wilfred Unheard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No one found")).to_be_visible()
    page.get_by_role("link", name="Someone who is not known here").press("Enter")
    then_the_page_is_accessible(page)
    expect(page.get_by_label("First name")).to_have_value("Wilfred")
    then_every_step_of_the_keyboard_is_visible(page)
    page.get_by_label("Day", exact=True).focus()
    for text in ("2", "1", "1939"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    for label in ("Male", "Someone else", "No", "Today"):
        page.get_by_label(label, exact=True).press("Space")
    page.get_by_label("The caller’s name").focus()
    page.keyboard.type("Ivy Marsh")
    page.keyboard.press("Tab")
    page.keyboard.type("neighbour")
    page.get_by_label("What has happened").focus()
    page.keyboard.type("His milk stands at the door since yesterday")
    page.get_by_role("button", name="Take it down").press("Enter")
    expect(page.get_by_role("heading", name="Ivy Marsh, neighbour, about Wilfred")).to_be_visible()
    expect(page.get_by_text("Tell them nothing about Wilfred")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="I take it").press("Enter")
    expect(page.get_by_role("heading", name="Priya Nair has it")).to_be_visible()
