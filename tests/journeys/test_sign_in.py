"""Signing in, being kept out, locking and going."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.place import PASSWORD, Place
from tests.journeys.walking import (
    given_i_am_signed_in,
    then_every_step_of_the_keyboard_is_visible,
    then_the_page_is_accessible,
)

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_staff_come_in_by_their_door(page: Page, place: Place) -> None:
    page.goto("/day")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    then_the_page_is_accessible(page)
    then_every_step_of_the_keyboard_is_visible(page)
    page.get_by_label("Work email address").fill(place.emails["priya"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My day")).to_be_visible()


def test_unknown_and_wrong_are_answered_alike_and_what_was_typed_is_kept(page: Page, place: Place) -> None:
    for email in ("nobody@example.org", place.emails["gp"]):
        page.goto("/sign-in")
        page.get_by_label("Work email address").fill(email)
        page.get_by_label("Password", exact=True).fill("not the one at all")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Email address or password is not right.")
        expect(page.get_by_label("Work email address")).to_have_value(email)
    then_the_page_is_accessible(page)


def test_too_many_tries_lock_the_door_and_say_until_when(page: Page, place: Place) -> None:
    for _ in range(6):
        page.goto("/sign-in")
        page.get_by_label("Work email address").fill(place.emails["social"])
        page.get_by_label("Password", exact=True).fill("guessing")
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many tries. Try again at")


def test_a_locked_screen_shows_nothing_until_its_owner_is_back(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("button", name="Lock").click()
    page.goto("/day")
    expect(page.get_by_role("heading", name="Locked for Priya Shah")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="My day")).to_be_visible()


def test_after_signing_out_the_page_is_closed(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("button", name="Sign out").click()
    page.goto("/day")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_story_is_never_shown_outside_the_demonstration(page: Page, place: Place) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Practice place")).to_have_count(0)


def test_pages_for_everyone_are_accessible(page: Page, place: Place) -> None:
    for path in ("/accessibility", "/how-your-information-is-used", "/my/sign-in", "/nowhere"):
        page.goto(path)
        then_the_page_is_accessible(page)
