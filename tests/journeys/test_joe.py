"""Joe from the suggestion to the plan in everyone's hands: coordinator, nurse, Joe, Annie, the volunteer, a stranger."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
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


@pytest.fixture
def another(browser: Browser, live_server: str) -> Iterator[Page]:
    """A second person's browser."""
    context = browser.new_context(base_url=live_server, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_1_the_coordinator_takes_on_the_person_who_was_suggested(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    then_the_page_is_accessible(page)
    page.get_by_role("navigation", name="Lists").get_by_role("link", name="Suggested people").click()
    expect(
        page.get_by_text("Suggested because: over 75, urine infection in November, more confused.")
    ).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Take on").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Take on").click()
    expect(page.get_by_role("alert")).to_contain_text("You are now in charge of Joe’s care.")
    expect(page.get_by_text("In charge: Priya Shah")).to_be_visible()
    from tests.journeys import place as places

    places.complete_the_team(place)


def test_2_the_person_page_shows_every_source_and_where_they_differ(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_text("HARPER, Joseph (known as Joe)")).to_be_visible()
    expect(page.get_by_text("Allergy: penicillin, rash")).to_be_visible()
    medicines = page.locator("li", has_text="Bisoprolol 2.5mg tablets")
    expect(medicines.get_by_text("Sources differ")).to_be_visible()
    expect(medicines.get_by_text("Mill Lane Surgery, 2 October 2026")).to_be_visible()
    expect(medicines.get_by_text("Riverside Hospital, 12 November 2026")).to_be_visible()
    expect(page.get_by_text("A&E: Confusion", exact=True)).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)


def test_3_a_filter_is_a_link_with_its_own_address(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("list", name="Show by sector").get_by_role("link", name="Hospital").click()
    expect(page).to_have_url(re.compile(r"\?sector=hospital#what-happened$"))
    expect(page.get_by_text("GP appointment")).to_have_count(0)
    expect(page.locator("a[aria-current=true]")).to_have_text("Hospital")


def test_4_a_note_is_saved_undone_and_told(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="Add a note").first.click()
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose whether this was a call")
    then_the_page_is_accessible(page)
    page.get_by_label("Call", exact=True).check()
    page.get_by_label("What happened").fill("Annie")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("alert")).to_contain_text("A note needs a few words in ‘What happened’.")
    expect(page.get_by_label("What happened")).to_have_value("Annie")
    page.get_by_label("What happened").fill("Annie rang: Joe slept badly")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("alert")).to_contain_text("Note saved.")
    expect(page.get_by_text("Annie rang: Joe slept badly")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. The note is struck through.")).to_be_visible()
    expect(page.get_by_text("Entered by mistake", exact=True)).to_be_visible()


def test_5_find_a_person_by_any_of_their_words(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    for words in ("Joe", "harper weir", "999 000 0018", "4 March 1941", "01632 960312"):
        page.get_by_label("Find a person").fill(words)
        page.get_by_label("Find a person").press("Enter")
        expect(page.get_by_role("link", name="HARPER, Joseph (known as Joe)")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_label("Find a person").fill("Zebedee")
    page.get_by_label("Find a person").press("Enter")
    expect(page.get_by_text("No one found for ‘Zebedee’. Try a first name and a street")).to_be_visible()


def _fill_the_plan(page: Page) -> None:
    page.get_by_label("What matters most to Joe").fill("Walking to the club with Annie")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What Joe and the people around can do").fill("Joe knows his garden. Annie cooks.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("The goal, in Joe’s own words").fill("I want to walk to the club with Annie")
    page.get_by_label("9", exact=True).check()
    first = page.get_by_role("group", name="Action 1").first
    first.get_by_label("What", exact=True).fill("Try a walking frame")
    first.get_by_label("Who", exact=True).select_option(label="Priya Shah")
    page.get_by_role("group", name="Dementia").get_by_label("The plan covers this").check()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Then do this").first.fill("Their daughter comes for the night")
    page.get_by_label("Call (who)").first.fill("Priya Shah")
    page.get_by_label("Number").first.fill("01632 960101")
    page.get_by_label("What Joe does, 1").fill("I ring Susan before I go to bed")
    page.get_by_label("Helper 1", exact=True).fill("Susan, daughter")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Continue").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Reviewed by").select_option(label="Priya Shah")
    for part, value in (("Day", "1"), ("Month", "6"), ("Year", "2099")):
        page.get_by_label(part).fill(value)
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Continue").click()


def test_6_the_plan_is_written_checked_and_published(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/plan")
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Write the plan with Joe").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="1 What matters to Joe").click()
    page.get_by_role("button", name="Save and see all parts").click()
    page.get_by_role("button", name="Publish and send copies").click()
    expect(page.get_by_role("alert")).to_contain_text("You cannot publish yet")
    expect(page.get_by_role("link", name="Choose who will review the plan")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="1 What matters to Joe").click()
    _fill_the_plan(page)
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()
    page.get_by_role("link", name="See Joe’s copy").click()
    expect(page.get_by_text("Draft, not agreed")).to_be_visible()
    then_the_page_is_accessible(page)
    page.go_back()
    page.get_by_role("button", name="Publish and send copies").click()
    expect(page.get_by_role("heading", name="Version 1 is published")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Joe"))).to_contain_text("Sent")
    then_the_page_is_accessible(page)


def test_8_joe_reads_his_own_copy_and_his_reading_is_the_receipt(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    expect(page.get_by_role("heading", name="Hello Joe")).to_be_visible()
    expect(page.get_by_text("Priya Shah is in charge of your care.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Read my plan").click()
    expect(page.get_by_text("“I want to walk to the club with Annie”")).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    given_i_am_signed_in(another, place.emails["priya"])
    another.goto(f"/people/{place.joe}/plan/copies")
    expect(another.get_by_role("row", name=re.compile("^Joe")).first).to_contain_text("Read,")


def test_9_annie_reads_the_plan_that_joe_shares_and_nothing_more(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["annie"], portal=True)
    expect(page.get_by_role("heading", name="Hello Annie")).to_be_visible()
    expect(page.get_by_text("You can see Joe’s plan and visits. Joe agreed to this on")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Read Joe’s plan").click()
    expect(page.get_by_text("“I want to walk to the club with Annie”")).to_be_visible()
    then_the_page_is_accessible(page)
    for path in (f"/people/{place.joe}", "/my/who-looked", "/day"):
        page.goto(path)
        expect(page.get_by_role("heading", name="We could not find that page")).to_be_visible()


def test_10_the_nurse_reads_her_copy_and_the_stranger_learns_nothing(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto(f"/people/{place.joe}/plan")
    expect(page.get_by_role("heading", name="“I want to walk to the club with Annie”")).to_be_visible()
    then_the_page_is_accessible(page)
    given_i_am_signed_in(another, place.emails["stranger"])
    for path in (
        f"/people/{place.joe}",
        f"/people/{place.joe}/plan",
        "/people/8f3f7a52-1111-4a5e-9d00-000000000099",
    ):
        answer = another.goto(path)
        assert answer is not None and answer.status == 404
        expect(another.get_by_text("We could not find that page, or you cannot open it.")).to_be_visible()
        expect(another.get_by_text("Harper")).to_have_count(0)


def test_11_the_volunteer_sees_the_visit_and_nothing_else(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["volunteer"])
    expect(page.get_by_role("heading", name="Your visits")).to_be_visible()
    expect(page.get_by_text("12 Weir Road, Riverside")).to_be_visible()
    expect(page.get_by_text("Speak to the left side")).to_be_visible()
    for word in ("Harper", "999 000 0018", "Dementia", "penicillin"):
        expect(page.get_by_text(word)).to_have_count(0)
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="I am worried about Joe").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Back to your visits").click()
    page.get_by_role("link", name="I have been").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose how it went")
    page.get_by_label("It went well").check()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Thank you.")


def test_12_joe_can_read_who_has_looked(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="Who has looked").first.click()
    for name in ("Priya Shah", "Maria Lopez"):
        expect(page.get_by_text(name).first).to_be_visible()
    then_the_page_is_accessible(page)


def test_13_the_crisis_card_is_one_click_from_search(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto("/find?q=harper+weir")
    page.get_by_role("link", name="Crisis card").first.click()
    expect(page.get_by_text("Resuscitation: no decision recorded")).to_be_visible()
    expect(page.get_by_role("link", name="01632 960101").first).to_be_visible()
    then_the_page_is_accessible(page)


def test_14_the_plan_is_printed_tagged_and_large(page: Page, place: Place) -> None:
    import pypdf

    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    for query in ("", "?large=1"):
        answer = page.request.get(f"/my/plan.pdf{query}")
        assert answer.headers["content-type"] == "application/pdf"
        read = pypdf.PdfReader(io.BytesIO(answer.body()))
        root = read.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB"
        words = read.pages[0].extract_text()
        assert "HARPER, Joseph (known as Joe)" in words and "page 1 of" in words
        assert "Draft, not agreed" not in words and len(read.pages) <= 4


def test_15_two_people_write_the_same_part_and_no_words_are_lost(
    page: Page, another: Page, place: Place
) -> None:
    for one, who in ((page, "priya"), (another, "nurse")):
        given_i_am_signed_in(one, place.emails[who])
        one.goto(f"/people/{place.joe}/plan/edit/strengths")
    another.get_by_label("What Joe and the people around can do").fill("Joe feeds the birds")
    another.get_by_role("button", name="Continue").click()
    expect(another.get_by_role("heading", name="Goals and who does what")).to_be_visible()
    page.get_by_label("What Joe and the people around can do").fill("Annie drives")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Maria Lopez changed this at")).to_be_visible()
    expect(page.get_by_text("Joe feeds the birds")).to_be_visible()
    expect(page.get_by_label("What Joe and the people around can do")).to_have_value("Annie drives")
    then_the_page_is_accessible(page)


def test_16_words_are_saved_as_typed(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/plan/edit/matters")
    with page.expect_response(re.compile("/plan/edit/matters/draft$")) as answer:
        page.get_by_label("What matters most to Joe").fill("The river, and the club")
    assert answer.value.status == 200
    expect(page.get_by_text(re.compile("^Saved at .*[ap]m$"))).to_be_visible()
    page.reload()
    expect(page.get_by_label("What matters most to Joe")).to_have_value("The river, and the club")


def test_17_everything_works_without_javascript(browser: Browser, live_server: str, place: Place) -> None:
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    page = context.new_page()
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}?note=1")
    page.get_by_label("Visit", exact=True).check()
    page.get_by_label("What happened").fill("Saw Joe in the garden")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved.")).to_be_visible()
    page.goto(f"/people/{place.joe}/plan/edit/matters")
    page.get_by_label("What matters most to Joe").fill("Without a script")
    page.get_by_role("button", name="Save and see all parts").click()
    expect(page.get_by_role("link", name="1 What matters to Joe")).to_be_visible()
    context.close()
