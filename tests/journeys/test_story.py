"""The demonstration's front page: seven steps, one click each, that can be started again; and its strip on each page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import then_every_step_of_the_keyboard_is_visible, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]
STRIP = "Practice place. Everyone here is made up."


@pytest.fixture
def riverside(place: Place) -> Iterator[None]:
    """This place is marked as made up, and Priya has her address in the cast."""
    from django.conf import settings

    from careweave.identity.models import Account

    mark = settings.CONFIGURATION.home / "demonstration-place"
    mark.write_text("Everyone here is made up.\n", encoding="utf-8")
    Account.objects.filter(staff=place.staff["priya"]).update(email="priya@riverside.example")
    yield
    mark.unlink()


@pytest.mark.usefixtures("riverside")
def test_one_click_makes_you_the_coordinator_and_the_story_goes_on(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Riverside: a made-up place")).to_be_visible()
    expect(page.get_by_text(STRIP)).to_be_visible()
    expect(page.locator(".app-story__step")).to_have_count(7)
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    page.locator('form[action="/story/suggested"] button').click()
    expect(page.get_by_role("heading", name="My day")).to_be_visible()
    expect(page.get_by_text(STRIP)).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="The story").click()
    expect(page.locator(".app-story__step").first.get_by_text("Done")).to_be_visible()
    page.get_by_role("button", name="Start the story again").click()
    expect(page.locator(".app-story__step").first.get_by_text("Next")).to_be_visible()


@pytest.mark.usefixtures("riverside")
def test_the_story_opens_only_members_of_the_cast(page: Page, place: Place) -> None:
    page.goto("/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    for key in ("nobody", "admin"):
        answer = page.request.post(
            f"/story/{key}", form={"csrfmiddlewaretoken": token}, headers={"Referer": page.url}
        )
        assert answer.status == 404


def test_outside_the_demonstration_no_one_becomes_anyone(page: Page, place: Place) -> None:
    page.goto("/sign-in")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(
        "/story/suggested", form={"csrfmiddlewaretoken": token}, headers={"Referer": page.url}
    )
    assert answer.status == 404
    expect(page.get_by_text(STRIP)).to_have_count(0)
