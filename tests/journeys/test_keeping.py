"""Those who keep the place in order: the records clerk, the administrator, the governance lead and the analyst."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_the_clerk_decides_whether_two_records_are_one_person(page: Page, place: Place) -> None:
    from tests.journeys import place as places

    places.ask_whether_same(place)
    given_i_am_signed_in(page, place.emails["clerk"])
    expect(page.get_by_role("heading", name="Are these the same person?")).to_be_visible()
    expect(page.get_by_role("row", name="Surname")).to_contain_text("Same")
    expect(page.get_by_role("row", name="First names")).to_contain_text("Different")
    expect(page.get_by_text("Same NHS number.")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Different people").click()
    expect(page.get_by_text("Kept apart. These two will not be suggested again")).to_be_visible()
    expect(page.get_by_text("Nothing to check.")).to_be_visible()
    then_the_page_is_accessible(page)


def test_the_clerk_finds_no_refused_rows_and_is_told_so(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["clerk"])
    page.get_by_role("link", name="Refused rows").click()
    expect(page.get_by_role("heading", name="Rows we could not accept")).to_be_visible()
    then_the_page_is_accessible(page)


def test_the_administrator_adds_someone_and_closes_an_account(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["admin"])
    expect(page.get_by_role("heading", name="Organisations and staff")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a name.")
    then_the_page_is_accessible(page)
    name = f"New Person {uuid.uuid4().hex[:4]}"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Work email address").fill(f"{uuid.uuid4().hex[:6]}@example.org")
    page.get_by_label("Role").select_option(label="District nurse")
    page.get_by_label("Organisation").select_option(label="Riverside Community Trust")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{name} was added.")
    page.get_by_role("link", name=re.compile(f"Leaves.*{name}")).click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{name} has left.")


def test_the_governance_lead_sees_who_looked_and_no_names_of_people(page: Page, place: Place) -> None:
    place.gate("priya", "coordinator").person(place.joe)
    place.gate("priya", "coordinator").about(place.joe, ["Patient"])
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="Who has looked").first.click()
    expect(page.get_by_role("heading", name="Who has looked")).to_be_visible()
    expect(page.get_by_role("row", name="Priya Shah").first).to_contain_text(place.joe[:8])
    expect(page.get_by_text("Harper")).to_have_count(0)
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Priya Shah").first.click()
    expect(page.get_by_role("heading", name="Who has looked: Priya Shah")).to_be_visible()


def test_the_analyst_sees_totals_and_how_fresh_they_are(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["analyst"])
    expect(page.get_by_role("heading", name="the people")).to_be_visible()
    expect(page.get_by_role("row", name="Riverside Hospital")).to_be_visible()
    then_the_page_is_accessible(page)
    for path in ("/find?q=Harper", f"/people/{place.joe}", "/audit", "/organisation"):
        answer = page.goto(path)
        assert answer is not None and answer.status == 404


def test_the_coordinator_brings_the_team_together(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day?show=suggested")
    page.get_by_role("link", name="Take on").click()
    page.get_by_role("button", name="Take on").click()
    page.get_by_role("link", name="Change the team").click()
    then_the_page_is_accessible(page)
    page.get_by_label("Someone else who works here").select_option(label="Maria Lopez, district nurse")
    page.get_by_role("button", name="Add to the team").click()
    expect(page.get_by_role("alert")).to_contain_text("Maria Lopez can now see Joe’s record.")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a volunteer.")
    then_the_page_is_accessible(page)


def test_not_now_needs_a_reason_and_a_day(page: Page, place: Place) -> None:
    from tests.journeys import place as places

    places.suggest(place, place.annie)
    given_i_am_signed_in(page, place.emails["priya"])
    page.goto("/day?show=suggested")
    page.get_by_role("link", name="Not now").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter until when.")
    page.get_by_label("The team’s").check()
    page.get_by_label("Why not now?").fill("Her daughter has just moved in")
    for part, value in (("Day", "1"), ("Month", "6"), ("Year", "2099")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("alert")).to_contain_text("is not suggested again before 1 June 2099.")
    expect(page.get_by_text("Nobody is suggested to your team now.")).to_be_visible()


def test_the_clerk_corrects_a_refused_row_in_place(page: Page, place: Place, tmp_path: Path) -> None:
    from careweave.intake.loading import load
    from tests.unit.intake_files import table, write
    from tests.unit.test_intake_mappings import ADMISSION, FEEDS

    rows = ({**ADMISSION, "spell_id": "S1"}, {**ADMISSION, "spell_id": "S2", "birth_date": "2041-03-04"})
    load(
        [write(tmp_path, "admissions.csv", table(FEEDS["admissions"]["columns"], *rows))],
        source="RVR",
        workers=1,
    )
    given_i_am_signed_in(page, place.emails["clerk"])
    page.goto("/intake/refused")
    page.get_by_role("link", name=re.compile("admissions.csv from Riverside Hospital")).click()
    expect(page.get_by_text("2 read, 1 accepted, 0 unchanged, 1 refused.")).to_be_visible()
    expect(page.get_by_role("cell", name="2041-03-04")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name=re.compile("^Correct")).click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Leave it refused").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why it will not be corrected")
    page.get_by_label("birth_date").fill("1941-02-30")
    page.get_by_role("button", name="Save and load this row").click()
    expect(page.get_by_role("alert")).to_contain_text("Expected:")
    then_the_page_is_accessible(page)
    page.get_by_label("birth_date").fill("1941-03-04")
    page.get_by_role("button", name="Save and load this row").click()
    expect(page.get_by_role("alert")).to_contain_text("Accepted.")
    expect(page.get_by_text("No row of this file is refused any more.")).to_be_visible()
