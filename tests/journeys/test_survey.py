"""Joe answers a survey on his telephone, Annie by the link of a letter; Priya sees that they did, and not what they said."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.walking import (
    given_i_am_signed_in,
    then_every_step_of_the_keyboard_is_visible,
    then_the_page_is_accessible,
)

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]
PHONE = {"width": 390, "height": 844}


def asked(person: str, survey: str, event: str, days: int) -> str:
    """A survey that is open now, as the background work asks it; returns the token of its link."""
    from careweave.care.experience import asking, inviting
    from careweave.care.teams.delivering_links import token_of
    from careweave.definitions.survey_definition import load_survey
    from careweave.record import invitations

    today = timezone.localdate()
    moment = asking.Moment(event, today - timedelta(days=days), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey(survey, today)], asking.rules_on(today))
    assert invitations.plan(invitations.worker_gate(), one)
    inviting.send_surveys(max(timezone.now(), one.opens_at))
    return token_of(one.id)


@pytest.fixture(scope="module")
def link(place: Place) -> str:
    from tests.journeys import place as places

    places.take_joe_on(place)
    asked(place.joe, "national-voices", "conference", 14)
    return asked(place.annie, "ctm-15", "discharge", 3)


def test_1_joe_answers_on_his_telephone_by_keyboard(page: Page, place: Place, link: str) -> None:
    page.set_viewport_size(PHONE)
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="Surveys about my care").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Answer, or say no").click()
    expect(page.get_by_role("heading", name="Who sees what you say")).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Say who is answering.")
    then_the_page_is_accessible(page)
    page.get_by_label("I am, about my own care").check()
    for number in range(1, 8):
        first = page.get_by_role("group", name=f"{number}. ").get_by_role("radio").first
        first.focus()
        page.keyboard.press("ArrowDown")  # “Disagree”
    page.get_by_role("group", name="3. I always knew").get_by_label("I would rather not say").check()
    page.get_by_label("No, only count them").check()
    page.get_by_role("button", name="Send my answers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Thank you. Your answers are sent.")
    page.get_by_text("What I said").click()
    expect(page.get_by_text("I would rather not say")).to_be_visible()
    then_the_page_is_accessible(page)


def test_2_annie_keeps_a_part_by_the_link_of_her_letter_and_finishes_later(page: Page, link: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"/survey/{link}")
    then_the_page_is_accessible(page)
    page.get_by_role("group", name="1. Before I left").get_by_label("Agree", exact=True).check()
    page.get_by_role("button", name="Keep this and finish later").click()
    expect(page.get_by_text("Kept. It is not sent yet.")).to_be_visible()
    expect(
        page.get_by_role("group", name="1. Before I left").get_by_label("Agree", exact=True)
    ).to_be_checked()
    page.get_by_label("I am answering for somebody else, who was asked").check()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Write who you are to them")
    page.get_by_label("who are you to them?").fill("wife")
    page.get_by_label("No, only count them").check()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto(f"/survey/{link}")
    expect(page.get_by_text("This survey has been answered. Each survey is answered once.")).to_be_visible()


def test_3_priya_sees_that_joe_answered_and_not_what_he_said(page: Page, place: Place, link: str) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="What Joe was asked about their care").click()
    expect(page.get_by_text("Answered", exact=True)).to_be_visible()
    expect(page.get_by_text("Disagree")).to_have_count(0)
    then_the_page_is_accessible(page)
