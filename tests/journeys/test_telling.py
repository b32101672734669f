"""Joe asks, Annie tells of a change, Sam is worried, the hospital says that Joe is there: each has an answer with a name."""

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
def joe_has_a_team_and_a_plan(place: Place) -> None:
    from tests.journeys import place as places

    places.take_joe_on(place)
    places.complete_the_team(place)
    places.publish_joes_plan(place, "The club", strengths="Joe knows his garden")


def test_1_joe_asks_and_says_what_he_thinks_of_a_goal(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="Ask a question").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a few words.")
    page.get_by_label("What would you like to ask?").fill("When does the frame come?")
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent. Priya Shah will answer by")
    then_the_page_is_accessible(page)
    page.goto("/my/plan")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name=re.compile("^I want to change this")).click()
    expect(page.get_by_text("You said: I want to change this")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^I agree\s*:")).click()
    expect(page.get_by_role("alert")).to_contain_text("Written down: you agree.")
    expect(page.get_by_text("You said: I agree")).to_be_visible()


def test_2_annie_tells_of_a_change_and_it_stays_until_it_is_answered(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["annie"], portal=True)
    page.get_by_role("link", name="Tell us about a change in Joe").click()
    expect(page.get_by_text("Call 111 now if:")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Tell us what has changed, or tick one.")
    then_the_page_is_accessible(page)
    page.get_by_label("Fell", exact=True).check()
    page.get_by_label("Tell us more").fill("In the garden, not hurt")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent. Priya Shah will answer by")
    page.goto("/my/caring")
    expect(page.get_by_text("Priya Shah will answer you by")).to_be_visible()
    then_the_page_is_accessible(page)


def test_2_annie_is_shown_joe_as_the_place_keeps_him_and_not_what_each_source_wrote(place: Place) -> None:
    from careweave.web.portal import own
    from tests import factories as make

    gate = make.own_gate(place.annie, "carer")
    shown, resources = own.opened(gate, place.joe)
    assert [one.source for one in resources if one.type == "Patient"] == ["careweave"]
    assert shown.name == "Joseph Harper"


def test_3_sam_is_worried_and_says_so_to_a_named_person(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["volunteer"])
    page.get_by_role("link", name="I am worried about Joe").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send to Priya Shah now").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a few words.")
    page.get_by_label("What worries you?").fill("The fridge was empty")
    page.get_by_role("button", name="Send to Priya Shah now").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent. Priya Shah will call you today.")


def test_4_the_hospital_tells_the_coordinator_with_one_click(page: Page, place: Place) -> None:
    from careweave.identity.models import Account
    from tests import factories as make
    from tests.journeys import place as places

    doctor = make.staff("Imran Aziz", "hospital-clinician", places.HOSPITAL)
    email = places._with_password(Account.objects.get(staff=doctor))
    gate = place.gate("priya", "coordinator")
    record = gate.person(place.joe)
    assert record is not None
    at_hospital = next(each.subject for each in record.subjects if each.source == places.HOSPITAL)
    stay = places._encounter(places.HOSPITAL, "stay", at_hospital, "IMP", "2026-11-20T10:00:00Z", "Fall", "")
    make.load(places.HOSPITAL, {**stay, "status": "in-progress", "period": {"start": "2026-11-20T10:00:00Z"}})
    given_i_am_signed_in(page, email)
    page.goto(f"/people/{place.joe}/crisis")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Staying in").click()
    expect(page.get_by_role("alert")).to_contain_text("Priya Shah is told that Joe is here.")


def test_5_priya_answers_each_by_name_and_they_read_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("link", name=re.compile("Waiting for my answer")).click()
    for words in (
        "When does the frame come?",
        "In the garden, not hurt",
        "The fridge was empty",
        "Joe is here",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    then_the_page_is_accessible(page)
    asked = page.locator("section", has_text="When does the frame come?")
    asked.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a few words.")
    asked.get_by_label("Your answer").fill("On Tuesday, with Maria")
    asked.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Answered. They can read it now.")
    expect(page.get_by_text("When does the frame come?")).to_have_count(0)
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/questions")
    page.get_by_role("link", name="When does the frame come?").click()
    expect(page.get_by_text("On Tuesday, with Maria")).to_be_visible()
    then_the_page_is_accessible(page)


def test_6_joe_writes_down_his_blood_pressure_by_keyboard_alone(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="Write down what I measure at home").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Blood pressure").click()
    page.get_by_label("The top number").focus()
    for typed in ("1850", "100"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Write it down").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be right")
    expect(page.get_by_label("The top number")).to_have_value("1850")
    then_the_page_is_accessible(page)
    page.get_by_label("The top number").fill("185")
    page.get_by_role("button", name="Write it down").press("Enter")
    expect(page.get_by_text("This is very high.")).to_be_visible()
    expect(page.get_by_text("This is a little high")).to_have_count(0)
    page.get_by_role("link", name=re.compile("^Put this right")).click()
    page.get_by_label("The top number").fill("158")
    page.get_by_role("button", name="Put it right").press("Enter")
    expect(page.get_by_text("158 over 100 mmHg").first).to_be_visible()
    then_the_page_is_accessible(page)


def test_7_joe_looks_at_his_record_says_what_is_wrong_and_changes_his_mind(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="My record: health, tests and what happened").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name=re.compile("^This is wrong")).first.click()
    page.get_by_label("What is right?").fill("I never had this")
    page.get_by_role("button", name="Send to Priya").click()
    expect(page.get_by_role("alert")).to_contain_text("Sent. Priya Shah will answer by")
    then_the_page_is_accessible(page)
    for address in ("/my", "/my/who-can-see", "/my/change"):
        page.goto(address)
        then_the_page_is_accessible(page)
    page.get_by_role("button", name=re.compile("^Send me none")).click()
    expect(page.get_by_text("I get no e-mails and no texts.", exact=True)).to_be_visible()
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/readings")
    expect(page.get_by_text("Joe’s own reading").first).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto(f"/people/{place.joe}/questions")
    expect(page.get_by_text("I never had this")).to_be_visible()
    then_the_page_is_accessible(page)
