"""Priya passes Joe to Maria, who accepts with the keyboard; Joe reads it, and puts his web of people right."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]

TOUCH_POINTS = 15


@pytest.fixture(scope="module", autouse=True)
def joe_is_taken_on_and_is_met_by_many(place: Place) -> None:
    from tests import factories as make
    from tests.journeys import place as places

    gate = places.take_joe_on(place)
    places.complete_the_team(place)
    at_gp = next(one.subject for one in gate.about(place.joe, ["Patient"]) if one.source == places.PRACTICE)
    for number in range(TOUCH_POINTS):
        make.load(places.PRACTICE, _met(at_gp, number))


def _met(patient: str, number: int) -> dict[str, object]:
    names = ("memory nurse", "occupational therapist", "day centre", "chemist", "optician")
    return {
        "resourceType": "Encounter",
        "id": str(uuid.uuid4()),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": f"2026-10-{number + 1:02d}T09:00:00Z", "end": f"2026-10-{number + 1:02d}T09:30:00Z"},
        "serviceProvider": {"display": f"Service {number}"},
        "participant": [{"individual": {"display": f"Helper {number} ({names[number % 5]})"}}],
    }  # fmt: skip


def test_1_priya_asks_maria(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="Pass Joe to…, and who was in charge when").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Pass Joe to…").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who to pass this person to.")
    page.get_by_label("Who should be in charge?").select_option(place.staff["nurse"].party)
    page.get_by_label("What do they need to know?").fill("Joe hears better on the left")
    page.get_by_role("button", name="Ask them").click()
    expect(page.locator("main")).to_contain_text("Maria Lopez is asked. Priya Shah stays in charge")
    then_the_page_is_accessible(page)


def test_2_maria_accepts_with_the_keyboard_alone(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto("/day")
    link = page.locator("a[href^='/handovers/']").first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Will you be in charge of Joe’s care?")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="I take over").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("you are in charge of Joe’s care")
    page.goto("/caseload")
    then_the_page_is_accessible(page)


def test_3_joe_is_told_and_says_that_he_read_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my")
    expect(page.locator("main")).to_contain_text(
        re.compile(
            "From .* Maria Lopez will be in charge of your care instead of Priya Shah. Maria will call you."
        )
    )
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("button", name="I have read this")).to_have_count(0)


def test_a48_alzheimer_web_of_more_than_twelve_touch_points_is_drawn_and_listed(
    page: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/people")
    drawn = page.get_by_role("img", name="People around")
    expect(drawn).to_be_visible()
    assert page.locator(".app-web__name").count() > 12
    listed = page.locator("#everyone + ul > li")
    assert listed.count() >= TOUCH_POINTS and listed.filter(has_text="Helper 14").count() == 1
    then_the_page_is_accessible(page)
    page.get_by_label("Their name").fill("Ted Moss")
    page.get_by_label("Who are they to you?").fill("friend")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(listed.filter(has_text="Ted Moss")).to_contain_text("You added this")


def test_a48_two_of_one_kind_are_pointed_out_to_staff_before_and_with_the_team(
    page: Page, place: Place
) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto(f"/people/{place.joe}/around")
    then_the_page_is_accessible(page)
    expect(page.locator("main")).to_contain_text("occupational therapists: is this right?")
    expect(page.get_by_role("row", name=re.compile("Before the team"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Ted Moss"))).to_contain_text("Joe added this")
