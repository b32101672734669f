"""Joe asks for a copy of his record; the governance lead reads it, leaves words out and gives it; old records go."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from careweave.record import agreements
from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_1_joe_asks_and_reads_by_when_he_is_answered(page: Page, place: Place) -> None:
    for source in ("Y90001", "RVR"):
        terms = agreements.Terms("Answering requests", source, purposes=("subject-access",))
        assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="Made up"), str)
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.get_by_role("link", name="A copy of my record").click()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Ask for a copy").click()
    expect(page.get_by_text("You get an answer by").first).to_be_visible()
    expect(page.get_by_role("button", name="Ask for a copy")).to_have_count(0)
    then_the_page_is_accessible(page)


def test_2_the_lead_reads_leaves_words_out_and_gives_it(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="1 person waits for a copy of their record").click()
    expect(page.get_by_text("Harper")).to_have_count(0)
    page.get_by_role("link", name="answer the request of").click()
    page.get_by_role("button", name="Take this on").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Read the").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Someone close to you").or_(
        page.get_by_role("link", name="Who you are")
    ).first.click()
    page.get_by_role("button", name="Leave these words out").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the words to leave out")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Give this entry").click()
    page.goto(page.url.removesuffix("/entries"))
    page.get_by_label("Words to leave out of every entry").fill("penicillin")
    page.get_by_label("It is about somebody else").check()
    page.get_by_role("button", name="Leave these words out").click()
    expect(page.get_by_text("“penicillin”")).to_be_visible()
    while page.get_by_text("0 to decide", exact=True).count() == 0:
        address = page.url
        page.get_by_role("link", name="Read the").click()
        page.locator("tbody a").first.click()
        page.get_by_role("button", name="Give this entry").click()
        page.goto(address)
    page.get_by_role("button", name="Make the copy and give it").click()
    expect(page.get_by_text("The copy is made.")).to_be_visible()


def test_3_each_page_of_the_lead_is_accessible(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    for address in ("/governance/copies", "/governance/copies/new", "/governance/kept", "/governance/holds"):
        page.goto(address)
        then_the_page_is_accessible(page)
    page.goto("/governance/copies")
    page.locator("tbody a").first.click()
    then_the_page_is_accessible(page)


def test_4_joe_fetches_his_copy(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["joe"], portal=True)
    page.goto("/my/copy")
    then_the_page_is_accessible(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Fetch my copy").click()
    content = Path(fetched.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("your-record.json").decode()
        assert archive.read("your-record.pdf").startswith(b"%PDF")
    assert "Harper" in text and "penicillin" not in text.casefold()
    page.goto("/my/who-looked")
    expect(page.get_by_text("Made a copy of the record, to be given to you").first).to_be_visible()
