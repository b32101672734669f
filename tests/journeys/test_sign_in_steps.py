"""In the browser: a passkey, an app, two administrators, a letter for Joe, a time-out, a shared ward computer."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from django.conf import settings
from django.test import Client as Visitor
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.openid_provider import Client, OpenIdProvider, serve
from tests.journeys.place import PASSWORD
from tests.journeys.walking import (
    given_i_am_signed_in,
    then_every_step_of_the_keyboard_is_visible,
    then_the_page_is_accessible,
)

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
def named(browser: Browser, live_server: str) -> Iterator[Page]:
    """A page at a name instead of a number, because browsers bind passkeys to names; with a built-in fingerprint."""
    context = browser.new_context(
        base_url=live_server.replace("127.0.0.1", "localhost"), locale="en-GB", timezone_id="Europe/London"
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    debugger = context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    debugger.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield page
    context.close()


def test_a_passkey_opens_the_account_without_password(named: Page, place: Place) -> None:
    given_i_am_signed_in(named, place.emails["priya"])
    named.get_by_role("link", name="Priya Shah").click()
    expect(named.get_by_role("heading", name="Your sign-in")).to_be_visible()
    then_the_page_is_accessible(named)
    then_every_step_of_the_keyboard_is_visible(named)
    named.get_by_label("Name of this passkey").fill("Ward tablet")
    named.get_by_role("button", name="Add fingerprint, face or security key").click()
    expect(named.get_by_role("heading", name="Keep these codes")).to_be_visible()
    expect(named.locator("li.app-code")).to_have_count(10)
    recovery = named.locator("li.app-code").first.inner_text()
    then_the_page_is_accessible(named)
    named.get_by_role("button", name="I have kept them").click()
    named.get_by_role("button", name="Sign out").click()
    for _ in range(6):  # someone at this computer tries passwords: hers are not looked at, her passkey is
        Visitor(HTTP_HOST="localhost").post("/sign-in", {"email": place.emails["priya"], "password": "guess"})
    named.goto("/sign-in?next=/day%3Fshow%3Dlate")
    named.get_by_role("button", name="Use your fingerprint, face or security key").click()
    expect(named).to_have_url(re.compile(r"/day\?show=late$"))
    named.get_by_role("button", name="Lock").click()
    then_the_page_is_accessible(named)
    named.get_by_role("button", name="Use your fingerprint, face or security key").click()
    expect(named.get_by_role("heading", name="My day")).to_be_visible()
    named.get_by_role("button", name="Sign out").click()
    _open_the_lock(place.emails["priya"])
    named.get_by_label("email address").fill(place.emails["priya"])
    named.get_by_label("Password", exact=True).fill(PASSWORD)
    named.get_by_role("button", name="Sign in").click()
    expect(named.get_by_role("heading", name="One more step")).to_be_visible()
    then_the_page_is_accessible(named)
    named.get_by_role("button", name="Continue").click()
    expect(named.get_by_role("alert")).to_contain_text("Enter the code")
    named.get_by_label("Recovery code").fill(recovery)
    named.get_by_role("button", name="Continue").click()
    expect(named.get_by_role("heading", name="My day")).to_be_visible()


def _open_the_lock(email: str) -> None:
    from axes.utils import reset

    reset(username=email)


def test_a_passkey_that_nobody_here_knows_opens_nothing(named: Page, place: Place) -> None:
    named.goto("/sign-in")
    named.get_by_role("button", name="Use your fingerprint, face or security key").click()
    expect(named.get_by_role("alert")).to_contain_text("That did not work. Try again, or use another way.")
    then_the_page_is_accessible(named)


def test_an_app_is_added_and_asked_for(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["nurse"])
    page.goto("/your-sign-in")
    page.get_by_role("link", name="Add an app that makes codes").click()
    expect(page.get_by_role("img", name="A square for your app to scan")).to_be_visible()
    then_the_page_is_accessible(page)
    secret = page.locator("b.app-code").inner_text().replace(" ", "")
    page.get_by_label("6-digit code").fill("000000")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("That code is not right.")
    page.get_by_label("6-digit code").fill(pyotp.TOTP(secret).at(time.time() - 30))
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Keep these codes")).to_be_visible()
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("email address").fill(place.emails["nurse"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("6-digit code from your app").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="My day")).to_be_visible()


def test_a_powerful_role_takes_two_administrators(page: Page, place: Place) -> None:
    from careweave.identity.models import Account
    from tests import factories as make

    second = make.staff("Bo Lind", "administrator", "RVC")
    account = Account.objects.get(staff=second)
    account.set_password(PASSWORD)
    account.save()
    given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_role("link", name=re.compile("Roles.*Maria Lopez")).click()
    expect(page.get_by_role("heading", name="Roles of Maria Lopez")).to_be_visible()
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a role.")
    page.get_by_label("Role").select_option(label="Governance lead, needs a second person")
    page.get_by_label("Organisation").select_option("RVC")
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_role("alert")).to_contain_text("waits until another administrator approves it")
    page.get_by_role("link", name="Waits for approval").click()
    expect(page.get_by_text("not you, because you gave it")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Sign out").click()
    given_i_am_signed_in(page, account.email)
    page.get_by_role("link", name="1 powerful role waits for a second person").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("Approved.")
    then_the_page_is_accessible(page)


def test_joe_comes_in_with_his_letter(page: Page, place: Place) -> None:
    from careweave.identity import letters

    gate = place.gate("gp", "gp", "Y90001")
    given_i_am_signed_in(page, place.emails["gp"])
    page.goto(f"/people/{place.joe}/letter")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Record this and print the letter").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick what you saw.")
    page.get_by_role("button", name="Sign out").click()
    check = letters.check_identity(gate, person_id=place.joe, seen=["known"], place="home")
    printed: Any = letters.print_letter(gate, check=check, birth_date="1941-03-04")  # type: ignore[arg-type]
    page.goto("/my")
    page.get_by_role("button", name="I have a letter with codes").click()
    then_the_page_is_accessible(page)
    page.get_by_label("The first code you have not used").fill(printed.codes[0])
    page.get_by_role("button", name="See my care").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your date of birth.")
    for part, value in (("Day", "4"), ("Month", "3"), ("Year", "1941")):
        page.get_by_label(part).fill(value)
    page.get_by_role("button", name="See my care").click()
    expect(page).to_have_url(re.compile("/my$"))
    expect(page.get_by_text("Joe").first).to_be_visible()


def test_a_time_out_keeps_the_words_and_leads_back_to_them(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_label("Name", exact=True).fill("Noor Aziz")
    _let_the_session_run_out(place.emails["admin"])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("email address").fill(place.emails["admin"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/organisation$"))
    expect(page.get_by_role("region", name="Not saved yet")).to_contain_text("Noor Aziz")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Noor Aziz")
    then_the_page_is_accessible(page)
    page.get_by_role("button", name="Throw them away").click()
    expect(page.get_by_role("region", name="Not saved yet")).to_have_count(0)


def _let_the_session_run_out(email: str) -> None:
    from importlib import import_module

    from django.conf import settings

    from careweave.identity.models import OpenSession

    store = import_module(settings.SESSION_ENGINE).SessionStore
    for held in OpenSession.objects.filter(account__email=email):
        session = store(held.session_key)
        if "seen" in session:
            session["seen"] = time.time() - 31 * 60
            session.save()


def test_just_before_a_time_out_the_page_hands_over_what_was_typed(page: Page, place: Place) -> None:
    page.clock.install()
    given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_label("Telephone", exact=True).fill("01632 960999")
    page.clock.fast_forward("28:30")
    expect(page.get_by_role("dialog")).to_contain_text("Nothing you typed is lost.")
    with page.expect_response("**/keep") as kept:
        page.clock.fast_forward("01:15")
    assert kept.value.status == 204
    page.clock.fast_forward("00:30")
    expect(page.get_by_role("region", name="Not saved yet")).to_contain_text("01632 960999")
    expect(page.get_by_label("Telephone", exact=True)).to_have_value("01632 960999")
    page.get_by_role("button", name="Throw them away").click()


def test_locking_keeps_the_page_and_the_words_and_someone_else_sees_neither(page: Page, place: Place) -> None:
    given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_label("Name", exact=True).fill("Noor Aziz")
    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_role("heading", name="Locked for Ada Moss")).to_be_visible()
    expect(page.get_by_text("Noor Aziz")).to_have_count(0)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Noor Aziz")
    page.get_by_role("button", name="Lock").click()
    page.get_by_role("button", name="Someone else").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_text("Noor Aziz")).to_have_count(0)
    given_i_am_signed_in(page, place.emails["clerk"])
    page.goto("/organisation")
    expect(page.get_by_text("Noor Aziz")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    page.get_by_role("button", name="Sign out").click()
    given_i_am_signed_in(page, place.emails["admin"])
    expect(page.get_by_label("Name", exact=True)).to_have_value("Noor Aziz")


def test_staff_come_in_with_their_card_and_leave_to_change_role(
    page: Page, place: Place, live_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from careweave.identity.logins_elsewhere import link_staff
    from careweave.identity.staffing import administering
    from careweave.web.openid import keys, providers

    provider, stop = serve(OpenIdProvider)
    (tmp_path / "own.pem").write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[provider]]\nid = "cis2"\nshape = "cis2"\nissuer = "{provider.issuer}"\nclient_id = "careweave"\n'
        'key_file = "own.pem"\n'
    )
    changed = dataclasses.replace(settings.CONFIGURATION, sign_in_providers=str(file), base_url=live_server)
    monkeypatch.setattr(settings, "CONFIGURATION", changed)
    keys.forget()
    provider.client = Client("careweave", keys.own_public_keys(providers()), f"{live_server}/sign-in/back")
    role = {"person_roleid": "1", "org_code": "RVC", "role_code": "S8000:G8000:R8001"}
    common = {"auth_time": int(time.time()), "authentication_assurance_level": "3", "selected_roleid": "1"}
    provider.users["Maria"] = {**common, "uid": "910000000018", "nhsid_nrbac_roles": [role]}
    provider.users["Nobody"] = {**common, "uid": "910000000026", "nhsid_nrbac_roles": [role]}
    link_staff(administering(), staff=place.staff["nurse"], issuer=provider.issuer, subject="910000000018")
    try:
        page.goto("/day")
        then_the_page_is_accessible(page)
        page.get_by_role("button", name="Sign in with your NHS smartcard or work account").click()
        page.get_by_role("link", name="Nobody").click()
        expect(page.get_by_role("heading", name="Your work account is not known here")).to_be_visible()
        then_the_page_is_accessible(page)
        page.goto("/day")
        page.get_by_role("button", name="Sign in with your NHS smartcard or work account").click()
        page.get_by_role("link", name="Maria").click()
        expect(page.get_by_role("heading", name="My day")).to_be_visible()
        page.get_by_role("button", name="Lock").click()
        page.get_by_role("button", name="Unlock with the account you signed in with").click()
        page.get_by_role("link", name="Maria").click()
        expect(page.get_by_role("heading", name="My day")).to_be_visible()
    finally:
        stop()


def test_without_script_the_words_are_there_to_be_sent(
    browser: Browser, live_server: str, place: Place
) -> None:
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    page = context.new_page()
    given_i_am_signed_in(page, place.emails["clerk"])
    page.goto("/your-sign-in")
    expect(page.get_by_role("button", name="Add fingerprint, face or security key")).to_have_count(0)
    page.get_by_role("button", name="Sign out", exact=True).click()
    given_i_am_signed_in(page, place.emails["admin"])
    page.get_by_role("link", name=re.compile("Roles.*Tom Reid")).click()
    page.get_by_label("Role").select_option(label="Care coordinator")
    page.get_by_label("Organisation").select_option(label="Riverside Council")
    _let_the_session_run_out(place.emails["admin"])
    page.get_by_role("button", name="Give this role").click()
    page.get_by_label("email address").fill(place.emails["admin"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Roles of Tom Reid")).to_be_visible()
    page.get_by_role("button", name="Save these words").click()
    expect(page.get_by_role("alert")).to_contain_text("Tom Reid may work as care coordinator.")
    expect(page.get_by_role("region", name="Not saved yet")).to_have_count(0)
    context.close()
