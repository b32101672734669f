"""What staff say: a nurse answers in one click from My day; an analyst reads it beside what people say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


def given_staff_are_asked() -> None:
    from django.utils import timezone

    from careweave.identity import voices

    today = timezone.localdate()
    voices.open_round(role="analyst", by="staff:x", closes_on=today + timedelta(days=14), today=today)


def given_results_are_published() -> None:
    from django.conf import settings

    from tests.scenarios.test_a54_experience_pages import published

    published(settings.CONFIGURATION.home)


def when_i_answer(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def test_priya_answers_without_her_name_and_ben_sees_staff_beside_people(page: Page, place: Place) -> None:
    given_staff_are_asked()
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("link", name="How do we work together?").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("alert")).to_contain_text("Answer at least one question")
    then_the_page_is_accessible(page)
    when_i_answer(page, "All of us who help a person work together.", "Agree")
    when_i_answer(page, "I know whom to ring in the other organisations", "Disagree")
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_text("Your answers are kept without your name.")).to_be_visible()
    expect(page.get_by_role("link", name="How do we work together?")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    given_results_are_published()
    given_i_am_signed_in(page, place.emails["analyst"])
    page.goto("/place/experience")
    expect(page.get_by_role("row", name="We work together")).to_contain_text("by 33 points")
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="national-voices").click()
    expect(page.get_by_role("row", name="I always knew")).to_contain_text("Ask them why")
    then_the_page_is_accessible(page)
    page.goto("/place/voices")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Open until")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_text("Closed. The results are counted tonight.")).to_be_visible()
