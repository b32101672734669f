"""The governance lead's desk: what waits, and nothing of it for anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from careweave.identity.doubting import say_wrong
from careweave.record import Gate, Purpose, Refusal, agreements, emergencies
from tests import factories as make
from tests.journeys.walking import given_i_am_signed_in, then_the_page_is_accessible

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_1_nothing_waits_and_the_desk_says_so(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["governance"])
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    then_the_page_is_accessible(page)


def test_2_what_waits_is_counted_and_each_count_leads_to_its_list(page: Page, place: Place) -> None:
    doctor = Gate(make.gate(place.staff["stranger"], "gp", "Y90009").actor, Purpose.EMERGENCY)
    opened = emergencies.open_in_emergency(
        doctor, place.joe, reason="life-at-risk", words="He fell at the bus stop"
    )
    assert not isinstance(opened, Refusal)
    terms = agreements.Terms("A short one", "RVR", until=datetime.now(UTC) + timedelta(days=20))
    assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="The hospital"), str)
    given_i_am_signed_in(page, place.emails["governance"])
    expect(page.get_by_text("Nothing waits for you.")).to_have_count(0)
    then_the_page_is_accessible(page)
    for words, heading in (
        ("1 agreement ends soon", "Charter and agreements"),
        ("1 emergency to review", "Opened in an emergency"),
        ("Unusual looks", "Unusual looks"),
        ("Entries in a wrong record", "Entries in a wrong record"),
    ):
        page.goto("/governance")
        page.get_by_role("link", name=words).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_3_an_unusual_look_is_asked_about_and_explained_without_any_script(
    browser: Browser, live_server: str, place: Place
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects)"
            " VALUES (%s, 'gp', 'Y90009', 'direct-care', 'read', %s::uuid[])",
            [place.staff["stranger"].party, [place.annie]],
        )
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    page = context.new_page()
    given_i_am_signed_in(page, place.emails["governance"])
    page.get_by_role("link", name="1 unusual look to ask about").click()
    page.get_by_role("link", name="Una Stranger").click()
    expect(page.get_by_text(place.annie[:8])).to_be_visible()
    expect(page.get_by_text("Harper")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what came of it.")
    page.get_by_label("I have asked them").check()
    page.get_by_label("In your own words").fill("I wrote to Una")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Asked, and no answer yet (1)")).to_be_visible()
    page.get_by_role("link", name="Una Stranger").click()
    page.get_by_label("It is explained").check()
    page.get_by_label("In your own words").fill("She stood in at the practice")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing unusual that you have not asked about.")).to_be_visible()
    expect(page.get_by_text("“She stood in at the practice”")).to_be_visible()
    context.close()


def test_4_the_list_and_one_question_are_accessible(page: Page, place: Place) -> None:
    nurse = place.staff["nurse"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects)"
            " VALUES (%s, 'district-nurse', 'RVC', 'direct-care', 'read', %s::uuid[])",
            [nurse.party, [place.annie]],
        )
    given_i_am_signed_in(page, place.emails["governance"])
    page.goto("/governance/unusual")
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="Maria Lopez").click()
    then_the_page_is_accessible(page)


def test_5_a_record_of_somebody_else_is_looked_into_until_everyone_was_told(page: Page, place: Place) -> None:
    doctor, colleague = place.gate("gp", "gp", "Y90001"), make.staff("Ed Read", "gp", "Y90001")
    make.gate(colleague, "gp", "Y90001").about(place.joe, ["Patient", "Condition", "Encounter"])
    held = doctor.person(place.joe)
    assert held
    (other,) = [each.subject for each in held.subjects if each.source == "RVR"]
    done = say_wrong(doctor, person_id=place.joe, subjects=[other], reason="Another Joseph")
    assert not isinstance(done, Refusal), done
    given_i_am_signed_in(page, place.emails["governance"])
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="1 entry in a wrong record").click()
    then_the_page_is_accessible(page)
    page.get_by_role("link", name="A record of somebody else").click()
    expect(page.get_by_text("Harper")).to_have_count(0)
    then_the_page_is_accessible(page)
    page.get_by_label("Put right, and nobody").check()
    page.get_by_label("What was done").fill("All is well")
    page.get_by_role("button", name="Close this").click()
    expect(page.get_by_role("alert")).to_contain_text("Some who saw it have not been told.")
    waiting = page.get_by_role("group", name="Who was told?").get_by_role("radio")
    assert waiting.count() > 0
    for left in reversed(range(waiting.count())):
        waiting.first.check()
        page.get_by_label("How were they told?").fill("I called them")
        page.get_by_role("button", name="Save who was told").click()
        expect(waiting).to_have_count(left)
    page.get_by_label("Put right, and nobody").check()
    page.get_by_label("What was done").fill("Everyone was told")
    page.get_by_role("button", name="Close this").click()
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    expect(page.get_by_text("“Everyone was told”")).to_be_visible()
    then_the_page_is_accessible(page)


@pytest.mark.parametrize("who", ["priya", "gp", "clerk", "admin", "analyst", "volunteer", "joe"])
def test_6_the_desk_is_shut_to_every_other_role(page: Page, place: Place, who: str) -> None:
    given_i_am_signed_in(page, place.emails[who], portal=who == "joe")
    for path in (
        "/governance",
        "/governance/unusual",
        f"/governance/unusual/left/{place.joe}",
        "/governance/incidents",
        f"/governance/incidents/{place.joe}",
    ):
        answer = page.goto(path)
        assert answer and answer.status == 404, path
