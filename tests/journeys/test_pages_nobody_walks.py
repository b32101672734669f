"""Pages that no journey passes through: axe finds nothing on them, each has one h1, and none is wider than a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]

PERSON = "/people/{joe}"
PAGES = {
    "priya": [
        "/caseload/where-people-died",
        "/what-others-found",
        "/alternatives",
        "/day/working-together",
        "/day/high-risk",
        "/day/messages",
        f"{PERSON}/end-care",
        f"{PERSON}/scores",
        f"{PERSON}/support",
        f"{PERSON}/who-does-what",
        f"{PERSON}/surveys",
        f"{PERSON}/paper-plan",
        f"{PERSON}/capacity",
    ],
    "analyst": [
        "/place/measures",
        "/place/finding",
        "/place/scores",
        "/place/scores/lace",
        "/place/groups",
        "/place/variation",
        "/place/dictionary",
        "/place/sets/better-care-fund",
        "/place/social-care",
        "/place/capitation",
        "/place/experience",
        "/place/voices",
    ],
    "governance": ["/governance/copies", "/governance/holds", "/governance/explain"],
    "joe": ["/my/support", "/my/surveys", "/my/connected-apps"],
}


@pytest.fixture(scope="module", autouse=True)
def joe_has_a_team_and_a_plan(place: Place) -> None:
    from tests.journeys import place as places

    places.take_joe_on(place)
    places.complete_the_team(place)
    places.publish_joes_plan(place, "The club")


@pytest.mark.parametrize("who", PAGES)
def test_pages_that_no_journey_passes_are_accessible(page: Page, place: Place, who: str) -> None:
    given_i_am_signed_in(page, place.emails[who], portal=who == "joe")
    faults = []
    for address in PAGES[who]:
        answer = page.goto(address.format(joe=place.joe))
        assert answer is not None and answer.status == 200, address
        try:
            then_the_page_is_accessible(page)
        except AssertionError as fault:
            faults.append(f"{address}: {fault}")
    assert not faults, "\n".join(faults)
