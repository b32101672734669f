"""Annie acts for Joe as his attorney: added, stopped for safety by one, opened by another, and ended by Joe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team_of_two(place: Place) -> None:
    from careweave.care.teams.membership import add_member
    from tests import factories as make
    from tests.journeys.place import take_joe_on

    gate = take_joe_on(place)
    add_member(gate, person_id=place.joe, worker=make.worker(place.staff["nurse"], "district-nurse"))


@pytest.fixture
def annie(browser: Browser, live_server: str) -> Iterator[Page]:
    """Annie's own browser, which stays open while others decide."""
    context = browser.new_context(base_url=live_server, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def fill_day(page: Page, legend: str, day: str) -> None:
    group = page.get_by_role("group", name=legend)
    for label, part in zip(("Day", "Month", "Year"), day.split(), strict=True):
        group.get_by_label(label).fill(part)


def test_a_power_for_property_is_added_stopped_opened_and_ended(
    page: Page, annie: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/team")
    page.get_by_role("link", name="Who may act for Joe").click()
    expect(page.get_by_text("Nobody acts for Joe now.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what they are.")
    today = f"{datetime.now(UTC).day} {datetime.now(UTC).month} {datetime.now(UTC).year}"
    page.get_by_label("Attorney for property and money (LPA)").check()
    page.get_by_label("First name").fill("Annie")
    page.get_by_label("Surname").fill("Harper")
    fill_day(page, "Their date of birth", "6 5 1944")
    page.get_by_label("What did you see?").fill("Registered LPA for property, stamped")
    fill_day(page, "When did you see it?", today)
    page.get_by_label("They can decide, and agreed").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Annie Harper, Attorney for property and money (LPA)")
    then_the_page_is_accessible(page)

    given_i_am_signed_in(annie, place.emails["annie"], portal=True)
    expect(annie.get_by_text("nothing about health")).to_be_visible()
    expect(annie.get_by_text("may be kept back from you")).to_be_visible()
    then_the_page_is_accessible(annie)

    page.get_by_text("Stop everything they see, to keep Joe safe").click()
    page.get_by_label("Why?").last.fill("Money is missing from his account")
    page.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_text("A colleague must open it again.")).to_be_visible()
    then_the_page_is_accessible(page)
    fill_day(page, "Which day?", today)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("Nobody could act for Joe.")).to_be_visible()
    annie.reload()
    expect(annie.get_by_text("Nobody’s care is shared with you here now.")).to_be_visible()
    assert "safe" not in annie.locator("main").inner_text().lower()

    page.context.clear_cookies()
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/acting")
    expect(page.get_by_text("Money is missing from his account")).to_be_visible()
    then_the_page_is_accessible(page)


def test_annie_loses_access_at_the_next_click_when_joe_ends_it_and_he_sees_both_events(
    page: Page, annie: Page, place: Place
) -> None:
    from careweave.identity import representatives

    colleague = place.gate("nurse", "district-nurse")
    (stopped,) = representatives.freezes(colleague, place.joe)
    representatives.unfreeze(
        colleague, person_id=place.joe, freeze_id=stopped.id, reason="It was found again"
    )
    given_i_am_signed_in(annie, place.emails["annie"], portal=True)
    expect(annie.get_by_role("heading", name="Joe’s care")).to_be_visible()
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="Who may act for me").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="End this now").click()
    expect(page.get_by_role("alert")).to_contain_text("Annie Harper cannot see this any more.")
    annie.reload()
    expect(annie.get_by_text("Nobody’s care is shared with you here now.")).to_be_visible()
    page.goto("/my/who-looked")
    expect(page.get_by_text("Priya Shah").first).to_be_visible()
    expect(page.get_by_text("Joseph Harper").first).to_be_visible()


def test_the_governance_lead_sees_who_acts_what_ended_and_what_was_stopped(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    page.goto("/governance/explain")
    page.get_by_label("About whom?").fill(place.joe)
    page.get_by_label("One's own care, or the care of someone one looks after").check()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("the person ended it")).to_be_visible()
    expect(page.get_by_text("Money is missing from his account")).to_be_visible()
    then_the_page_is_accessible(page)


def test_capacity_is_recorded_for_one_decision(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/capacity")
    then_the_page_is_accessible(page)
    page.get_by_label("The one decision").fill("Whether to move to a care home")
    page.get_by_label("How was Joe helped to decide?").fill("Pictures, at his best time of day")
    fill_day(
        page,
        "Day of the assessment",
        f"{datetime.now(UTC).day} {datetime.now(UTC).month} {datetime.now(UTC).year}",
    )
    page.get_by_label("Health or care").check()
    page.get_by_label("Cannot decide this now").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Without that, capacity is not lacking")
    page.get_by_label("What impairs the mind or brain?").fill("Dementia")
    page.get_by_label("keep it in mind long enough").check()
    page.get_by_label("How do you know?").fill("He forgot it within a minute, three times")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("cell", name="Cannot decide this now")).to_be_visible()
    then_the_page_is_accessible(page)
