"""“Undo” after taking on, doing and passing on, until something depends on it; and the story begun again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
def riverside(place: Place) -> Iterator[None]:
    """This place is marked as made up, and the cast have their addresses."""
    from django.conf import settings

    from careweave.identity.models import Account

    mark = settings.CONFIGURATION.home / "demonstration-place"
    mark.write_text("Everyone here is made up.\n", encoding="utf-8")
    Account.objects.filter(staff=place.staff["priya"]).update(email="priya@riverside.example")
    Account.objects.filter(person_id=place.joe).update(email="joe@riverside.example")
    yield
    mark.unlink()


def take_on(page: Page) -> None:
    page.goto("/day?show=suggested")
    page.get_by_role("link", name="Take on").click()
    page.get_by_role("button", name="Take on").click()
    expect(page.get_by_role("alert")).to_contain_text("You are now in charge of Joe’s care.")


def add_next_step(page: Page, place: Place) -> None:
    page.goto(f"/people/{place.joe}?note=1")
    page.get_by_label("Call", exact=True).check()
    page.get_by_label("What happened").fill("Annie rang: a frame would help")
    page.get_by_text("Next step").click()
    page.get_by_label("What", exact=True).fill("Order a walking frame")
    page.get_by_label("Who", exact=True).select_option(label="Priya Shah")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("alert")).to_contain_text("Note saved.")


def test_1_taking_on_is_undone_and_the_suggestion_waits_again(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    take_on(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("alert")).to_contain_text("Undone. The suggestion waits for your team again.")
    expect(page.get_by_role("link", name="Take on")).to_be_visible()
    then_the_page_is_accessible(page)
    assert not place.gate("priya", "coordinator").people_with("coordinator")


def test_2_once_something_depends_on_it_taking_on_is_not_undone(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    take_on(page)
    address = page.locator("form", has=page.get_by_role("button", name="Undo")).get_attribute("action")
    add_next_step(page, place)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form = {"csrfmiddlewaretoken": token}
    told = page.request.post(str(address), form=form, headers={"Referer": page.url}).text()
    assert "Something was written about this person since. End coordinated care instead." in told
    assert place.gate("priya", "coordinator").people_with("coordinator") == [place.joe]


def test_3_done_and_passed_on_are_undone(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day")
    done = page.get_by_role("button", name=re.compile("^Done ?: Order a walking frame"))
    done.click()
    expect(page.get_by_role("alert")).to_contain_text("Done.")
    expect(done).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(done).to_be_visible()


def test_4_what_a_colleague_has_gone_on_with_is_not_taken_back(place: Place) -> None:
    from careweave.care.teams import notes, undoing, worklists
    from careweave.record import Refusal, Resource
    from tests import factories as make

    gate = place.gate("priya", "coordinator")
    task = next(
        t for t in gate.about(place.joe, ["Task"]) if t.body.get("description") == "Order a walking frame"
    )
    to = make.worker(place.staff["nurse"], "district-nurse")
    passed = worklists.pass_to(gate, task_id=task.id, version=task.version, to=to)
    assert isinstance(passed, Resource)
    back = undoing.put_back(gate, task_id=task.id, version=passed.version)
    assert isinstance(back, Resource) and back.body["owner"]["display"] == "Priya Shah"
    assert back.parties == task.parties
    done = notes.finish_task(gate, person_id=place.joe, task_id=task.id)
    assert isinstance(done, Resource)
    late = undoing.put_back(gate, task_id=task.id, version=passed.version)
    assert isinstance(late, Refusal) and late.reason == undoing.SINCE


@pytest.mark.usefixtures("riverside")
def test_5_the_story_begun_again_leaves_joe_as_he_was(page: Page, place: Place) -> None:
    page.goto("/")
    page.locator('form[action="/story/suggested"] button').click()
    page.goto("/")
    page.get_by_role("button", name="Start the story again").click()
    page.locator('form[action="/story/suggested"] button').click()
    expect(page.get_by_text("more confused")).to_be_visible()
    take_on(page)
    page.goto(f"/people/{place.joe}")
    expect(page.get_by_text("There is no plan yet.")).to_be_visible()
