"""D4, end of life: a conversation, decisions on the card, the ambulance at night, a change, a death, the family."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.riverside.signing_in import given_i_am
from tests.journeys.walking import then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.riverside.place import Riverside

pytestmark = [pytest.mark.browser, pytest.mark.database]


def fill_day(page: Page, name: str, days: int) -> None:
    day = timezone.localdate() + timedelta(days=days)
    for part, value in (("", day.day), ("-month", day.month), ("-year", day.year)):
        page.locator(f"#{name}{part}").fill(str(value))


@pytest.fixture(scope="module", autouse=True)
def given_joe_is_looked_after_by_priya_with_a_plan_and_the_nurse_in_his_team(riverside: Riverside) -> None:
    from careweave.care.plans.publishing import Published, active_conditions, publish, save_part
    from careweave.care.teams.enrolment import Enrolled, take_on
    from careweave.care.teams.membership import add_member
    from careweave.record import Refusal
    from tests.scenarios.crisis import ROWS

    gate, priya, today = riverside.gate("priya"), riverside.worker("priya"), timezone.localdate()
    taken = take_on(gate, person_id=riverside.joe, coordinator=priya)
    assert isinstance(taken, Enrolled), taken
    for key in ("maria", "amina"):
        added = add_member(gate, person_id=riverside.joe, worker=riverside.worker(key))
        assert not isinstance(added, Refusal), added
    walk = {"what": "Try a frame", "name": "Annie", "party": "", "by": ""}
    goal = {"id": str(uuid.uuid4()), "words": "I want to stay at home with Annie", "whose": "Joe"}
    parts: dict[str, object] = {
        "goals": [{**goal, "importance": 9, "actions": [walk]}],
        "if_then": ROWS,
        "own_contributions": ["I ring Susan"],
        "network": [{"name": "Susan", "what": "Comes for the night"}],
        "covered": [one.key for one in active_conditions(gate.about(riverside.joe, ["Condition"]))],
        "agreement": "yes",
        "agreed_on": today.isoformat(),
        "reviewer": priya.party,
        "reviewer_name": priya.name,
        "review_on": (today + timedelta(days=60)).isoformat(),
    }
    save_part(gate, person_id=riverside.joe, changes=parts)
    published = publish(gate, person_id=riverside.joe, person_name="Joe", today=today)
    assert isinstance(published, Published), published


def test_2_when_the_nurse_writes_the_conversation_down_then_a_decision_needs_all_its_parts(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "maria")
    page.goto(f"/people/{riverside.joe}/crisis")
    page.get_by_role("link", name="Resuscitation and other decisions").click()
    expect(page.get_by_text("No decision recorded.").first).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name=re.compile("Write a decision down.*Resuscitation")).first.click()
    page.get_by_label("Do not attempt resuscitation").check()
    page.get_by_label("What was said, and with whom").fill("Joe, Annie and I spoke at home on Tuesday")
    page.get_by_role("button", name="Save the decision").click()
    for words in ("Write who decided, with their role.", "Choose the day of the next review."):
        expect(page.get_by_role("alert")).to_contain_text(words)
    then_the_page_is_accessible(page)
    page.get_by_label("Who decided, with their role").fill("Dr Amina Rahman, GP")
    page.get_by_label("Where the paper or the medicines are").fill("yellow folder on the fridge")
    fill_day(page, "decided_on", -1)
    fill_day(page, "review_on", 90)
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_role("alert")).to_contain_text("Resuscitation is written down.")


def test_3_and_where_he_wishes_to_be_his_advance_decision_and_the_medicines_at_home(
    page: Page, riverside: Riverside
) -> None:
    from careweave.care.plans.end_of_life import Decision, record_decision

    today = timezone.localdate()
    gate = riverside.gate("maria")
    for kind, decision in (
        ("respect", "Comfort first; antibiotics by mouth; no intensive care"),
        ("advance-decision", "No feeding tube, even if life is at risk"),
        (
            "anticipatory-medicines",
            "Morphine, midazolam and glycopyrronium; the district nurses may give them",
        ),
    ):
        told = Decision(
            kind=kind,
            decision=decision,
            decided_by="Joe, with Dr Amina Rahman, GP",
            decided_on=today.isoformat(),
            discussion="At home with Annie",
            review_on=(today + timedelta(days=90)).isoformat(),
            form_at="Blue box in the bedroom",
        )
        assert not isinstance(
            record_decision(gate, person_id=riverside.joe, decision=told, today=today), tuple
        )
    given_i_am(page, "maria")
    page.goto(f"/people/{riverside.joe}/end-of-life/preferred-place")
    page.get_by_label("Home", exact=True).check()
    page.get_by_label("Who decided, with their role").fill("Joe")
    page.get_by_label("What was said, and with whom").fill("“In my own bed, with Annie”")
    fill_day(page, "decided_on", 0)
    fill_day(page, "review_on", 90)
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_text("“In my own bed, with Annie”")).to_be_visible()


def test_4_then_an_ambulance_at_night_reads_it_all_after_saying_why(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "daniel")
    page.goto(f"/people/{riverside.joe}/crisis")
    page.get_by_label("I am treating the person now").check()
    page.get_by_label("What is happening?").fill("Breathless at home, Annie called 999")
    page.get_by_role("button", name="Open for 60 minutes").click()
    for words in (
        "Resuscitation: Do not attempt resuscitation, Dr Amina Rahman, GP",
        "Form: yellow folder on the fridge",
        "Preferred place of death: Home",
        "No feeding tube",
        "Kept: Blue box in the bedroom",
        "If Joe falls and cannot get up",
    ):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.get_by_text("In charge: Priya Nair")).to_be_visible()
    then_the_page_is_accessible(page)


def test_5_when_joe_is_worse_then_somebody_by_name_sees_him_within_two_hours(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "maria")
    page.goto(f"/people/{riverside.joe}/end-of-life")
    page.get_by_label("What has changed?").fill("Not drinking since this morning")
    page.get_by_role("button", name="Ask for rapid response within 2 hours").click()
    expect(page.get_by_role("alert")).to_contain_text("Priya Nair is asked to see Joe within 2 hours.")
    then_the_page_is_accessible(page)
    given_i_am(page, "priya")
    expect(page.get_by_text("See them within 2 hours: Not drinking since this morning").first).to_be_visible()


def test_6_when_joe_has_died_then_one_page_stops_everything_that_is_still_planned(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "priya")
    page.goto(f"/people/{riverside.joe}/end-of-life")
    page.get_by_role("link", name="Joe has died").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Write the death down").click()
    expect(page.get_by_role("alert")).to_contain_text("Write the day of death.")
    fill_day(page, "died_on", -1)
    page.get_by_label("Home", exact=True).check()
    page.get_by_role("button", name="Write the death down").click()
    expect(page.get_by_text("See them within 2 hours: Not drinking since this morning")).to_be_visible()
    expect(page.get_by_text("Call the family")).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("stopped.")
    expect(page.get_by_text("Nothing is planned any more")).to_be_visible()


def test_7_then_the_place_stands_beside_the_wish_and_the_family_is_not_forgotten(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "priya")
    page.goto(f"/people/{riverside.joe}/end-of-life")
    expect(page.get_by_text("Place: Home. Joe had wished: Home. This was as wished.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto("/day")
    for words in (
        "Call the family",
        "Talk over the care in the team",
        "Ask the family how they found the care",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
