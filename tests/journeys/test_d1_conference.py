"""D1, start to end: the GP plans, the nurse asks, Joe answers, the team decides, Tom agrees, Joe reads, all look back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
DAY = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=9)


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team(place: Place) -> None:
    from careweave.care.teams.enrolment import Enrolled, take_on
    from careweave.identity import staffing
    from tests import factories as make
    from tests.journeys import place as places

    made = staffing.add_team(
        id="weir",
        name="Weir team",
        organisation=places.COMMUNITY,
        manager=place.staff["priya"],
        telephone="01632 960101",
        out_of_hours="01632 960199",
        practices=[places.PRACTICE],
    )
    assert not isinstance(made, str), made
    roles = {
        "priya": ("coordinator", places.COMMUNITY),
        "gp": ("gp", places.PRACTICE),
        "nurse": ("district-nurse", places.COMMUNITY),
        "social": ("social-care-worker", places.COUNCIL),
    }
    for key, (role, organisation) in roles.items():
        staffing.add_staff(
            staffing.administering(),
            name=place.staff[key].name,
            email=place.emails[key],
            role=role,
            organisation=organisation,
            team="weir",
        )
    gate = place.gate("priya", "coordinator")
    worker = make.worker(place.staff["priya"], "coordinator", team="weir")
    taken = take_on(gate, person_id=place.joe, coordinator=worker)
    assert isinstance(taken, Enrolled), taken
    places.complete_the_team(place)


@pytest.fixture
def phone(browser: Browser, live_server: str) -> Iterator[Page]:
    """A telephone, for those who are not at a desk."""
    size = {"width": 390, "height": 780}
    context = browser.new_context(base_url=live_server, viewport=size, has_touch=True, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser, live_server: str) -> Iterator[Page]:
    """A browser that runs no script."""
    context = browser.new_context(base_url=live_server, java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_1_the_gp_plans_a_conference_and_brings_joe_by_keyboard_alone(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["gp"])
    page.get_by_role("link", name="Case conferences").click()
    expect(page.get_by_text("No conference is planned.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Plan a case conference").click()
    page.keyboard.press("Tab")
    page.get_by_label("Day").focus()
    for part in (DAY.day, DAY.month, DAY.year):
        page.keyboard.type(str(part))
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Plan it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No cases yet.")).to_be_visible()
    expect(page.get_by_text("Tom Reid, social care worker · papers")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Choose cases").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose cases")).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    page.locator("summary", has_text="Put Joe on the agenda").press("Enter")
    add = page.locator(f"button[value='{place.joe}']")
    add.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Say why Joe’s case is brought.")
    page.locator(f"#why-{place.joe}").fill("Urine infection, more confused")
    page.locator(f"#question-{place.joe}").fill("Can Joe stay at home with help?")
    page.locator(f"#asker-{place.joe}").select_option(label="Maria Lopez, district nurse")
    add.press("Enter")
    expect(page.get_by_text("Joe is on the agenda, and is invited.")).to_be_visible()


def test_2_whom_nobody_suggested_and_a_stranger_who_is_no_part_of_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").click()
    page.get_by_role("link", name="Choose cases").click()
    page.get_by_label("Who?").fill("Annie")
    page.get_by_role("button", name="Find", exact=True).last.click()
    page.get_by_text("Put Annie on the agenda").last.click()
    page.locator(f"#why-{place.annie}").last.fill("Looks after Joe and is tired")
    page.locator(f"button[value='{place.annie}']").last.click()
    expect(page.get_by_text("Annie is on the agenda, and is invited.")).to_be_visible()
    given_i_am_signed_in(page, place.emails["stranger"])
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_role("heading", name="We could not find that page")).to_be_visible()


def test_3_joe_and_annie_answer_on_the_telephone(phone: Page, place: Place) -> None:
    given_i_am_signed_in(phone, place.emails["joe"], portal=True)
    expect(phone.get_by_text("Meeting about your care", exact=False).first).to_be_visible()
    phone.get_by_role("link", name="Meetings about my care").click()
    then_the_page_is_accessible(phone)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("alert")).to_contain_text("Choose whether you will come.")
    phone.get_by_label("Someone who looks after me will speak for me").check()
    phone.get_by_label("What do you want us to know?").fill("I want to walk to the club with Annie")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("It is read out at the meeting on")).to_be_visible()
    phone.get_by_role("button", name="Sign out").click()
    given_i_am_signed_in(phone, place.emails["annie"], portal=True)
    phone.goto("/my/caring")
    phone.get_by_role("link", name="Meetings about Joe’s care").click()
    then_the_page_is_accessible(phone)
    phone.get_by_label("I will speak for them").check()
    phone.get_by_label("What do you want us to know?").fill("He gets up at night")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("He gets up at night")).to_be_visible()


def test_4_the_nurse_finds_her_task_in_my_day_and_writes_what_joe_said(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto("/day")
    page.locator("a[href^='/conferences/asks/']").first.click()
    expect(page.get_by_text("I want to walk to the club with Annie")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_label("Annie will speak for Joe").check()
    page.get_by_label("What should we know?").fill("The stairs frighten me")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is read out first when Joe’s case is discussed.")).to_be_visible()
    expect(page.get_by_text("Annie will speak for Joe")).to_be_visible()
    page.get_by_role("button", name="Lock the papers").click()
    expect(page.get_by_text("The papers of 2 cases are locked.")).to_be_visible()
    page.get_by_role("link", name="Papers", exact=True).click()
    expect(
        page.get_by_text("“The stairs frighten me”").or_(page.get_by_text("The stairs frighten me"))
    ).to_be_visible()
    then_the_page_is_accessible(page)
    href = page.get_by_role("link", name="Print my papers").get_attribute("href")
    printed = page.request.get(str(href))
    assert printed.ok and printed.headers["content-type"] == "application/pdf"
    page.goto(f"/people/{place.joe}?note=1")
    page.get_by_label("Visit", exact=True).check()
    page.get_by_label("What happened").fill("Joe did not sleep last night")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved.")).to_be_visible()


def test_5_the_team_decides_without_social_care(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").click()
    page.get_by_role("button", name="Begin the conference").click()
    for name in ("Ruth Cole, GP", "Maria Lopez, district nurse"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Save who is here").click()
    expect(page.get_by_text("No one from social care: decisions are provisional")).to_be_visible()
    expect(page.get_by_text("Case 1 of 2")).to_be_visible()
    expect(page.get_by_text("7 minutes left")).to_be_visible()
    expect(page.get_by_text("Maria Lopez added a note since:")).to_be_visible()
    expect(page.get_by_text("I want to walk to the club with Annie")).to_be_visible()
    expect(page.get_by_text("Annie Harper", exact=False)).to_have_count(
        1
    )  # as who may be here; no other case is named
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Add decision").click()
    expect(page.get_by_role("alert")).to_contain_text("Write what was decided.")
    page.get_by_label("We decided").fill("Visit Joe at home within two days")
    page.get_by_role("button", name="Add decision").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a person. ‘Team’ cannot do it.")
    expect(page.get_by_label("We decided")).to_have_value("Visit Joe at home within two days")
    page.get_by_label("Who", exact=True).select_option(label="Maria Lopez")
    page.get_by_role("button", name="Add decision").click()
    expect(page.locator("b", has_text="Visit Joe at home within two days")).to_be_visible()
    page.locator("summary", has_text="Someone disagrees").click()
    page.get_by_label("Who disagrees?").fill("Priya Shah")
    page.get_by_label("In their own words").fill("Joe should choose the day")
    page.get_by_role("button", name="Keep these words").click()
    expect(page.get_by_text("Priya Shah disagrees")).to_be_visible()
    page.locator("summary", has_text="Who is here").click()
    page.get_by_role("button", name="Hide the time").click()
    expect(page.get_by_text("minutes left")).to_have_count(0)
    page.get_by_role("button", name="Come back to Joe later").click()
    page.get_by_role("button", name="Finish Annie and go to the next").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "No decisions yet for Annie. If none is needed, say why."
    )
    expect(page.get_by_label("Why is none needed?")).to_be_visible()
    page.get_by_label("Why is none needed?").fill("Tom sees Annie next week anyway")
    page.get_by_role("button", name="Finish Annie and go to the next").click()
    expect(page.locator("b", has_text="Visit Joe at home within two days")).to_be_visible()
    page.get_by_role("button", name="Finish Joe").click()
    expect(page.get_by_text("Not told yet").first).to_be_visible()
    then_the_page_is_accessible(page)


def test_6_tom_agrees_without_javascript_and_the_decision_stands(plain: Page, place: Place) -> None:
    given_i_am_signed_in(plain, place.emails["social"])
    plain.goto("/day")
    plain.locator("a[href^='/conferences/agree/']").first.click()
    expect(plain.get_by_text("No one from social care was at the case conference")).to_be_visible()
    plain.get_by_role("button", name="Answer").click()
    expect(plain.get_by_role("alert")).to_contain_text("Choose whether you agree.")
    plain.get_by_label("I agree", exact=True).check()
    plain.get_by_role("button", name="Answer").click()
    expect(plain.get_by_text("The decisions stand.")).to_be_visible()


def test_7_joe_is_told_in_plain_words_and_reads_it(page: Page, phone: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").first.click()
    page.get_by_role("row", name="Joe Harper").get_by_role("link", name="Not told yet").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send to Joe").click()
    expect(page.get_by_role("alert")).to_contain_text("Read it through once more, and tick that you did.")
    page.get_by_label("I have read it through").check()
    page.get_by_role("button", name="Send to Joe").click()
    expect(page.get_by_text("Sent to 2 people.")).to_be_visible()
    given_i_am_signed_in(phone, place.emails["joe"], portal=True)
    phone.goto("/my/meetings")
    expect(phone.get_by_text("Maria Lopez will do this by")).to_be_visible()
    then_the_page_is_accessible(phone)
    page.reload()
    expect(page.locator("strong", has_text="Read")).to_have_count(1)
    page.get_by_role("link", name="Back to the agenda").click()
    page.get_by_role("link", name="Minutes").click()
    expect(page.get_by_text("Joe should choose the day")).to_be_visible()
    expect(page.get_by_text("Tom Reid agreed on")).to_be_visible()
    expect(page.get_by_text("GP: 1 person, 2 minutes")).to_be_visible()
    then_the_page_is_accessible(page)
    printed = page.request.get(str(page.get_by_role("link", name="Print the minutes").get_attribute("href")))
    assert printed.ok and printed.headers["content-type"] == "application/pdf"


def test_8_priya_looks_back_after_thirty_days_and_the_month_counts_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day")
    page.locator("a[href^='/conferences/reviews/']").first.click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Save the result").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose whether an emergency admission was avoided.")
    page.get_by_label("Yes: it was likely, and it did not happen").check()
    page.get_by_label("Partly").check()
    page.get_by_role("button", name="Save the result").click()
    expect(page.get_by_text("The result is kept.")).to_be_visible()
    page.goto("/conferences/counter")
    row = page.get_by_role("row", name="Ruth Cole")
    expect(row).to_contain_text("1")
    expect(page.get_by_text("This does not show that the meeting caused it.")).to_be_visible()
    then_the_page_is_accessible(page)
