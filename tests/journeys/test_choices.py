"""Joe decides what is shared; a doctor opens his record in an emergency; the governance lead answers for it all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]
HONEST = "Some information is not shared with you."


@pytest.fixture
def another(browser: Browser, live_server: str) -> Iterator[Page]:
    """A second person's browser."""
    context = browser.new_context(base_url=live_server, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_1_joe_keeps_something_back_and_staff_see_one_honest_sentence(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(another, place.emails["gp"])
    another.goto(f"/people/{place.joe}")
    expect(another.get_by_text("Riverside Hospital, 12 November 2026").first).to_be_visible()
    expect(another.get_by_text(HONEST)).to_have_count(0)
    mentions = another.content().lower().count("mental health")  # a service may be called so

    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="My choices", exact=True).click()
    expect(page.get_by_text("Everything is shared with the people who care for you.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Do not share this").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what should not be shared.")
    for what in ("Anything about my mental health", "What Riverside Hospital wrote"):
        page.get_by_label(what).check()
        page.get_by_label("Everyone else who cares for me").check()
        page.get_by_role("button", name="Do not share this").click()
        expect(page.get_by_role("alert")).to_contain_text("From now on this is not shared.")
    expect(page.get_by_text("Without them you could be harmed.")).to_be_visible()
    then_the_page_is_accessible(page)

    another.reload()
    expect(another.get_by_text(HONEST)).to_be_visible()
    expect(
        another.get_by_text("Allergy: penicillin, rash")
    ).to_be_visible()  # it still flows, to keep Joe safe
    expect(another.get_by_text("Two each morning")).to_have_count(0)
    body = another.content()
    assert body.lower().count("mental health") == mentions and "What Riverside Hospital wrote" not in body


def test_2_joe_changes_his_mind_and_it_counts_at_the_next_click(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(another, place.emails["gp"])
    another.goto(f"/people/{place.joe}")
    expect(another.get_by_text(HONEST)).to_be_visible()
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/choices")
    for left in (1, 0):
        page.get_by_role("button", name="Share it again").first.click()
        expect(page.get_by_role("button", name="Share it again")).to_have_count(left)
    page.get_by_text("Earlier choices").click()
    expect(page.get_by_text("what Riverside Hospital wrote. From")).to_be_visible()
    another.reload()
    expect(another.get_by_text(HONEST)).to_have_count(0)
    expect(another.get_by_text("Two each morning")).to_be_visible()


def test_3_joe_opts_out_of_counting_and_his_care_stays_the_same(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/choices")
    page.get_by_role("button", name="Do not use my information for counting").click()
    expect(page.get_by_role("heading", name="My choices")).to_be_visible()
    expect(page.get_by_text("Your own care is the same as before.")).to_be_visible()
    page.get_by_role("button", name="Use it again for counting").click()
    expect(page.get_by_role("button", name="Do not use my information for counting")).to_be_visible()


def test_4_a_doctor_opens_the_record_in_an_emergency_and_joe_reads_why(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["stranger"])
    page.goto("/emergency")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter an NHS number")
    page.get_by_label("NHS number").fill("999 000 0018")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("HARPER, Joseph")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="This is the person").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Open for 60 minutes").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose why you need this.")
    page.get_by_label("Life at risk").check()
    page.get_by_label("What is happening?").fill("He fell at the bus stop and cannot speak")
    page.get_by_role("button", name="Open for 60 minutes").click()
    expect(page.get_by_text("Open until")).to_be_visible()
    expect(page.get_by_text("Allergy: penicillin, rash").first).to_be_visible()
    expect(page.get_by_text("Dementia").first).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_text("Dementia")).to_have_count(0)  # everyday care is still shut

    given_i_am_signed_in(another, place.emails["joe"], portal=True)
    another.goto("/my/who-looked")
    expect(another.get_by_text("Opened the record in an emergency, for an hour")).to_be_visible()
    expect(another.get_by_text("He fell at the bus stop and cannot speak")).to_be_visible()


def test_5_the_governance_lead_reviews_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="Who has looked").first.click()
    expect(page.get_by_text("1 record was opened in an emergency and nobody has checked it.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Emergencies").first.click()
    expect(page.get_by_text("“He fell at the bus stop and cannot speak”")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="review what Una Stranger opened").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you found.")
    page.get_by_label("It was right to open the record").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing to review.")).to_be_visible()


def test_6_the_governance_lead_asks_who_may_see_what_and_why(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="Who may see what").first.click()
    page.get_by_label("Who looks?").select_option(label="Ruth Cole")
    page.get_by_label("About whom?").fill(place.joe)
    page.get_by_label("Caring for the person").check()
    page.get_by_role("button", name="Explain").click()
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Ruth Cole, GP")).to_be_visible()
    expect(answer.get_by_text("the person is registered with my practice").first).to_be_visible()
    then_the_page_is_accessible(page)


def test_7_an_agreement_that_ends_is_told_where_the_data_would_be(
    page: Page, another: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="Agreements", exact=True).click()
    then_the_page_is_accessible(page)
    page.get_by_role("row", name="Riverside Hospital").get_by_role("link").click()
    then_the_page_is_accessible(page)
    page.get_by_label("Why does it end?").fill("it was not renewed")
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_text("Ended (1)")).to_be_visible()
    given_i_am_signed_in(another, place.emails["gp"])
    another.goto(f"/people/{place.joe}")
    expect(
        another.get_by_text("Riverside Hospital’s records are not shown: its sharing agreement ended on")
    ).to_be_visible()
    expect(another.get_by_text("Two each morning")).to_have_count(0)
    page.get_by_text("Add an agreement").click()
    page.get_by_label("Name of the agreement").fill("Direct care, renewed")
    page.get_by_label("Who supplies the information?").select_option(label="Riverside Hospital")
    page.get_by_label("an organisation that provides care").check()
    page.get_by_label("clinical and care information").check()
    page.get_by_label("caring for the person").check()
    page.get_by_label("Who signed?").fill("The hospital’s chief officer")
    page.get_by_role("button", name="Add the agreement").click()
    expect(page.get_by_role("alert")).to_contain_text("The agreement was added.")
    another.reload()
    expect(another.get_by_text("Two each morning")).to_be_visible()
