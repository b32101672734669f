"""Apps of those who act for someone, and the name of the app in what the person reads about who looked."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client as Browser

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
SCOPES = "patient/*.rs launch/patient"


@pytest.fixture(scope="module")
def smart(database: object) -> Any:
    from tests.scenarios import smart

    return smart


@pytest.fixture(scope="module")
def own(smart: Any) -> Any:
    return smart.App(
        smart.register(name="My plan", used_by="people", scopes=f"{SCOPES} offline_access", launch_uri="")
    )


def read(token: str, person_id: str) -> int:
    answer = Browser().get(f"/fhir/R4/Patient/{person_id}", HTTP_AUTHORIZATION=f"Bearer {token}")
    return answer.status_code


def test_an_app_is_offered_to_an_attorney_and_stops_when_the_power_ends(own: Any, smart: Any) -> None:
    from careweave.identity import representatives
    from tests.scenarios.test_acting_for_someone import Place

    colin = Place()
    held = colin.appointed("attorney-property", "person-agreed")
    browser = smart.browser(person_id=colin.proxy, role="carer")
    door = browser.get(f"/oauth/authorize?{own.question(SCOPES)}")["Location"]
    assert colin.person in browser.get(door).content.decode(), "whom they act for is offered"
    got = own.connect(browser, SCOPES, person=colin.person)
    assert read(got["access_token"], colin.person) == 200
    ended = representatives.end_authority(colin.own, person_id=colin.person, authority_id=held.id)
    assert not hasattr(ended, "reason")
    assert read(got["access_token"], colin.person) == 404


def test_what_an_app_read_for_the_person_names_the_app(own: Any, smart: Any) -> None:
    from careweave.web import directory
    from tests import factories as make

    joe = make.person(("RVC", make.patient("RVC", uuid.uuid4().hex)))
    got = own.connect(smart.browser(person_id=joe), SCOPES)
    assert read(got["access_token"], joe) == 200
    looks = make.own_gate(joe).who_looked(joe)
    through = {look.organisation for look in looks if look.act == "read"}
    assert [directory.from_where(each) for each in through if each] == ["Through the app My plan"]
    page = smart.browser(person_id=joe).get("/my/who-looked").content.decode()
    assert "Through the app My plan" in page
