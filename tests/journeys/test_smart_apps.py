"""Apps in a real browser: a GP opens one from Joe's page, Joe connects one at home and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import smart_app, walking

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module")
def app_origin(live_server: str) -> Iterator[str]:
    """The app runs elsewhere, and the place knows its own address and the app's."""
    from django.conf import settings

    with smart_app.served() as origin, pytest.MonkeyPatch.context() as patch:
        known = replace(settings.CONFIGURATION, base_url=live_server, app_origins=(origin,))
        patch.setattr(settings, "CONFIGURATION", known)
        yield origin


@pytest.fixture(scope="module")
def registered(app_origin: str, place: Place) -> Any:
    """One app for professionals, which is opened from a person's page, and one for people."""
    from types import SimpleNamespace

    from careweave.identity import clients_launches
    from careweave.identity.clients import Registration, register
    from careweave.record import Actor, Gate, Purpose

    clients_launches._asked.clear()  # whether there are apps is remembered for a minute: of another place here
    admin = Gate(
        Actor(place.staff["admin"].party, "administrator", "RVC", "Ada Moss"), Purpose.ADMINISTRATION
    )
    back = {
        "kind": "app",
        "organisation": "RVC",
        "redirect_uris": [f"{app_origin}/app", f"{app_origin}/diary"],
    }
    scopes = "patient/Patient.rs patient/Condition.rs"
    falls = register(
        admin,
        asked=Registration(
            name="Falls app",
            used_by="professionals",
            scopes=f"{scopes} launch launch/patient",
            launch_uri=f"{app_origin}/app?{urlencode({'scope': f'launch {scopes}'})}",
            **back,
        ),
    )
    own = register(
        admin,
        asked=Registration(
            name="My health diary", used_by="people", scopes=f"{scopes} offline_access", **back
        ),
    )
    # The launch address names the client too: an app for one place knows its own id.
    type(falls).objects.filter(id=falls.id).update(launch_uri=f"{falls.launch_uri}&client={falls.id}")
    return SimpleNamespace(falls=falls, own=own)


def test_a_gp_opens_joe_in_an_app_without_a_second_search(page: Page, place: Place, registered: Any) -> None:
    walking.given_i_am_signed_in(page, place.emails["gp"])
    page.goto(f"/people/{place.joe}")
    page.get_by_role("link", name="Open in an app").click()
    walking.then_the_page_is_accessible(page)
    page.get_by_role("button", name="Falls app").click()
    expect(page.get_by_role("heading", name="Let Falls app in?")).to_be_visible()
    expect(page.get_by_text("It sees nobody else’s record.")).to_be_visible()
    walking.then_the_page_is_accessible(page)
    walking.then_every_step_of_the_keyboard_is_visible(page)
    page.get_by_role("button", name="Let it in", exact=True).click()
    expect(page.locator("#out")).to_have_text("200 Harper")
    assert page.evaluate("read('Condition')")[0] == 200
    assert page.evaluate("read('MedicationStatement')")[0] == 403
    assert page.evaluate(f"read('Patient/{place.annie}')")[0] in (403, 404)


def test_a_gp_who_says_no_shares_nothing(page: Page, place: Place, registered: Any, app_origin: str) -> None:
    walking.given_i_am_signed_in(page, place.emails["gp"])
    page.goto(f"/people/{place.joe}/apps")
    page.get_by_role("button", name="Falls app").click()
    page.get_by_role("button", name="Do not let it in").click()
    expect(page.locator("#out")).to_have_text("Refused: access_denied")


def test_a_gp_who_starts_from_the_app_chooses_the_person(
    page: Page, place: Place, registered: Any, app_origin: str, live_server: str
) -> None:
    asked = {
        "iss": f"{live_server}/fhir/R4",
        "client": registered.falls.id,
        "scope": "launch/patient patient/Patient.r",
    }
    page.goto(f"{app_origin}/app?{urlencode(asked)}")
    page.get_by_label("email address").fill(place.emails["gp"])
    page.get_by_label("Password", exact=True).fill(walking.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Open Falls app: about whom?")).to_be_visible()
    walking.then_the_page_is_accessible(page)
    page.locator("#find").fill("Joseph Harper")
    page.get_by_role("button", name="Find", exact=True).last.click()
    page.get_by_role("link", name="HARPER").click()
    page.get_by_role("button", name="Let it in", exact=True).click()
    expect(page.locator("#out")).to_have_text("200 Harper")


def test_joe_connects_an_app_at_home_and_takes_it_back(
    page: Page, place: Place, registered: Any, app_origin: str, live_server: str
) -> None:
    asked = {
        "iss": f"{live_server}/fhir/R4",
        "client": registered.own.id,
        "scope": "patient/Patient.r patient/Condition.rs offline_access",
    }
    page.goto(f"{app_origin}/app?{urlencode(asked)}")
    page.get_by_label("email address").fill(place.emails["joe"])
    page.get_by_label("Password", exact=True).fill(walking.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("up to 90 days")).to_be_visible()
    walking.then_the_page_is_accessible(page)
    page.get_by_role("button", name="Let it in", exact=True).click()
    expect(page.locator("#out")).to_have_text("200 Harper")
    app = page.context.new_page()
    app.goto("/my/who-looked")
    app.get_by_role("link", name="Apps that can look for you").click()
    expect(app.get_by_role("heading", name="My health diary")).to_be_visible()
    walking.then_the_page_is_accessible(app)
    app.get_by_role("button", name="Disconnect My health diary").click()
    expect(app.get_by_text("My health diary is disconnected")).to_be_visible()
    assert page.evaluate("read('Patient/' + window.got.patient)")[0] == 401


def test_smart_s_own_javascript_client_signs_in_by_itself(
    page: Page, place: Place, registered: Any, app_origin: str, live_server: str
) -> None:
    """Found by discovery, PKCE, token, refresh, id_token: all as that client does it, from Joe's page and from its own."""
    scope = "openid fhirUser launch/patient patient/Patient.rs patient/Condition.read offline_access"
    asked = {"iss": f"{live_server}/fhir/R4", "client": registered.own.id, "scope": scope}
    page.goto(f"{app_origin}/diary?{urlencode(asked)}")
    page.get_by_label("email address").fill(place.emails["joe"])
    page.get_by_label("Password", exact=True).fill(walking.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Let it in", exact=True).click()
    expect(page.locator("#out")).to_have_text("Harper, opened by Patient")
    assert page.evaluate("client.request('Condition').then(found => found.resourceType)") == "Bundle"
    before = page.evaluate("client.getState('tokenResponse.access_token')")
    assert page.evaluate("client.refresh().then(state => state.tokenResponse.access_token)") != before
    assert page.evaluate("client.request('Patient/' + client.patient.id).then(joe => joe.id)") == place.joe


def test_an_administrator_registers_a_system(page: Page, place: Place, registered: Any) -> None:
    walking.given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_role("link", name="Apps", exact=True).click()
    walking.then_the_page_is_accessible(page)
    page.get_by_role("link", name="A system that works on its own").click()
    walking.then_the_page_is_accessible(page)
    page.get_by_label("Name").fill("Ward system")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose an open organisation")
    expect(page.get_by_label("Name")).to_have_value("Ward system")
    walking.then_the_page_is_accessible(page)
