"""My day's other lists, the filter it opens with, and everything still planned for someone who has died."""

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
def joe_has_a_team(place: Place) -> None:
    from datetime import date

    from careweave.care.teams.enrolment import Enrolled, take_on
    from careweave.care.teams.notes import NextStep, NoteSaved, add_note
    from tests import factories as make
    from tests.journeys import place as places

    gate, priya = place.gate("priya", "coordinator"), place.staff["priya"]
    taken = take_on(gate, person_id=place.joe, coordinator=make.worker(priya, "coordinator"))
    assert isinstance(taken, Enrolled), taken
    places.complete_the_team(place)
    for what in ("Order a walking frame", "Write to the club"):
        step = NextStep(what, priya.party, priya.name, None)
        noted = add_note(gate, person_id=place.joe, kind="call", with_whom="Joe", what_happened="We spoke of it",
                         next_step=step, today=date.today())  # noqa: DTZ011  # fmt: skip
        assert isinstance(noted, NoteSaved), noted


def test_1_visits_of_today_say_when_where_and_how_to_get_in(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("link", name="Visits today").click()
    expect(page.get_by_role("heading", name="Visits today")).to_be_visible()
    then_the_page_is_accessible(page)


def test_2_what_was_done_is_listed(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.get_by_role("button", name=re.compile("^Done ?: Write to the club")).click()
    page.get_by_role("link", name="Done", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("Write to the club"))).to_contain_text("Joe Harper")
    then_the_page_is_accessible(page)


def test_3_a_saved_filter_opens_my_day(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day?show=team")
    page.get_by_role("button", name="Save this filter").click()
    expect(page.get_by_role("alert")).to_contain_text("Saved. My day opens with “Team” on this computer.")
    page.goto("/day")
    expect(page.locator("a[aria-current=page]", has_text="Team")).to_be_visible()


def test_4_everything_still_planned_for_someone_who_died_is_stopped_but_what_is_kept(
    page: Page, place: Place
) -> None:
    from careweave.identity.golden_records import linker_gate, refresh_golden
    from tests import factories as make
    from tests.journeys import place as places

    gate = place.gate("priya", "coordinator")
    given_i_am_signed_in(page, place.emails["priya"])
    reached = page.goto(f"/people/{place.joe}/still-planned")
    assert reached is not None and reached.status == 404
    patients = gate.about(place.joe, ["Patient"])
    at_gp = next(one for one in patients if one.source == places.PRACTICE)
    body = {key: value for key, value in at_gp.body.items() if key != "meta"}
    make.load(places.PRACTICE, {**body, "deceasedDateTime": "2026-11-20"})
    refresh_golden(linker_gate(), [place.joe])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="See what is still planned, and stop it").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    then_the_page_is_accessible(page)
    page.get_by_label(re.compile("Order a walking frame")).uncheck()
    page.get_by_role("button", name="Stop all 2 that are ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("1 stopped.")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    tasks = [one for one in gate.about(place.joe, ["Task"]) if one.body["status"] == "cancelled"]
    assert [one.body["statusReason"]["text"] for one in tasks] == ["Died"]


def test_5_news_stays_until_it_is_seen_by_each_reader(page: Page, place: Place) -> None:
    from careweave.care.teams.news import tell_news
    from tests.scenarios.test_background_work import until_it_is_visible

    until_it_is_visible(tell_news)
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day")
    news = page.get_by_role("region", name="News")
    expect(news).to_contain_text("1 died: Joe Harper, 85, told on")
    then_the_page_is_accessible(page)
    page.reload()
    news.get_by_role("button", name="Seen").click()
    expect(page.get_by_role("alert")).to_contain_text("Seen. News from now on is shown here.")
    expect(news).to_have_count(0)
    page.reload()
    expect(news).to_have_count(0)
