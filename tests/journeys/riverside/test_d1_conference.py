"""D1, start to end: the GP plans, the nurse asks, Joe answers, the team decides, Alan agrees, Joe reads, all look back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
DAY = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=20)


@pytest.fixture(scope="module", autouse=True)
def given_joe_is_looked_after(riverside: Riverside) -> None:
    """Priya took on the person who was suggested to her, with his team and with Annie, who may know all."""
    from careweave.care.teams.enrolment import Enrolled, take_on
    from careweave.care.teams.membership import add_member, share_with_carer
    from careweave.record import Refusal

    gate, joe = riverside.gate("priya"), riverside.joe
    taken = take_on(gate, person_id=joe, coordinator=riverside.worker("priya"))
    assert isinstance(taken, Enrolled), taken
    for key in ("amina", "maria", "alan"):
        added = add_member(gate, person_id=joe, worker=riverside.worker(key))
        assert not isinstance(added, Refusal), added
    shared = share_with_carer(
        gate,
        person_id=joe,
        carer_id=riverside.annie,
        name="Annie Holloway",
        relationship="wife and carer",
        telephone="07700 900143",
        answer="all",
        evidence="Joe said so at home",
    )
    assert not isinstance(shared, Refusal), shared


def test_1_the_gp_plans_a_conference_and_brings_joe_by_keyboard_alone(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "amina")
    page.get_by_role("link", name="Case conferences").click()
    expect(page.get_by_text("Weir team · 1 case", exact=False)).to_be_visible()
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
    expect(page.get_by_text("Alan Peel, social care worker · papers")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Choose cases").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose cases")).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    page.locator("summary", has_text="Put Joe on the agenda").press("Enter")
    add = page.locator(f"button[value='{riverside.joe}']")
    add.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Say why Joe’s case is brought.")
    page.locator(f"#why-{riverside.joe}").fill("Urine infection, more confused")
    page.locator(f"#question-{riverside.joe}").fill("Can Joe stay at home with help?")
    page.locator(f"#asker-{riverside.joe}").select_option(label="Maria Lopes, district nurse")
    add.press("Enter")
    expect(page.get_by_text("Joe is on the agenda, and is invited.")).to_be_visible()


def test_2_whom_nobody_suggested_and_a_stranger_who_is_no_part_of_it(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "amina")
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").click()
    page.get_by_role("link", name="Choose cases").click()
    page.get_by_label("Who?").fill("Annie")
    page.get_by_role("button", name="Find", exact=True).last.click()
    page.locator("summary", has_text="Put Annie on the agenda").click()
    add = page.locator(f"button[value='{riverside.annie}']")
    page.locator(f"#why-{riverside.annie}").fill("")
    add.click()
    expect(page.get_by_role("alert")).to_contain_text("why")
    page.locator(f"#why-{riverside.annie}").fill("Looks after Joe and is tired")
    add.click()
    expect(page.get_by_text("Annie is on the agenda, and is invited.")).to_be_visible()
    given_i_am(page, "daniel")
    page.goto(f"/people/{riverside.joe}")
    expect(page.get_by_role("heading", name="We could not find that page")).to_be_visible()


def test_3_joe_and_annie_answer_on_the_telephone(another: Page, riverside: Riverside) -> None:
    given_i_am(another, "joe")
    expect(another.get_by_text("Meeting about your care", exact=False).first).to_be_visible()
    another.get_by_role("link", name="Meetings about my care").click()
    then_the_page_is_accessible(another)
    another.get_by_role("button", name="Send").click()
    expect(another.get_by_role("alert")).to_contain_text("Choose whether you will come.")
    another.get_by_label("Someone who looks after me will speak for me").check()
    another.get_by_label("What do you want us to know?").fill("I want to walk to the club with Annie")
    another.get_by_role("button", name="Send").click()
    expect(another.get_by_text("It is read out at the meeting on")).to_be_visible()
    another.get_by_role("button", name="Sign out").click()
    given_i_am(another, "annie")
    another.goto("/my/caring")
    another.get_by_role("link", name="Meetings about Joe’s care").click()
    then_the_page_is_accessible(another)
    another.get_by_label("I will speak for them").check()
    another.get_by_label("What do you want us to know?").fill("He gets up at night")
    another.get_by_role("button", name="Send").click()
    expect(another.get_by_text("He gets up at night")).to_be_visible()


def test_4_the_nurse_finds_her_task_in_my_day_and_writes_what_joe_said(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "maria")
    page.goto("/day")
    page.locator("a[href^='/conferences/asks/']", has_text="Joe").first.click()
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
    page.goto(f"/people/{riverside.joe}?note=1")
    page.get_by_label("Visit", exact=True).check()
    page.get_by_label("What happened").fill("Joe did not sleep last night")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved.")).to_be_visible()


def test_5_the_team_decides_without_social_care(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "amina")
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").click()
    page.get_by_role("button", name="Begin the conference").click()
    for name in ("Dr Amina Rahman, GP", "Maria Lopes, district nurse"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Save who is here").click()
    expect(page.get_by_text("No one from social care: decisions are provisional")).to_be_visible()
    expect(page.get_by_text("Case 1 of 2")).to_be_visible()
    expect(page.get_by_text("7 minutes left")).to_be_visible()
    expect(page.get_by_text("Maria Lopes added a note since:")).to_be_visible()
    expect(page.get_by_text("I want to walk to the club with Annie")).to_be_visible()
    expect(page.get_by_text("Annie Holloway", exact=False)).to_have_count(
        1
    )  # as who may be here; no other case is named
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Add decision").click()
    expect(page.get_by_role("alert")).to_contain_text("Write what was decided.")
    page.get_by_label("We decided").fill("Visit Joe at home within two days")
    page.get_by_role("button", name="Add decision").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a person. ‘Team’ cannot do it.")
    expect(page.get_by_label("We decided")).to_have_value("Visit Joe at home within two days")
    page.get_by_label("Who", exact=True).select_option(label="Maria Lopes")
    page.get_by_role("button", name="Add decision").click()
    expect(page.locator("b", has_text="Visit Joe at home within two days")).to_be_visible()
    page.locator("summary", has_text="Someone disagrees").click()
    page.get_by_label("Who disagrees?").fill("Priya Nair")
    page.get_by_label("In their own words").fill("Joe should choose the day")
    page.get_by_role("button", name="Keep these words").click()
    expect(page.get_by_text("Priya Nair disagrees")).to_be_visible()
    page.locator("summary", has_text="Who is here").click()
    page.get_by_role("button", name="Hide the time").click()
    expect(page.get_by_text("minutes left")).to_have_count(0)
    page.get_by_role("button", name="Come back to Joe later").click()
    page.get_by_role("button", name="Finish Annie and go to the next").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "No decisions yet for Annie. If none is needed, say why."
    )
    expect(page.get_by_label("Why is none needed?")).to_be_visible()
    page.get_by_label("Why is none needed?").fill("Alan sees Annie next week anyway")
    page.get_by_role("button", name="Finish Annie and go to the next").click()
    expect(page.locator("b", has_text="Visit Joe at home within two days")).to_be_visible()
    page.get_by_role("button", name="Finish Joe").click()
    expect(page.get_by_text("Not told yet").first).to_be_visible()
    then_the_page_is_accessible(page)


def test_6_alan_agrees_without_javascript_and_the_decision_stands(plain: Page, riverside: Riverside) -> None:
    given_i_am(plain, "alan")
    plain.goto("/day")
    plain.locator("a[href^='/conferences/agree/']").first.click()
    expect(plain.get_by_text("No one from social care was at the case conference")).to_be_visible()
    plain.get_by_role("button", name="Answer").click()
    expect(plain.get_by_role("alert")).to_contain_text("Choose whether you agree.")
    plain.get_by_label("I agree", exact=True).check()
    plain.get_by_role("button", name="Answer").click()
    expect(plain.get_by_text("The decisions stand.")).to_be_visible()


def test_7_joe_is_told_in_plain_words_and_reads_it(page: Page, another: Page, riverside: Riverside) -> None:
    given_i_am(page, "amina")
    page.goto("/conferences")
    page.get_by_role("link", name=f"{DAY:%A} {DAY.day} {DAY:%B}").first.click()
    page.get_by_role("row", name="Joe Holloway").get_by_role("link", name="Not told yet").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send to Joe").click()
    expect(page.get_by_role("alert")).to_contain_text("Read it through once more, and tick that you did.")
    page.get_by_label("I have read it through").check()
    page.get_by_role("button", name="Send to Joe").click()
    expect(page.get_by_text("Sent to 2 people.")).to_be_visible()
    given_i_am(another, "joe")
    another.goto("/my/meetings")
    expect(another.get_by_text("Maria Lopes will do this by")).to_be_visible()
    then_the_page_is_accessible(another)
    page.reload()
    expect(page.locator("strong", has_text="Read")).to_have_count(1)
    page.get_by_role("link", name="Back to the agenda").click()
    page.get_by_role("link", name="Minutes").click()
    expect(page.get_by_text("Joe should choose the day")).to_be_visible()
    expect(page.get_by_text("Alan Peel agreed on")).to_be_visible()
    expect(page.get_by_text("GP: 1 person, 2 minutes")).to_be_visible()
    then_the_page_is_accessible(page)
    printed = page.request.get(str(page.get_by_role("link", name="Print the minutes").get_attribute("href")))
    assert printed.ok and printed.headers["content-type"] == "application/pdf"


def test_8_priya_looks_back_after_thirty_days_and_the_month_counts_it(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "priya")
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
    row = page.get_by_role("row", name="Dr Amina Rahman")
    expect(row).to_contain_text("1")
    expect(page.get_by_text("This does not show that the meeting caused it.")).to_be_visible()
    then_the_page_is_accessible(page)
