"""Second steps, lock-out, passwords, fresh proof before powerful acts, and words that outlive a session."""

from __future__ import annotations

import dataclasses
import re
import time
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.utils import timezone

from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PASSWORD = "a ferry under seven bridges"


def account_of(staff: Any) -> Any:
    from careweave.identity.models import Account

    account = Account.objects.get(staff=staff)
    account.set_password(PASSWORD)
    account.save()
    return account


@pytest.fixture
def priya() -> Any:
    return account_of(make.staff("Priya Shah", "coordinator", "RVC"))


@pytest.fixture
def ada() -> Any:
    return account_of(make.staff("Ada Moss", "administrator", "RVC"))


def browser(address: str = "10.0.0.1") -> Client:
    return Client(HTTP_HOST="localhost", REMOTE_ADDR=address)


def sign_in(client: Client, account: Any, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", {"email": account.email, "password": password, "next": "", **more})


def with_app(account: Any) -> pyotp.TOTP:
    from careweave.identity import second_steps

    secret = second_steps.new_app_secret()
    app = pyotp.TOTP(secret)
    before = timezone.now() - timedelta(seconds=90)
    refused = second_steps.add_app(account, secret=secret, code=app.at(before), now=before)
    assert refused is None
    return app


# -- second steps ----------------------------------------------------------------------------------------------


def test_a_password_alone_no_longer_opens_an_account_with_a_second_step(priya: Any) -> None:
    app, client = with_app(priya), browser()
    answer = sign_in(client, priya, next="/day?show=late")
    assert answer.headers["Location"] == "/sign-in/second-step"
    assert client.get("/day").status_code == 302
    assert client.post("/sign-in/second-step", {"code": "000000"}).status_code == 422
    right = client.post("/sign-in/second-step", {"code": f" {app.now()[:3]} {app.now()[3:]} "})
    assert right.headers["Location"] == "/day?show=late"
    assert client.get("/day").status_code == 200


def test_a_code_works_once(priya: Any) -> None:
    app = with_app(priya)
    code = app.now()
    for expected in (302, 422):
        client = browser()
        sign_in(client, priya)
        assert client.post("/sign-in/second-step", {"code": code}).status_code == expected


@pytest.mark.parametrize("seconds", [-120, -61, 61, 3600])
def test_a_code_of_another_time_is_not_right(priya: Any, seconds: int) -> None:
    from careweave.identity.second_steps import check_code

    app = with_app(priya)
    assert check_code(priya, app.at(int(time.time()) + seconds)) is not None


def test_recovery_codes_open_the_account_once_each(priya: Any) -> None:
    from careweave.identity import second_steps

    with_app(priya)
    codes = second_steps.new_recovery_codes(priya)
    assert len(set(codes)) == 10
    for expected in (302, 422):
        client = browser()
        sign_in(client, priya)
        assert client.post("/sign-in/second-step", {"code": codes[0].lower()}).status_code == expected
    assert second_steps.recovery_codes_left(priya) == 9
    second_steps.new_recovery_codes(priya)
    assert second_steps.check_code(priya, codes[1]) is not None


def test_someone_elses_codes_are_worth_nothing(priya: Any, ada: Any) -> None:
    from careweave.identity import second_steps

    with_app(priya)
    theirs = with_app(ada)
    codes = second_steps.new_recovery_codes(ada)
    assert second_steps.check_code(priya, theirs.now()) is not None
    assert second_steps.check_code(priya, codes[0]) is not None


def test_after_five_wrong_codes_there_is_a_pause_that_trying_on_does_not_lengthen(priya: Any) -> None:
    from careweave.identity.second_steps import check_code

    app, start = with_app(priya), timezone.now()
    for _ in range(5):
        check_code(priya, "000000", now=start)
    for minutes in (1, 7, 14):
        moment = start + timedelta(minutes=minutes)
        refused = check_code(priya, app.at(moment), now=moment)
        assert refused and "Too many tries" in refused.reason
    after = start + timedelta(minutes=15, seconds=1)
    assert check_code(priya, app.at(after), now=after) is None


def test_the_second_step_cannot_be_asked_for_without_the_first(priya: Any) -> None:
    app, client = with_app(priya), browser()
    assert client.post("/sign-in/second-step", {"code": app.now()}).headers["Location"] == "/sign-in"
    assert client.get("/sign-in/second-step").headers["Location"] == "/sign-in"


def test_half_way_ends_after_ten_minutes(priya: Any) -> None:
    app, client = with_app(priya), browser()
    sign_in(client, priya)
    session = client.session
    session["half"] = {**session["half"], "at": time.time() - 601}
    session.save()
    assert client.post("/sign-in/second-step", {"code": app.now()}).headers["Location"] == "/sign-in"


def test_secrets_are_not_readable_in_the_database(priya: Any) -> None:
    from careweave.identity import second_steps
    from careweave.identity.models import SecondStep

    secret = second_steps.new_app_secret()
    second_steps.add_app(priya, secret=secret, code=pyotp.TOTP(secret).now())
    codes = second_steps.new_recovery_codes(priya)
    stored = " ".join(
        f"{one.handle} {one.sealed}" for one in SecondStep.objects.filter(account=priya)
    ).upper()
    assert secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


# -- required by configuration ---------------------------------------------------------------------------------


def require(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    changed = dataclasses.replace(settings.CONFIGURATION, second_step_for=who)
    monkeypatch.setattr(settings, "CONFIGURATION", changed)


def test_staff_must_set_up_a_second_step_before_anything_else(
    priya: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(monkeypatch, "staff")
    client = browser()
    sign_in(client, priya)
    for page in ("/day", "/find?q=Joe", "/change-role"):
        assert client.get(page).headers["Location"] == "/your-sign-in"
    shown = client.get("/your-sign-in/app")
    secret = "".join(re.findall(r'app-code">([A-Z2-7 ]+)<', shown.content.decode())[0].split())
    done = client.post("/your-sign-in/app", {"code": pyotp.TOTP(secret).now()})
    assert b"Keep these codes" in done.content
    assert client.get("/day").status_code == 200
    gone = client.post(f"/your-sign-in/{priya.second_steps.get(kind='app').pk}/remove")
    assert gone.status_code == 302 and priya.second_steps.filter(kind="app").exists()


@pytest.mark.parametrize(
    ("who", "asked"), [("powerful", ["ada"]), ("nobody", []), ("staff", ["ada", "priya"])]
)
def test_the_place_decides_who_must_have_one(
    priya: Any, ada: Any, monkeypatch: pytest.MonkeyPatch, who: str, asked: list[str]
) -> None:
    require(monkeypatch, who)
    for name, account in (("priya", priya), ("ada", ada)):
        client = browser()
        sign_in(client, account)
        assert (client.session.get("must") == "/your-sign-in") is (name in asked)


def test_without_configuration_only_the_demonstration_does_not_ask(tmp_path: Any) -> None:
    from careweave.configuration import ConfigurationError, from_environment

    held = from_environment({"CAREWEAVE_HOME": str(tmp_path)})
    assert held.second_step == "staff"
    (tmp_path / "demonstration-place").touch()
    assert held.second_step == "nobody"
    with pytest.raises(ConfigurationError, match="staff, powerful, nobody"):
        from_environment({"CAREWEAVE_HOME": str(tmp_path), "CAREWEAVE_SECOND_STEP": "some"})


# -- lock-out --------------------------------------------------------------------------------------------------


def test_a_colleague_cannot_be_locked_out_from_elsewhere(priya: Any) -> None:
    for _ in range(12):
        sign_in(browser("10.9.9.9"), priya, "guess after guess")
    assert b"Too many tries" in sign_in(browser("10.9.9.9"), priya).content
    assert sign_in(browser("10.0.0.7"), priya).status_code == 302


def test_trying_on_does_not_lengthen_the_lock(priya: Any) -> None:
    from axes.models import AccessAttempt

    for _ in range(6):
        sign_in(browser("10.9.9.8"), priya, "guess after guess")
    began = AccessAttempt.objects.get(username=priya.email).attempt_time
    for _ in range(5):
        sign_in(browser("10.9.9.8"), priya, "guess after guess")
    assert AccessAttempt.objects.get(username=priya.email).attempt_time == began
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(browser("10.9.9.8"), priya).status_code == 302


def test_unknown_wrong_left_and_without_password_take_the_same_answer_and_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from careweave.identity.models import Account

    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 500_000)
    priya, ada = (account_of(make.staff(name, "coordinator", "RVC")) for name in ("Pia Wrong", "Ada None"))
    left = account_of(make.staff("Lee Gone", "coordinator", "RVC"))
    left.is_active = False
    left.save()
    ada.set_unusable_password()
    ada.save()
    nobody = Account(email="nobody@example.org")
    answers, times = set(), {}
    for name, one in (("wrong", priya), ("left", left), ("no password", ada), ("unknown", nobody)):
        spent = []
        for turn in range(3):
            client = browser(f"10.1.{len(times)}.{turn}")
            client.get("/sign-in")
            start = time.thread_time()
            answer = sign_in(client, one, "not the one at all")
            spent.append(time.thread_time() - start)
            answers.add(re.sub(r'value="[^"]*"', "", answer.content.decode()))
        times[name] = min(spent)
    assert len(answers) == 1
    # In time of the processor: without the hash an answer would cost a twentieth, whatever else the machine does.
    assert max(times.values()) < 3 * min(times.values()), times


# -- passwords -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short words", "at least 12"),
        ("Password1234!", "too easy|too common"),
        ("P4ssw0rdP4ssw0rd", "too easy|too common"),
        ("Riverside2026!", "too easy"),
        ("aaaaaaaaaaaaaaa", "repeats itself"),
        ("1234567890123", "repeats itself|too easy"),
        ("abcdefghijklmnop", "repeats itself"),
        ("PriyaShah2026!!", "too easy"),
        ("x1" * 101, "under 200|repeats"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(priya: Any, password: str, words: str) -> None:
    from careweave.identity.passwords import choose_password

    refused = choose_password(priya, password)
    assert refused and re.search(words, refused.reason), refused


@pytest.mark.parametrize(
    "password", ["correct horse battery", "tea ferry seven", "Мост под дождём", "aB3$kd93mQ;zv!"]
)
def test_long_passwords_need_no_special_signs(priya: Any, password: str) -> None:
    from careweave.identity.passwords import choose_password

    assert choose_password(priya, password) is None
    assert sign_in(browser(), priya, password).status_code == 302


def test_a_new_password_signs_out_everywhere_else(priya: Any) -> None:
    here, there = browser(), browser()
    sign_in(here, priya)
    sign_in(there, priya)
    assert here.post("/your-sign-in/password", {"new_password": "tea ferry seven"}).status_code == 302
    assert here.get("/day").status_code == 200
    assert there.get("/day").status_code == 302


# -- fresh proof -----------------------------------------------------------------------------------------------


def stale(client: Client) -> None:
    session = client.session
    session["proved"] = time.time() - 16 * 60
    session.save()


def test_powerful_acts_ask_again_and_keep_what_was_typed(ada: Any, priya: Any) -> None:
    client = browser()
    sign_in(client, ada)
    stale(client)
    page = f"/organisation/staff/{priya.staff_id}/roles"
    typed = {"role": "gp", "organisation": "RVC", "last-day": "1", "last-month": "2", "last-year": "2099"}
    answer = client.post(page, typed, HTTP_REFERER=f"http://localhost{page}")
    assert answer.headers["Location"].startswith("/prove?next=")
    assert client.post("/prove", {"next": page, "password": "wrong one here"}).status_code == 422
    assert client.post("/prove", {"next": page, "password": PASSWORD}).headers["Location"] == page
    shown = client.get(page).content.decode()
    assert "Not saved yet" in shown and 'name="last-year" value="2099"' in shown
    assert client.post(page, typed).status_code == 302
    assert "Not saved yet" not in client.get(page).content.decode()


def test_where_there_is_a_second_step_a_password_does_not_prove_enough(ada: Any) -> None:
    app, client = with_app(ada), browser()
    sign_in(client, ada)
    client.post("/sign-in/second-step", {"code": app.at(timezone.now() - timedelta(seconds=30))})
    stale(client)
    assert client.get("/your-sign-in/app").headers["Location"].startswith("/prove")
    assert client.post("/prove", {"next": "/organisation", "password": PASSWORD}).status_code == 422
    assert client.post("/prove", {"next": "/organisation", "code": app.now()}).status_code == 302


@pytest.mark.parametrize(
    "asked", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_no_door_leads_elsewhere(ada: Any, asked: str) -> None:
    client = browser()
    assert sign_in(client, ada, next=asked).headers["Location"] == "/organisation"
    assert client.post("/prove", {"next": asked, "password": PASSWORD}).headers["Location"] == "/organisation"


# -- words outlive a session -----------------------------------------------------------------------------------


def idle(client: Client) -> None:
    session = client.session
    session["seen"] = time.time() - 31 * 60
    session.save()


def test_a_time_out_loses_no_words_and_the_same_person_lands_on_the_same_form(ada: Any, priya: Any) -> None:
    client = browser()
    sign_in(client, ada)
    idle(client)
    typed = {"name": "Noor Aziz", "email": "noor@example.org", "password": "first password here"}
    answer = client.post("/organisation/staff", typed, HTTP_REFERER="http://localhost/organisation")
    assert answer.headers["Location"] == "/sign-in?next=%2Forganisation"
    assert sign_in(client, ada, next="/organisation").headers["Location"] == "/organisation"
    shown = client.get("/organisation").content.decode()
    assert "Noor Aziz" in shown and "Save these words" in shown
    assert "first password here" not in shown


def test_nobody_else_is_shown_the_words(ada: Any, priya: Any) -> None:
    from careweave.identity.models import KeptWords

    other = account_of(make.staff("Bo Lind", "administrator", "RVC"))
    client = browser()
    sign_in(client, ada)
    idle(client)
    client.post("/organisation/staff", {"name": "Noor Aziz"}, HTTP_REFERER="http://localhost/organisation")
    assert "Noor" not in KeptWords.objects.get(account=ada).sealed
    for account in (other, priya):
        sign_in(client, account, next="/organisation")
        assert b"Noor Aziz" not in client.get("/organisation").content
        client.post("/sign-out")


def test_another_site_cannot_put_words_here(ada: Any) -> None:
    from careweave.identity.models import KeptWords

    for headers in (
        {"HTTP_REFERER": "https://elsewhere.example/organisation"},
        {},
        {"HTTP_REFERER": "http://localhost/organisation", "HTTP_SEC_FETCH_SITE": "cross-site"},
    ):
        client = browser()
        sign_in(client, ada)
        idle(client)
        client.post("/organisation/staff", {"name": "Noor Aziz"}, **headers)
        assert not KeptWords.objects.filter(account=ada).exists()


def test_a_form_from_before_signing_in_again_is_shown_with_its_words(ada: Any) -> None:
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    page = client.get("/sign-in").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    client.post(
        "/sign-in",
        {"email": ada.email, "password": PASSWORD, "next": "", "csrfmiddlewaretoken": token[1]},
        HTTP_REFERER="http://localhost/sign-in",
    )
    answer = client.post(
        "/organisation/staff",
        {"name": "Noor Aziz", "csrfmiddlewaretoken": "of another session"},
        HTTP_REFERER="http://localhost/organisation",
    )
    assert answer.headers["Location"] == "/organisation"
    assert b"Noor Aziz" in client.get("/organisation").content


def test_kept_words_are_gone_after_twelve_hours(ada: Any) -> None:
    from careweave.identity import kept_words
    from careweave.identity.models import KeptWords

    kept_words.keep(ada, page="/organisation", action="/organisation/staff", fields={"name": ["Noor Aziz"]})
    KeptWords.objects.update(kept_at=timezone.now() - timedelta(hours=12, minutes=1))
    assert kept_words.kept(ada) is None and not KeptWords.objects.exists()


# -- lock and someone else -------------------------------------------------------------------------------------


def test_a_locked_session_opens_nothing_but_the_lock(ada: Any) -> None:
    client = browser()
    sign_in(client, ada)
    client.post("/lock", {"back": "/organisation"})
    for page in ("/organisation", "/your-sign-in", "/prove", "/organisation/roles"):
        assert client.get(page).headers["Location"] == "/locked"
    assert client.post("/organisation/staff", {"name": "X"}).headers["Location"] == "/locked"
    assert client.post("/locked", {"password": PASSWORD}).headers["Location"] == "/organisation"


def test_someone_else_starts_clean(ada: Any, priya: Any) -> None:
    client = browser()
    sign_in(client, ada)
    client.post("/keep", {"_page": "/organisation", "_action": "/organisation/staff", "name": "Noor Aziz"})
    client.post("/lock", {"back": "/organisation"})
    answer = client.post("/sign-out", {"someone_else": "1"})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert sign_in(client, priya).headers["Location"] == "/day"
    assert b"Noor Aziz" not in client.get("/day").content
    client.post("/sign-out")
    assert sign_in(client, ada).headers["Location"] == "/organisation"
    assert b"Noor Aziz" in client.get("/organisation").content


def test_someone_else_may_also_just_sign_in(ada: Any, priya: Any) -> None:
    client = browser()
    sign_in(client, ada)
    client.post("/lock", {"back": "/organisation"})
    sign_in(client, priya)
    assert client.session["actor"]["id"] == priya.staff.party and "locked" not in client.session


# -- starting afresh -------------------------------------------------------------------------------------------


def test_who_lost_everything_starts_afresh_and_chooses_a_password(ada: Any, priya: Any) -> None:
    with_app(priya)
    admin, client = browser(), browser()
    sign_in(admin, ada)
    shown = admin.post(f"/organisation/staff/{priya.staff_id}/afresh")
    first = re.findall(r'app-code">([a-z0-9-]+)<', shown.content.decode())[0]
    assert sign_in(client, priya).status_code == 422
    assert sign_in(client, priya, first).status_code == 302
    assert client.get("/day").headers["Location"] == "/your-sign-in/password"
    assert client.post("/your-sign-in/password", {"new_password": "tea ferry seven"}).status_code == 302
    assert client.get("/day").status_code == 200


def test_nobody_lets_a_powerful_colleague_start_afresh_or_sets_their_password(ada: Any, priya: Any) -> None:
    other = account_of(make.staff("Bo Lind", "administrator", "RVC"))
    client = browser()
    sign_in(client, ada)
    client.post(f"/organisation/staff/{other.staff_id}/afresh")
    typed = {"name": "Bo Lind", "email": other.email, "role": "gp", "organisation": "RVC"}
    refused = client.post("/organisation/staff", {**typed, "password": "tea ferry seven"})
    assert refused.status_code == 422 and b"They have an account already" in refused.content
    assert sign_in(browser(), other).status_code == 302


def test_a_first_password_that_someone_else_knows_is_replaced(ada: Any) -> None:
    from careweave.identity.models import Account

    client, new = browser(), browser()
    sign_in(client, ada)
    typed = {"name": "Noor Aziz", "email": "noor@example.org", "role": "gp", "organisation": "RVC"}
    assert client.post("/organisation/staff", {**typed, "password": "riverside2026!"}).status_code == 422
    assert client.post("/organisation/staff", {**typed, "password": "tea ferry seven"}).status_code == 302
    sign_in(new, Account.objects.get(email="noor@example.org"), "tea ferry seven")
    assert new.get("/day").headers["Location"] == "/your-sign-in/password"
    weak = new.post("/your-sign-in/password", {"new_password": "noor aziz 123"})
    assert weak.status_code == 422
