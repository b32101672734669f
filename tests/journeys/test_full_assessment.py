"""Two professionals in one full assessment: each sees the other's sections, and a carer answers on her own record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team(place: Place) -> None:
    from tests.journeys import place as places

    places.take_joe_on(place)
    places.complete_the_team(place)


def group(page: Page, question: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("group", name=question, exact=True)


def test_1_two_in_one_form_see_each_others_sections_and_overwrite_nothing(
    page: Page, browser: Browser, live_server: str, place: Place
) -> None:
    """Given Priya and Maria in Joe's full assessment, when both write, then each sees who is where, and both texts."""
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/assessments")
    page.get_by_role("link", name="Full assessment").click()
    then_the_page_is_accessible(page)
    other = browser.new_context(base_url=live_server).new_page()
    given_i_am_signed_in(other, place.emails["nurse"])

    other.goto(f"/people/{place.joe}/assess/full-assessment/housing")
    landlord = other.get_by_label("Who is the landlord, and how are they reached?")
    expect(landlord).to_be_hidden()
    group(other, "Where do you live, and is it right for you?").get_by_label("Rented home").check()
    expect(landlord).to_be_visible()
    landlord.fill("Riverside Homes")
    expect(other.get_by_text(re.compile("^Saved at"))).to_be_visible()
    then_the_page_is_accessible(other)

    page.goto(f"/people/{place.joe}/assess/full-assessment/finance")
    expect(page.get_by_text("Maria Lopez is writing in ‘Home’.")).to_be_visible()
    worth = group(page, "Savings and property other than the home lived in")
    worth.get_by_label("What").first.fill("Bank")
    worth.get_by_label("Worth").first.fill("about 50")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("‘about 50’ is not an amount of money")
    worth.get_by_label("Worth").first.fill("14,250.50")
    then_the_page_is_accessible(page)
    page.get_by_text("Leave the rest of this section out").click()
    page.get_by_label("Why was the rest not asked?").fill("Joe will bring his papers")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What matters")
    page.goto(f"/people/{place.joe}/assess/full-assessment/finance")
    expect(page.get_by_text("£14,250.50")).to_be_visible()

    # Both answer the same question: the second is shown both texts.
    for one in (page, other):
        one.goto(f"/people/{place.joe}/assess/full-assessment/what-matters")
    good_day = "What makes a good day for you?"
    other.get_by_label(good_day).fill("The river")
    other.get_by_role("button", name="Save and go on", exact=True).click()
    page.get_by_label(good_day).fill("The club with Annie")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(group(page, good_day)).to_contain_text("Maria Lopez answered “The river”")
    expect(page.get_by_label(good_day)).to_have_value("The club with Annie")
    other.context.close()

    page.goto(f"/people/{place.joe}/assess/full-assessment")
    page.get_by_role("button", name="Complete the assessment").click()
    expect(page.get_by_role("alert").first).to_contain_text("Answer “Do you work, learn or volunteer?”")
    then_the_page_is_accessible(page)


def test_2_a_lost_connection_loses_nothing_of_a_section(page: Page, place: Place) -> None:
    """Given no connection, when Priya answers and looks again later, then what she typed is there, and is asked for."""
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/assess/full-assessment/work")
    # Nothing arrives, and the browser never says that it is back: only the next page brings the words back.
    page.route("**/work/draft", lambda route: route.abort("internetdisconnected"))
    group(page, "Do you work, learn or volunteer?").get_by_label("None of these").check()
    page.get_by_role("textbox", name="Would you like to").fill("The bus stopped coming")
    expect(page.get_by_text("No connection. Your words are kept on this device")).to_be_visible()
    page.unroute("**/work/draft")
    with page.expect_response(re.compile("/work/draft$")):
        page.reload()
    expect(page.get_by_role("textbox", name="Would you like to")).to_have_value("The bus stopped coming")
    expect(page.get_by_role("textbox", name="Would you like to")).to_be_visible()


def test_3_annie_tells_how_she_is_managing_and_joes_page_shows_none_of_it(page: Page, place: Place) -> None:
    """Given Annie who looks after Joe, when she answers for herself, then it is hers alone, and someone will call."""
    given_i_am_signed_in(page, place.emails["annie"], portal=True)
    page.get_by_role("link", name="How are you managing?").click()
    then_the_page_is_accessible(page)
    page.get_by_label("What would you like to be able to do?").fill("Sleep through one night")
    group(page, "Are you able and willing to go on with this?").get_by_label("Only for a while").check()
    page.get_by_label("Until when can you go on?").fill("Easter")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Sent.")
    page.get_by_role("button", name="Sign out").click()
    given_i_am_signed_in(page, place.emails["priya"])
    for address in ("", "/assessments"):
        page.goto(f"/people/{place.joe}{address}")
        expect(page.locator("body")).not_to_contain_text("Sleep through one night")
    page.goto("/day?show=suggested")
    expect(page.locator("body")).to_contain_text("Looks after someone, and told how they are managing")
    page.goto("/needs")
    then_the_page_is_accessible(page)


def test_4_a_tier_that_needs_another_profession_asks_a_named_colleague(page: Page, place: Place) -> None:
    """Given Joe on tier 2, when Priya moves him to tier 3, then a matron is asked and nothing changes until she accepts."""
    from tests import factories as make

    ruth = make.staff("Ruth Matron", "community-matron", "RVC")
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/pathway")
    then_the_page_is_accessible(page)
    page.get_by_label("Pathway", exact=True).select_option("diabetes-tiers|2")
    page.get_by_role("button", name="Put on this pathway").click()
    expect(page.get_by_text("In the plan")).to_be_visible()
    page.get_by_role("link", name="Change the tier").click()
    page.get_by_label("New tier").select_option(index=2)
    page.get_by_label("Why?", exact=True).first.fill("Two hypos at night")
    page.get_by_role("button", name="Change the tier").click()
    expect(page.get_by_role("alert").first).to_contain_text("someone of another profession must be in charge")
    then_the_page_is_accessible(page)
    page.get_by_label("Who is asked to be in charge").select_option(f"{ruth.party}|community-matron")
    page.get_by_label("What they need to know").fill("Insulin since October")
    page.get_by_label("If it starts today").fill("Joe is in hospital")
    page.get_by_role("button", name="Change the tier").click()
    expect(page.get_by_text("waits until your colleague has accepted")).to_be_visible()
    expect(page.get_by_text("In charge: Priya Shah")).to_be_visible()
