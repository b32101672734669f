"""Apps that people sign in to: what lets one in, what it gets, and every way of asking that is refused."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def smart(database: object) -> Any:
    from tests.scenarios import smart  # models can be imported only once Django is set up

    return smart


@pytest.fixture(scope="module")
def people(database: object) -> Any:
    """Joe at his practice, whose GP is Ruth; Mary, whom Ruth has nothing to do with."""
    from types import SimpleNamespace

    from tests import factories as make

    ruth = make.staff("Ruth Cole", "gp", "RVC")
    joe = make.person(("RVC", make.patient("RVC", uuid.uuid4().hex, gp="RVC", nhs_number="9990000018")))
    mary = make.person(("Y99", make.patient("Y99", uuid.uuid4().hex, family="Else", gp="Y99")))
    return SimpleNamespace(ruth=ruth, joe=joe, mary=mary)


@pytest.fixture(scope="module")
def app(smart: Any) -> Any:
    return smart.App(smart.register())


@pytest.fixture
def ruth(smart: Any, people: Any) -> Browser:
    return smart.browser(people.ruth, "gp")


@pytest.fixture(scope="module")
def own(smart: Any) -> Any:
    """An app for people themselves."""
    scopes = "patient/*.rs launch/patient offline_access"
    return smart.App(smart.register(name="My plan", used_by="people", scopes=scopes, launch_uri=""))


def grant_of(token: str) -> Any:
    from careweave.identity.access_tokens import check

    return check(token)


# -- let in ---------------------------------------------------------------------------------------------------------


def test_an_app_acts_as_the_one_who_let_it_in(app: Any, ruth: Browser, people: Any) -> None:
    got = app.connect(ruth, "user/*.rs")
    assert (got["token_type"], got["expires_in"], got["scope"]) == ("Bearer", 3600, "user/*.rs")
    assert "refresh_token" not in got and "id_token" not in got and "patient" not in got
    grant = grant_of(got["access_token"])
    assert grant.actor.id == people.ruth.party and grant.actor.role == "gp" and grant.purpose == "direct-care"
    assert grant.client == app.client.id


def test_a_person_connects_an_app_to_their_own_record_and_to_no_other(
    own: Any, smart: Any, people: Any
) -> None:
    joe = smart.browser(person_id=people.joe)
    got = own.connect(joe, "patient/*.read launch/patient openid fhirUser", person=people.mary)
    assert got["patient"] == people.joe and got["scope"] == "patient/*.read launch/patient openid fhirUser"
    grant = grant_of(got["access_token"])
    assert grant.patient == people.joe and grant.actor.role == "person" and grant.purpose == "own-care"


def test_the_id_token_says_who_signed_in_and_is_signed_by_a_published_key(
    own: Any, app: Any, smart: Any, people: Any, ruth: Browser
) -> None:
    anyone = Browser(HTTP_HOST="localhost")
    keys = KeySet.import_key_set(anyone.get("/.well-known/jwks.json").json())
    joe = own.connect(smart.browser(person_id=people.joe), "openid fhirUser", nonce="n-1")
    claims = jwt.decode(joe["id_token"], keys, algorithms=["RS256"]).claims
    found = anyone.get("/.well-known/openid-configuration").json()
    assert claims["iss"] == found["issuer"] and claims["aud"] == [own.client.id] and claims["nonce"] == "n-1"
    assert claims["fhirUser"] == f"{smart.addresses.fhir_base()}/Patient/{people.joe}"
    ruths = app.connect(ruth, "openid fhirUser user/*.rs")
    claims = jwt.decode(ruths["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["fhirUser"].endswith(f"/Practitioner/{people.ruth.id}") and claims["sub"] != people.ruth.id


def test_a_professional_chooses_the_person_among_those_who_are_open_to_them(
    smart: Any, ruth: Browser, people: Any
) -> None:
    app = smart.App(smart.register(scopes="patient/*.rs launch/patient"))
    door = ruth.get(f"/oauth/authorize?{app.question('patient/*.rs launch/patient')}")["Location"]
    assert "about whom?" in ruth.get(door).content.decode()
    assert people.joe in ruth.get(f"{door}&find=9990000018").content.decode()
    assert "No one found" in ruth.get(f"{door}&find=Else").content.decode()
    assert "not open to you" in ruth.get(f"{door}&person={people.mary}").content.decode()
    got = app.connect(ruth, "patient/*.rs launch/patient", person=people.joe)
    assert got["patient"] == people.joe and grant_of(got["access_token"]).patient == people.joe


def test_a_carer_s_app_stops_when_the_person_s_permission_is_withdrawn(own: Any, smart: Any) -> None:
    """At the app's next request, though its token has not run out."""
    from careweave.care.teams.membership import stop_sharing
    from tests.scenarios.test_a19_joe_and_annie import Joe

    story = Joe()
    story.share_with_annie()
    annie = smart.browser(person_id=story.annie, role="carer")
    door = annie.get(f"/oauth/authorize?{own.question('patient/*.rs launch/patient')}")["Location"]
    page = annie.get(door).content.decode()
    assert "You look after" in page and story.id in page and story.annie not in page.split("<main")[1]
    got = own.connect(annie, "patient/*.rs launch/patient", person=story.id)
    assert got["patient"] == story.id and grant_of(got["access_token"]).actor.role == "carer"

    def read() -> int:
        return (
            Browser()
            .get(f"/fhir/R4/Patient/{story.id}", HTTP_AUTHORIZATION=f"Bearer {got['access_token']}")
            .status_code
        )

    assert read() == 200
    stop_sharing(story.gate, person_id=story.id, carer_id=story.annie, reason="")
    assert read() == 404
    assert own.ask(annie, "patient/*.rs", person=story.id).status_code == 200, "asked again about whom"


def test_consent_says_in_words_what_the_app_will_see(app: Any, ruth: Browser) -> None:
    asked = "user/Observation.rs?category=laboratory user/Condition.rs user/Task.c offline_access"
    page = ruth.get(ruth.get(f"/oauth/authorize?{app.question(asked)}")["Location"])
    words = page.content.decode()
    for part in (
        "Falls app",
        "<li>conditions</li>",
        "measurements and test results (only category laboratory)",
        "tasks",
        "up to 90 days",
        "never sees more than you can see yourself",
        "falls.example",
    ):
        assert part in words, part
    assert "form-action 'self' https://falls.example" in page["Content-Security-Policy"]


def test_no_is_an_answer(app: Any, ruth: Browser, smart: Any) -> None:
    sent = smart.sent_back(app.ask(ruth, "user/*.rs", answer="deny"))
    assert sent == {"error": "access_denied", "state": app.state}


def test_the_app_gets_no_more_than_was_registered_and_is_told(app: Any, smart: Any, ruth: Browser) -> None:
    narrow = smart.App(smart.register(scopes="user/Patient.rs user/Condition.rs"))
    got = narrow.connect(ruth, "user/*.cruds offline_access")
    assert got["scope"] == "user/Condition.rs user/Patient.rs" and "refresh_token" not in got


# -- launch from the person page ------------------------------------------------------------------------------------


def launched(ruth: Browser, app: Any, person: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    answer = ruth.post(f"/people/{person}/apps", {"app": app.client.id})
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith("https://falls.example/launch?") and query["iss"][0].endswith(
        "/fhir/R4"
    )
    return query["launch"][0]


def test_an_app_opened_from_the_person_page_has_the_person(app: Any, ruth: Browser, people: Any) -> None:
    assert "Falls app" in ruth.get(f"/people/{people.joe}/apps").content.decode()
    got = app.connect(ruth, "launch user/*.rs", launch=launched(ruth, app, people.joe))
    assert got["patient"] == people.joe


def test_a_launch_is_good_once_for_one_app_and_one_account(
    app: Any, smart: Any, ruth: Browser, people: Any
) -> None:
    from tests import factories as make

    launch = launched(ruth, app, people.joe)
    someone = smart.browser(make.staff("Other GP", "gp", "RVC"), "gp")
    other = smart.App(smart.register(name="Other app"))
    assert app.ask(someone, "launch user/*.rs", launch=launch).status_code == 400
    assert other.ask(ruth, "launch user/*.rs", launch=launch).status_code == 400
    assert app.ask(ruth, "launch user/*.rs", launch=launch).status_code == 302
    assert b"This launch is over" in app.ask(ruth, "launch user/*.rs", launch=launch).content
    assert app.ask(ruth, "launch user/*.rs", launch="made-up").status_code == 400


def test_nobody_launches_with_a_person_who_is_not_open_to_them(app: Any, ruth: Browser, people: Any) -> None:
    assert ruth.get(f"/people/{people.mary}/apps").status_code == 404
    assert ruth.post(f"/people/{people.mary}/apps", {"app": app.client.id}).status_code == 404


# -- questions that go no further -----------------------------------------------------------------------------------

HERE = {
    "no client": {"client_id": None},
    "unknown client": {"client_id": "nobody"},
    "redirect URI missing": {"redirect_uri": None},
    "redirect URI mismatch": {"redirect_uri": "https://falls.example/back/more"},
    "redirect URI with a query": {"redirect_uri": "https://falls.example/back?x=1"},
    "open redirect": {"redirect_uri": "https://evil.example/"},
    "redirect URI with a quote": {"redirect_uri": 'https://evil.example/"><script>'},
    "redirect URI with é": {"redirect_uri": "https://évil.example/"},
    "line break": {"redirect_uri": "https://falls.example/back\r\nX: y"},
    "token in the address": {"response_type": "token", "redirect_uri": "https://evil.example/"},
}


@pytest.mark.parametrize("case", HERE)
def test_nobody_is_sent_to_an_address_that_was_not_registered(app: Any, ruth: Browser, case: str) -> None:
    answer = app.ask(ruth, "user/*.rs", **HERE[case])
    assert answer.status_code == 400 and "Location" not in answer.headers
    assert b"<script>" not in answer.content.split(b"</head>")[1].replace(b'<script src="', b"")


BACK_WITH = {
    "PKCE left out": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "PKCE downgrade": ({"code_challenge_method": "plain"}, "invalid_request"),
    "PKCE method left out": ({"code_challenge_method": None}, "invalid_request"),
    "PKCE challenge not one": ({"code_challenge": "short"}, "invalid_request"),
    "another server's record": ({"aud": "https://elsewhere.example/fhir"}, "invalid_request"),
    "no record named": ({"aud": None}, "invalid_request"),
    "no state": ({"state": None}, "invalid_request"),
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "without asking": ({"prompt": "none"}, "consent_required"),
    "unknown scope": ({"scope": "user/*.rs admin"}, "invalid_scope"),
    "mixed scopes": ({"scope": "user/*.rs patient/*.rs"}, "invalid_scope"),
    "a system's scope": ({"scope": "system/*.rs"}, "invalid_scope"),
    "not registered": ({"scope": "patient/*.rs"}, "invalid_scope"),
    "nothing": ({"scope": None}, "invalid_scope"),
    "scope of quotes": ({"scope": 'user/"><b>.rs'}, "invalid_scope"),
}


@pytest.mark.parametrize("case", BACK_WITH)
def test_an_unsound_question_comes_back_with_its_reason(
    app: Any, smart: Any, ruth: Browser, case: str
) -> None:
    changes, error = BACK_WITH[case]
    scope = changes.pop("scope", "user/*.rs") if "scope" in changes else "user/*.rs"
    sent = smart.sent_back(app.ask(ruth, scope, **changes))
    assert sent["error"] == error and sent.get("error_description") and "code" not in sent


def test_a_parameter_given_twice_is_refused(app: Any, ruth: Browser) -> None:
    answer = ruth.get(f"/oauth/authorize?{app.question('user/*.rs')}&redirect_uri=https://evil.example/")
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_each_app_has_its_own_door(app: Any, own: Any, smart: Any, people: Any, ruth: Browser) -> None:
    nobody = Browser(HTTP_HOST="localhost")
    for one, door in ((app, "/sign-in?next="), (own, "/my/sign-in?next=")):
        scope = "openid"
        asked = nobody.get(f"/oauth/authorize?{one.question(scope)}")["Location"]
        assert nobody.get(asked)["Location"].startswith(door)
    assert own.ask(ruth, "patient/*.rs").status_code == 404
    assert ruth.get(f"/oauth/ask?{own.question('patient/*.rs')}").status_code == 400


def test_a_forged_answer_from_another_site_lets_nobody_in(app: Any, people: Any, smart: Any) -> None:
    browser = smart.browser(people.ruth, "gp")
    strict = Browser(HTTP_HOST="localhost", enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    door = strict.get(f"/oauth/authorize?{app.question('user/*.rs')}")["Location"]
    assert strict.post(door, {"answer": "allow"}).status_code == 403


# -- codes ----------------------------------------------------------------------------------------------------------

WRONG = {
    "PKCE verifier wrong": {"code_verifier": "x" * 64},
    "PKCE verifier missing": {"code_verifier": None},
    "redirect URI mismatch": {"redirect_uri": "https://evil.example/"},
    "redirect URI missing": {"redirect_uri": None},
    "code made up": {"code": "made-up"},
    "code missing": {"code": None},
    "client missing": {"client_id": None},
    "client unknown": {"client_id": "nobody"},
    "grant unknown": {"grant_type": "password"},
    "grant missing": {"grant_type": None},
    "code with zero": {"code": "a\x00b"},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_code_alone_is_worth_nothing(app: Any, smart: Any, ruth: Browser, case: str) -> None:
    answer = app.redeem(app.code(ruth, "user/*.rs"), **WRONG[case])
    assert answer.status_code in (400, 401) and answer["Cache-Control"] == "no-store"
    assert smart.why(answer)[0] in (
        "invalid_grant",
        "invalid_request",
        "invalid_client",
        "unsupported_grant_type",
    )


def test_a_code_is_for_the_app_that_it_was_given_to(app: Any, smart: Any, ruth: Browser) -> None:
    other = smart.App(smart.register(name="Other app"), verifier=app.verifier)
    assert smart.why(other.redeem(app.code(ruth, "user/*.rs")))[0] == "invalid_grant"


def test_a_code_used_twice_revokes_what_it_gave(app: Any, smart: Any, ruth: Browser) -> None:
    code = app.code(ruth, "user/*.rs offline_access")
    got = app.redeem(code).json()
    assert grant_of(got["access_token"])
    assert smart.why(app.redeem(code))[0] == "invalid_grant"
    assert grant_of(got["access_token"]) is None
    assert smart.why(app.refresh(got["refresh_token"]))[0] == "invalid_grant"


def test_of_two_who_exchange_a_code_at_once_neither_keeps_a_token(
    app: Any, smart: Any, ruth: Browser
) -> None:
    """One comes first and gets tokens; the other shows that the code leaked, and ends them."""
    code, found = app.code(ruth, "user/*.rs"), []

    def exchange() -> None:
        found.append(app.redeem(code))
        connections.close_all()

    threads = [threading.Thread(target=exchange) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [one.json()["access_token"] for one in found if one.status_code == 200]
    assert len(good) == 1 and sorted(one.status_code for one in found) == [200, 400, 400, 400]
    assert grant_of(good[0]) is None


def test_a_code_lives_a_minute(app: Any, smart: Any, ruth: Browser) -> None:
    from careweave.identity.models import AuthorizationCode

    code = app.code(ruth, "user/*.rs")
    AuthorizationCode.objects.update(expires_at=timezone.now())
    assert smart.why(app.redeem(code))[0] == "invalid_grant"


# -- refresh tokens -------------------------------------------------------------------------------------------------


def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_connection(
    app: Any, smart: Any, ruth: Browser
) -> None:
    first = app.connect(ruth, "user/*.rs offline_access")
    second = app.refresh(first["refresh_token"]).json()
    assert grant_of(second["access_token"]) and second["refresh_token"] != first["refresh_token"]
    assert smart.why(app.refresh(first["refresh_token"]))[0] == "invalid_grant"
    assert grant_of(second["access_token"]) is None and grant_of(first["access_token"]) is None
    assert smart.why(app.refresh(second["refresh_token"]))[0] == "invalid_grant"


def test_an_app_without_a_key_may_leave_out_its_id(app: Any, smart: Any, ruth: Browser) -> None:
    """SMART's JavaScript client does; what it holds tells who it is. An app with a key signs all the same."""
    got = app.connect(ruth, "user/*.rs offline_access")
    asked = {"grant_type": "refresh_token"}
    assert smart.post(smart.TOKEN, refresh_token="made-up", **asked).status_code == 400
    assert smart.post(smart.TOKEN, **asked).status_code == 400
    assert smart.post(smart.TOKEN, refresh_token=got["refresh_token"], **asked).status_code == 200
    keyed = smart.App(smart.register(jwks={"keys": [smart.KEY.as_dict(private=False)]}))
    signed = {"client_assertion_type": smart.ASSERTED, "client_assertion": smart.signed(keyed.client)}
    code = keyed.code(ruth, "user/*.rs offline_access")
    token = keyed.redeem(code, client_id=None, **signed).json()["refresh_token"]
    assert smart.why(smart.post(smart.TOKEN, refresh_token=token, **asked))[0] == "invalid_client"


def test_a_refresh_may_ask_for_less_and_never_for_more(app: Any, smart: Any, ruth: Browser) -> None:
    got = app.connect(ruth, "user/Patient.rs offline_access")
    more = app.refresh(got["refresh_token"], scope="user/*.rs")
    assert smart.why(more)[0] == "invalid_scope"
    less = app.refresh(got["refresh_token"], scope="user/Patient.r").json()
    assert less["scope"] == "user/Patient.r" and not grant_of(less["access_token"]).scopes.permits(
        "Patient", "s"
    )


def test_refresh_tokens_stop_with_the_role_in_which_the_app_was_connected(app: Any, smart: Any) -> None:
    from careweave.identity.models import StaffRole
    from tests import factories as make

    moves = make.staff("Moves On", "gp", "RVC")
    got = app.connect(smart.browser(moves, "gp"), "user/*.rs offline_access")
    StaffRole.objects.filter(staff=moves).update(until=timezone.localdate())
    assert smart.why(app.refresh(got["refresh_token"]))[0] == "invalid_grant"


def test_refresh_tokens_stop_with_the_account(app: Any, smart: Any, people: Any) -> None:
    from careweave.identity.models import Account
    from tests import factories as make

    leaver = make.staff("Leaver", "gp", "RVC")
    got = app.connect(smart.browser(leaver, "gp"), "user/*.rs offline_access")
    Account.objects.filter(staff=leaver).update(is_active=False)
    assert smart.why(app.refresh(got["refresh_token"]))[0] == "invalid_grant"


# -- disconnecting, revoking ----------------------------------------------------------------------------------------


def test_a_person_sees_their_apps_and_disconnects_one_at_the_next_request(
    own: Any, smart: Any, people: Any
) -> None:
    from careweave.identity.models import Connection

    joe = smart.browser(person_id=people.joe)
    got = own.connect(joe, "patient/*.rs offline_access")
    assert grant_of(got["access_token"])
    page = joe.get("/my/connected-apps").content.decode()
    assert "My plan" in page and "Disconnect" in page
    held = Connection.objects.filter(account=joe.account, ended_at=None).latest("since")
    stranger = smart.browser(person_id=people.mary)
    stranger.post("/my/connected-apps", {"connection": str(held.id)})
    assert grant_of(got["access_token"]), "someone else cannot disconnect it"
    joe.post("/my/connected-apps", {"connection": str(held.id)})
    assert grant_of(got["access_token"]) is None
    assert smart.why(own.refresh(got["refresh_token"]))[0] == "invalid_grant"
    assert joe.post("/my/connected-apps", {"connection": "' OR 1=1"}).status_code == 302


def test_connecting_and_disconnecting_stand_in_the_person_s_own_list_of_looks(
    own: Any, smart: Any, people: Any
) -> None:
    from careweave.identity.models import Connection
    from tests import factories as make

    joe = smart.browser(person_id=people.joe)
    own.connect(joe, "patient/*.rs")
    held = Connection.objects.filter(account=joe.account, ended_at=None).latest("since")
    joe.post("/my/connected-apps", {"connection": str(held.id)})
    acts = [look.act for look in make.own_gate(people.joe).who_looked(people.joe)]
    assert {"app-connect", "token-issue", "app-disconnect"} <= set(acts)


def test_an_app_gives_its_own_token_back_and_no_other_s(app: Any, smart: Any, ruth: Browser) -> None:
    got = app.connect(ruth, "user/*.rs offline_access")
    other = smart.register(name="Other app")
    for token in (got["access_token"], got["refresh_token"], "made-up"):
        assert smart.post("/oauth/revoke", token=token, client_id=other.id).status_code == 200
    assert grant_of(got["access_token"])
    assert smart.post("/oauth/revoke", token=got["access_token"], client_id=app.client.id).status_code == 200
    assert grant_of(got["access_token"]) is None
    again = app.refresh(got["refresh_token"]).json()
    assert (
        smart.post("/oauth/revoke", token=again["refresh_token"], client_id=app.client.id).status_code == 200
    )
    assert grant_of(again["access_token"]) is None


def test_ending_an_app_ends_all_its_tokens(smart: Any, ruth: Browser) -> None:
    from careweave.identity import clients

    app = smart.App(smart.register(name="Short-lived"))
    got = app.connect(ruth, "user/*.rs offline_access")
    clients.end(smart.administrator("Cyd Moss"), client_id=app.client.id)
    assert grant_of(got["access_token"]) is None
    assert app.refresh(got["refresh_token"]).status_code == 400
    assert app.ask(ruth, "user/*.rs").status_code == 400


# -- what apps read first -------------------------------------------------------------------------------------------


def test_smart_configuration_is_where_clients_look_and_names_what_there_is(smart: Any) -> None:
    anyone = Browser(HTTP_HOST="localhost")
    found = [
        anyone.get(f"{path}/smart-configuration", HTTP_ORIGIN="https://app.example")
        for path in ("/.well-known", "/fhir/R4/.well-known")
    ]
    assert found[0].json() == found[1].json()
    assert {one["Access-Control-Allow-Origin"] for one in found} == {"*"}
    body = found[0].json()
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "permission-v1", "permission-v2"} <= set(body["capabilities"])
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "introspection_endpoint"):
        path = body[name].removeprefix(smart.addresses.issuer())
        assert path.startswith("/oauth/") and anyone.get(path).status_code in (400, 405), name


def test_a_browser_on_another_origin_may_exchange_its_code() -> None:
    asked = Browser(HTTP_HOST="localhost").options("/oauth/token", HTTP_ORIGIN="https://app.example")
    assert asked.status_code == 204 and asked["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in asked.headers


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"\xff\xfe=%zz&a", "text/plain"),
    ],
)
def test_a_token_request_of_any_bytes_is_refused_in_json(body: bytes, kind: str) -> None:
    answer = Browser(HTTP_HOST="localhost").post("/oauth/token", body, content_type=kind)
    assert answer.status_code == 400 and "error" in json.loads(answer.content)


def test_an_app_s_secret_in_basic_form_is_no_way_in(app: Any, smart: Any, ruth: Browser) -> None:
    code = app.code(ruth, "user/*.rs")
    basic = base64.b64encode(f"{app.client.id}:".encode()).decode()
    answer = Browser(HTTP_HOST="localhost").post(
        "/oauth/token",
        f"grant_type=authorization_code&code={code}",
        content_type="application/x-www-form-urlencoded",
        HTTP_AUTHORIZATION=f"Basic {basic}",
    )
    assert answer.status_code == 400


PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "code_challenge",
    "code_challenge_method",
    "launch",
    "prompt",
    "nonce",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
    "person",
    "find",
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "code",
            "token",
            "S256",
            "plain",
            "openid",
            "user/*.rs",
            "authorization_code",
            "refresh_token",
            "none",
        ]
    ),
    st.sampled_from(
        ["client_credentials", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "e30.e30.e30"]
    ),
    st.text(max_size=40),
    st.sampled_from(["CLIENT", "REDIRECT", "CHALLENGE", "AUD", "JOE"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_=st.lists(st.tuples(st.sampled_from(PARAMETERS), VALUES), max_size=10))
def test_whatever_is_asked_is_answered_and_never_a_fault_of_ours(
    app: Any, smart: Any, people: Any, ruth: Browser, given_: list[tuple[str, str]]
) -> None:
    known = {
        "CLIENT": app.client.id,
        "REDIRECT": smart.BACK,
        "CHALLENGE": "x" * 43,
        "AUD": smart.addresses.fhir_base(),
        "JOE": people.joe,
    }
    body = urlencode([(name, known.get(value, value)) for name, value in given_], errors="replace")
    form = "application/x-www-form-urlencoded"
    for answer in (
        ruth.get(f"/oauth/authorize?{body}"),
        ruth.get(f"/oauth/ask?{body}"),
        ruth.post(f"/oauth/ask?{body}", {"answer": "allow"}),
        ruth.post("/oauth/token", body, content_type=form),
        ruth.post("/oauth/revoke", body, content_type=form),
        ruth.post("/oauth/introspect", body, content_type=form),
        ruth.post("/oauth/open", body, content_type=form),
    ):
        assert answer.status_code < 500
        to = answer.headers.get("Location", "/")
        assert to.startswith(("/", smart.BACK)) and not to.startswith("//"), to
