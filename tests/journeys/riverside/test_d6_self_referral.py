"""D6: Jacqueline asks for help herself, is called within two working days, seen within two weeks, and chooses a hospital."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.riverside.signing_in import given_i_am
from tests.journeys.walking import then_the_page_is_accessible

if TYPE_CHECKING:
    from careweave.record import Gate
    from tests.journeys.riverside.place import Riverside

pytestmark = [pytest.mark.browser, pytest.mark.database]
SOON = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=6)
FAR = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=30)


def test_1_what_cannot_wait_is_not_sent_and_someone_is_told(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "jacqueline")
    page.goto("/my")
    page.get_by_role("link", name="Ask for help yourself").click()
    then_the_page_is_accessible(page)
    page.goto("/my/refer/msk")
    page.get_by_label("One joint is hot, red and swollen").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Call 111 now. You need to be seen today.")).to_be_visible()
    expect(page.get_by_text("We did not send your form")).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto("/my/refer")
    expect(page.get_by_text("What you asked for")).to_have_count(0)


def test_2_she_asks_on_her_own_page_without_a_gp(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "jacqueline")
    page.goto("/my/refer/msk")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick what fits, or “None of these”.")
    page.get_by_label("None of these").check()
    page.get_by_label("Where does it hurt?").fill("Both knees and my right hand")
    page.get_by_label("Since when, and is it getting worse?").fill("Since October, worse this week")
    page.get_by_label("What does it stop you from doing?").fill("Getting up the stairs")
    page.get_by_label("Which number shall we call?").fill("01632 960066")
    page.get_by_label("When is a good time?").fill("mornings")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Someone from Weir team will call you by")).to_be_visible()
    expect(page.get_by_text("Waits for a call")).to_be_visible()
    page.goto("/my/refer/msk")
    page.get_by_label("None of these").check()
    for label in ("Where does it hurt?", "Since when", "What does it stop"):
        page.get_by_label(label).fill("The same again")
    page.get_by_label("Which number shall we call?").fill("01632 960066")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("You have asked already, and someone will call you.")


def test_3_any_of_the_team_calls_and_she_is_to_be_seen_within_two_weeks(
    page: Page, riverside: Riverside
) -> None:
    given_i_am(page, "maria")
    page.goto("/day?show=team")
    page.locator("a[href^='/referrals/']").first.click()
    expect(page.get_by_text("Where does it hurt? Both knees and my right hand")).to_be_visible()
    expect(page.get_by_text("said “None of these”")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what the call came to.")
    page.get_by_label("To be seen face to face").check()
    page.get_by_label("What you told Jackie").fill("This looks like a flare. Rest the hand until I see you.")
    _fill_day(page, FAR)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("two weeks after they asked")
    _fill_day(page, SOON)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Written down. Jackie can read it.")).to_be_visible()


def _fill_day(page: Page, day: datetime) -> None:
    for label, part in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(label, exact=True).fill(str(part))
    page.get_by_label("Time", exact=True).fill("10:30")


def test_4_she_reads_when_and_by_whom(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "jacqueline")
    page.goto("/my/refer")
    expect(
        page.get_by_text(f"Maria Lopes sees you on {SOON:%A} {SOON.day} {SOON:%B %Y}, 10:30am.")
    ).to_be_visible()
    expect(page.get_by_text("This looks like a flare. Rest the hand until I see you.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.goto("/my")
    expect(page.get_by_text("Joints, muscles and bones: Maria Lopes sees you")).to_be_visible()


def test_5_for_surgery_she_chooses_among_hospitals(page: Page, riverside: Riverside) -> None:
    given_i_am(page, "maria")
    page.goto("/day")
    page.locator("a[href^='/referrals/']").first.click()
    page.get_by_label("Surgery: to the point of listing").check()
    page.get_by_label("What you told Jackie").fill("A surgeon can mend the hand. You chose where.")
    page.get_by_role("checkbox", name="Riverside Hospital").check()
    page.get_by_label("Which did Jackie choose?").select_option(label="Riverside Hospital")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Offer at least 2 hospitals, or say why there were fewer."
    )
    page.get_by_role("checkbox", name="Hilltop Hospital").check()
    page.get_by_label("Which did Jackie choose?").select_option(label="Hilltop Hospital")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Written down. Jackie can read it.")).to_be_visible()
    given_i_am(page, "jacqueline")
    page.goto("/my/refer")
    expect(page.get_by_text("You chose Hilltop Hospital.")).to_be_visible()


def test_6_nobody_outside_the_team_can_open_it_and_it_shuts_when_it_is_answered(riverside: Riverside) -> None:
    from careweave.care.referrals import asking

    (asked,) = asking.referrals_of(_own(riverside), riverside.jacqueline)
    assert asked.state == "listed" and asked.offered == ("Hilltop Hospital", "Riverside Hospital")
    for key in ("maria", "shazia", "daniel"):
        assert asking.referral(riverside.gate(key), asked.id) is None, key


def _own(riverside: Riverside) -> Gate:
    from tests import factories as make

    return make.own_gate(riverside.jacqueline)


def test_7_a_call_that_does_not_come_is_passed_on(riverside: Riverside) -> None:
    from careweave.care.referrals import asking
    from careweave.care.referrals.forms import self_referral_kind
    from careweave.care.teams.clocks import due_at, escalate_due

    gate, now = _own(riverside), datetime.now(UTC)
    kind = self_referral_kind("msk", now.date())
    sent = asking.refer_myself(
        gate,
        kind,
        person_id=riverside.jacqueline,
        flags=["none"],
        none_of_these=True,
        answers={key: "The knee again" for key, _ in kind.questions},
        telephone="01632 960066",
        today=now.date(),
    )
    assert isinstance(sent, asking.Sent) and sent.call_by == due_at("self-referral-call", now)
    escalate_due(sent.call_by - timedelta(minutes=1))
    assert not _late(riverside)
    escalate_due(sent.call_by + timedelta(minutes=1))
    assert _late(riverside)


def _late(riverside: Riverside) -> bool:
    """Whether the team's manager has it on his list."""
    from careweave.care.teams.worklists import waiting

    work = waiting(riverside.gate("tom")).work
    return any(one.what == "Call someone who asked for help" for one in work)
