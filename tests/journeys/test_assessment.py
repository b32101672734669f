"""The short assessment in a browser: kept as typed, by two at once, without a connection and without JavaScript."""

from __future__ import annotations

import re
import statistics
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.walking import (
    given_i_am_signed_in,
    then_every_step_of_the_keyboard_is_visible,
    then_the_page_is_accessible,
)

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team(place: Place) -> None:
    from tests.journeys import place as places

    places.take_joe_on(place)
    places.complete_the_team(place)


def answer(page: Page, question: str, words: str) -> None:
    page.get_by_role("group", name=question, exact=True).get_by_label(words, exact=True).check()


def answer_everything(page: Page) -> None:
    for group in page.locator("fieldset:has(input[type=radio])").all():
        group.get_by_role("radio").first.check()
    for area in page.locator("textarea").all():
        area.fill("Walking to the club")


def when_it_is_completed(page: Page) -> None:
    page.get_by_role("button", name="Complete the assessment").click()


def test_1_every_question_is_answered_or_says_why_and_an_unmet_need_is_recorded(
    page: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="Assess Joe").click()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    when_it_is_completed(page)
    expect(page.get_by_role("alert").first).to_contain_text("Answer “Falls in the last twelve months”")
    then_the_page_is_accessible(page)
    answer_everything(page)
    answer(page, "Memory and confusion", "Did not want to say")
    answer(page, "Do you work, learn or volunteer?", "Not asked")
    answer(page, "Washing and dressing", "With some help")
    washing = page.get_by_role("group", name="Washing and dressing", exact=True)
    washing.get_by_label("Help is needed with this").check()
    when_it_is_completed(page)
    expect(page.get_by_role("alert").first).to_contain_text("Say why this was not asked.")
    page.get_by_label("Why was it not asked?").locator("visible=true").fill("Joe was tired")
    when_it_is_completed(page)
    expect(page.get_by_role("alert")).to_contain_text("The assessment is complete.")
    expect(page.get_by_text("Not asked: Joe was tired")).to_be_visible()
    expect(page.get_by_text("Did not want to say")).to_be_visible()
    expect(page.get_by_text("Need not met")).to_have_count(1)
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Back to Joe").click()
    expect(page.locator("#assessment")).to_contain_text("Needs not met Washing and dressing")


def test_2_what_was_told_is_filled_in_with_who_wrote_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto(f"/people/{place.joe}/assessment")
    washing = page.get_by_role("group", name="Washing and dressing", exact=True)
    expect(washing).to_contain_text("Priya Shah")
    expect(washing.get_by_label("With some help")).to_be_checked()
    expect(page.get_by_label("What makes a good day for you?")).to_have_value("Walking to the club")
    memory = page.get_by_role("group", name="Memory and confusion", exact=True)
    expect(memory.locator("input:checked")).to_have_count(0)
    then_the_page_is_accessible(page)


def test_3_two_people_at_one_form_do_not_overwrite_each_other(
    page: Page, browser: Browser, live_server: str, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    other = browser.new_context(base_url=live_server).new_page()
    given_i_am_signed_in(other, place.emails["nurse"])
    for one in (page, other):
        one.goto(f"/people/{place.joe}/assessment")
    answer(other, "Falls in the last twelve months", "Two or more")
    answer(other, "Eating and drinking", "Needs help")
    other.get_by_role("button", name="Save and go on later").click()
    expect(other.get_by_role("alert")).to_contain_text("Saved.")
    answer(page, "Falls in the last twelve months", "One")
    page.get_by_role("button", name="Save and go on later").click()
    expect(page.get_by_role("alert").first).to_contain_text("Maria Lopez answered this at")
    falls = page.get_by_role("group", name="Falls in the last twelve months", exact=True)
    expect(falls).to_contain_text("Maria Lopez answered “Two or more”")
    expect(falls.get_by_label("One", exact=True)).to_be_checked()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Save and go on later").click()
    expect(page.get_by_role("alert")).to_contain_text("Saved.")
    page.goto(f"/people/{place.joe}/assessment")
    expect(falls.get_by_label("One", exact=True)).to_be_checked()
    eating = page.get_by_role("group", name="Eating and drinking", exact=True)
    expect(eating.get_by_label("Needs help")).to_be_checked()
    other.context.close()


def test_4_a_lost_connection_loses_nothing(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/assessment")
    # Nothing arrives, and the browser never says that it is back: only the next page brings the words back.
    page.route("**/assessment/draft", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("What worries you most?").fill("Being a burden to Annie")
    expect(page.get_by_text("No connection. Your words are kept on this device")).to_be_visible()
    held = page.evaluate("JSON.stringify(localStorage)")
    assert "careweave-kept" in held and "burden" not in held
    page.unroute("**/assessment/draft")
    with page.expect_response(re.compile("/assessment/draft$")):
        page.reload()
    expect(page.get_by_label("What worries you most?")).to_have_value("Being a burden to Annie")
    expect(page.get_by_text(re.compile("^Saved at"))).to_be_visible()
    page.wait_for_function("localStorage.length === 0")


def test_5_words_kept_on_a_device_are_nobody_elses(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.route("**/assessment/draft", lambda route: route.abort())
    page.goto(f"/people/{place.joe}/assessment")
    page.get_by_label("What worries you most?").fill("Only for the team")
    expect(page.get_by_text("No connection.")).to_be_visible()
    page.context.clear_cookies()
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto(f"/people/{place.joe}/assessment")
    assert page.evaluate("localStorage.length") == 1
    expect(page.get_by_label("What worries you most?")).not_to_have_value("Only for the team")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_function("localStorage.length === 0")


def test_6_without_javascript_the_same_form_saves(browser: Browser, live_server: str, place: Place) -> None:
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    page = context.new_page()
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto(f"/people/{place.joe}/assessment")
    page.get_by_label("What worries you most?").fill("Without a script")
    page.get_by_role("button", name="Save and go on later").click()
    page.goto(f"/people/{place.joe}/assessment")
    expect(page.get_by_label("What worries you most?")).to_have_value("Without a script")
    context.close()


def test_7_saving_as_typed_takes_under_150_ms(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/assessment")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    shown = page.locator("input[name=was-worry]").input_value()
    taken = []
    for number in range(12):
        form = {"csrfmiddlewaretoken": token, "was-worry": shown, "t-worry": f"Word {number}"}
        began = time.perf_counter()
        answered = page.request.post(
            f"/people/{place.joe}/assessment/draft", form=form, headers={"Referer": page.url}
        )
        taken.append(time.perf_counter() - began)
        assert answered.ok, answered.text()
    assert statistics.median(taken) < 0.150, taken


def test_8_who_is_not_in_the_team_cannot_assess(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["stranger"])
    reached = page.goto(f"/people/{place.joe}/assessment")
    assert reached is not None and reached.status == 404
