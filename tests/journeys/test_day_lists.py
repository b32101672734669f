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

    from careweave.care.teams.notes import NextStep, NoteSaved, add_note
    from tests.journeys import place as places

    gate, priya = places.take_joe_on(place), place.staff["priya"]
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


def test_1_a_note_written_without_signal_is_kept_and_saved_afterwards(page: Page, place: Place) -> None:
    from datetime import UTC, datetime, timedelta

    from careweave.care.teams.notes import NOTE
    from careweave.care.teams.shapes import has_code
    from careweave.care.teams.visits import ask_visitor
    from careweave.record import Refusal
    from careweave.web import wording
    from tests import factories as make

    gate, now = place.gate("priya", "coordinator"), datetime.now(UTC)
    noon = datetime.combine(now.astimezone(wording.LONDON).date(), datetime.min.time(), wording.LONDON)
    asked = ask_visitor(
        gate, person_id=place.joe, volunteer=make.worker(place.staff["volunteer"], "volunteer"), first_name="Joe",
        starts=noon + timedelta(hours=11), ends=noon + timedelta(hours=12), address="12 Weir Road",
        how_to_get_in="Knock loudly", what_to_do=["Walk to the club"], please_do=[], please_dont=[],
        coordinator="Priya", coordinator_telephone="01632 960101",
    )  # fmt: skip
    assert not isinstance(asked, Refusal)
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day/visits")
    expect(page.get_by_role("row").filter(has_text="Knock loudly")).to_contain_text("11am to 12pm")
    page.get_by_text("Write a note about the visit to Joe").click()
    then_the_page_is_accessible(page)
    page.context.set_offline(True)
    page.get_by_label("What happened").fill("Joe walked to the club and back.")
    page.get_by_role("button", name="Save note").click()
    status = page.get_by_role("status").filter(has_text="connection")
    expect(status).to_have_text(
        "No connection. Your words are kept on this device and will be saved when you are back."
    )
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "careweave-kept" in kept and "walked" not in kept, "on the device it is encrypted"
    page.context.set_offline(False)
    expect(page.get_by_text("You are back. Your words were saved.")).to_be_visible()
    found = [
        one for one in gate.about(place.joe, ["Communication"]) if has_code(one.body["category"][0], NOTE)
    ]
    assert sum("walked to the club" in one.body["payload"][0]["contentString"] for one in found) == 1
    assert "careweave-kept" not in page.evaluate("JSON.stringify(localStorage)")


def test_1_who_stands_in_and_the_lists_of_the_team(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    for link, heading in (("I am away", "I am away"), ("High-risk list", "High-risk list")):
        page.goto("/day")
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        then_the_page_is_accessible(page)
    page.goto("/day/statements")
    expect(page.get_by_role("row", name=re.compile("main person in charge"))).to_contain_text("1 of 1 (100%)")
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
    expect(page.get_by_role("checkbox")).to_have_count(3)
    then_the_page_is_accessible(page)
    page.get_by_label(re.compile("Order a walking frame")).uncheck()
    page.get_by_role("button", name="Stop all 3 that are ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("2 stopped.")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    tasks = [one for one in gate.about(place.joe, ["Task"]) if one.body["status"] == "cancelled"]
    assert [one.body["statusReason"]["text"] for one in tasks] == ["Died", "Died"]


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
