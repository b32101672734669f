"""Systems that act by themselves: known by their signature, let in by two people, never further than registered."""

from __future__ import annotations

import io
import json
import threading
import time
import urllib.request
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from joserfc.jwk import ECKey, OctKey

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def smart(database: object) -> Any:
    from tests.scenarios import smart  # models can be imported only once Django is set up

    return smart


@pytest.fixture(scope="module")
def ward(smart: Any) -> Any:
    return smart.system()


def grant_of(token: str) -> Any:
    from careweave.identity.access_tokens import check

    return check(token)


# -- let in ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_a_system_signs_and_acts_for_its_organisation(smart: Any, ward: Any, alg: str) -> None:
    key = smart.KEY if alg == "ES384" else smart.RSA
    got = smart.ask_as_system(smart.signed(ward, key, alg=alg), "system/Observation.cu").json()
    assert (got["token_type"], got["expires_in"], got["scope"]) == ("Bearer", 300, "system/Observation.cu")
    assert "refresh_token" not in got
    grant = grant_of(got["access_token"])
    assert (grant.actor.id, grant.actor.role) == (f"system:{ward.id}", "system")
    assert grant.actor.organisation == "RVC" and grant.purpose == "intake" and grant.patient is None


def test_a_system_that_reads_has_the_purpose_that_was_registered(smart: Any) -> None:
    reads = smart.system(sends=False, reads_for="identity", scopes="system/Patient.rs")
    got = smart.ask_as_system(smart.signed(reads), "system/*.rs").json()
    assert got["scope"] == "system/Patient.rs" and grant_of(got["access_token"]).purpose == "identity"


def test_a_token_has_one_purpose(smart: Any) -> None:
    both = smart.system(sends=True, reads_for="identity", scopes="system/*.cruds")
    error, words = smart.why(smart.ask_as_system(smart.signed(both), "system/*.cruds"))
    assert error == "invalid_scope" and "two tokens" in words
    assert smart.ask_as_system(smart.signed(both), "system/*.cud").status_code == 200
    assert smart.ask_as_system(smart.signed(both), "system/*.rs").status_code == 200


def test_a_system_writes_for_its_own_organisation_and_reads_back_what_it_sent(smart: Any) -> None:
    from tests import factories as make
    from tests.scenarios.fhir_api import reading_place, writing_place

    hospital = smart.system(scopes="system/*.cruds")
    other = smart.system(name="Other system", scopes="system/*.cruds")
    own = make.patient("RVC", uuid.uuid4().hex)
    joe = make.person(("RVC", own), ("Y99", at_practice := make.patient("Y99", uuid.uuid4().hex, gp="Y99")))
    tokens = [
        smart.ask_as_system(smart.signed(one), "system/*.cruds").json()["access_token"]
        for one in (hospital, other)
    ]
    api = reading_place.Api(tokens[0])
    made = api("/Condition", "POST", writing_place.condition(f"Patient/{own['id']}"))
    assert made.status_code == 201, made.content
    assert api(f"/Condition/{made.json()['id']}").status_code == 200
    for someone_elses in (joe, at_practice["id"]):
        refused = api("/Condition", "POST", writing_place.condition(f"Patient/{someone_elses}"))
        assert refused.status_code in (403, 404, 422), refused.content
        assert api(f"/Patient/{someone_elses}").status_code == 404
    narrow = smart.ask_as_system(smart.signed(hospital), "system/Condition.rs").json()["access_token"]
    assert grant_of(narrow).purpose == "intake"
    assert (
        reading_place.Api(narrow)(
            "/Condition", "POST", writing_place.condition(f"Patient/{own['id']}")
        ).status_code
        == 403
    )


# -- refused --------------------------------------------------------------------------------------------------------


def changed(case: str, smart: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "expired": {"exp": now - 60},
        "expiry missing": {"exp": None},
        "expiry far away": {"exp": now + 86_400},
        "expiry endless": {"exp": 1e300},
        "expiry words": {"exp": "tomorrow"},
        "wrong audience": {"aud": "https://elsewhere.example/token"},
        "audience missing": {"aud": None},
        "audience a number": {"aud": 7},
        "audience the record": {"aud": smart.addresses.fhir_base()},
        "issued in the future": {"iat": now + 3600},
        "not yet": {"nbf": now + 3600},
        "name missing": {"jti": None},
        "name empty": {"jti": ""},
        "name a number": {"jti": 7},
        "subject someone else": {"sub": "someone"},
        "subject missing": {"sub": None},
        "issuer missing": {"iss": None},
        "issuer unknown": {"iss": "nobody", "sub": "nobody"},
        "issuer a list": {"iss": ["x"], "sub": ["x"]},
    }[case]


CASES = (
    "expired",
    "expiry missing",
    "expiry far away",
    "expiry endless",
    "expiry words",
    "wrong audience",
    "audience missing",
    "audience a number",
    "audience the record",
    "issued in the future",
    "not yet",
    "name missing",
    "name empty",
    "name a number",
    "subject someone else",
    "subject missing",
    "issuer missing",
    "issuer unknown",
    "issuer a list",
)


@pytest.mark.parametrize("case", CASES)
def test_an_assertion_that_is_not_right_is_refused(smart: Any, ward: Any, case: str) -> None:
    answer = smart.ask_as_system(smart.signed(ward, **changed(case, smart)), "system/Observation.c")
    assert answer.status_code == 400 and smart.why(answer)[0] == "invalid_client", answer.content


def test_the_clocks_may_differ_by_seconds(smart: Any, ward: Any) -> None:
    now = int(time.time())
    for claims in ({"exp": now - 10}, {"iat": now + 10}, {"exp": now + 310}):
        answer = smart.ask_as_system(smart.signed(ward, **claims), "system/Observation.c")
        assert answer.status_code == 200, claims


def test_a_replayed_assertion_is_refused(smart: Any, ward: Any) -> None:
    assertion = smart.signed(ward)
    assert smart.ask_as_system(assertion, "system/Observation.c").status_code == 200
    error, words = smart.why(smart.ask_as_system(assertion, "system/Observation.c"))
    assert error == "invalid_client" and "used before" in words


def test_an_assertion_that_led_to_a_refusal_is_used_up_too(smart: Any, ward: Any) -> None:
    assertion = smart.signed(ward)
    assert smart.why(smart.ask_as_system(assertion, "system/Observation.rs"))[0] == "invalid_scope"
    assert smart.why(smart.ask_as_system(assertion, "system/Observation.c"))[0] == "invalid_client"


def test_of_many_who_replay_at_once_one_gets_a_token(smart: Any, ward: Any) -> None:
    assertion, found = smart.signed(ward), []

    def ask() -> None:
        found.append(smart.ask_as_system(assertion, "system/Observation.c").status_code)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 400, 400, 400, 400, 400]


def test_another_key_another_algorithm_and_no_signature_are_refused(smart: Any, ward: Any) -> None:
    stranger = ECKey.generate_key("P-384", {"kid": "one"})
    public = OctKey.import_key(json.dumps(smart.KEY.as_dict(private=False)))
    forged = [
        smart.signed(ward, stranger),
        smart.signed(ward, stranger, kid="unknown"),
        smart.signed(ward, smart.RSA, alg="RS256"),
        smart.signed(ward, public, alg="HS256", kid="one"),
        ".".join([*smart.signed(ward).split(".")[:2], ""]),
        smart.signed(ward)[:-4] + "AAAA",
        "a.b.c",
        "",
        "." * 50,
        "x" * 9000,
        "é.é.é",
    ]
    for assertion in forged:
        answer = smart.ask_as_system(assertion, "system/Observation.c")
        assert answer.status_code == 400, assertion[:40]
        assert smart.why(answer)[0] in ("invalid_client", "invalid_request"), assertion[:40]


@pytest.mark.parametrize(
    "scope",
    ["system/Observation.rs", "user/*.cud", "patient/*.c", "system/*.x", "", "openid", "system/*.cud openid"],
)
def test_a_scope_that_was_not_registered_is_refused(smart: Any, ward: Any, scope: str) -> None:
    answer = smart.ask_as_system(smart.signed(ward), scope)
    assert answer.status_code == 400 and smart.why(answer)[0] == "invalid_scope"


def test_a_system_signs_in_to_nothing_else(smart: Any, ward: Any) -> None:
    code = smart.ask_as_system(smart.signed(ward), "", grant_type="authorization_code", code="x")
    assert smart.why(code)[0] in ("unauthorized_client", "invalid_grant")
    assert (
        smart.why(smart.post("/oauth/token", grant_type="client_credentials", client_id=ward.id))[0]
        == "invalid_client"
    )
    other = smart.ask_as_system(smart.signed(ward), "system/*.c", client_id="someone")
    assert smart.why(other)[0] == "invalid_client"


def test_an_app_is_not_a_system(smart: Any) -> None:
    app = smart.register(jwks={"keys": [smart.KEY.as_dict(private=False)]})
    answer = smart.ask_as_system(smart.signed(app), "user/*.cruds")
    assert smart.why(answer)[0] == "unauthorized_client"


def test_an_app_with_a_key_must_sign_for_its_code(smart: Any) -> None:
    from tests import factories as make

    app = smart.App(smart.register(jwks={"keys": [smart.KEY.as_dict(private=False)]}))
    ruth = smart.browser(make.staff("Ruth Cole", "gp", "RVC"), "gp")
    code = app.code(ruth, "user/*.rs")
    assert smart.why(app.redeem(code))[0] == "invalid_client"
    signed = {"client_assertion_type": smart.ASSERTED, "client_assertion": smart.signed(app.client)}
    assert app.redeem(code, client_id=None, **signed).status_code == 200


# -- registering ----------------------------------------------------------------------------------------------------


def asked(smart: Any, **changes: Any) -> Any:
    from careweave.identity.clients import Registration

    jwks = {"keys": [smart.KEY.as_dict(private=False)]}
    held = {
        "name": "Ward system",
        "kind": "backend",
        "organisation": "RVC",
        "scopes": "system/*.cud",
        "sends": True,
        "jwks": jwks,
    }
    return Registration(**{**held, **changes})


def test_two_people_let_a_system_in(smart: Any) -> None:
    from careweave.identity import clients
    from careweave.record import Refusal

    first, second = smart.administrator(), smart.administrator("Bea Moss")
    made = clients.register(first, asked=asked(smart))
    refused = smart.ask_as_system(smart.signed(made), "system/Observation.c")
    assert smart.why(refused)[0] == "invalid_client"
    own = clients.approve(first, client_id=made.id)
    assert isinstance(own, Refusal) and "Another administrator" in own.reason
    assert not isinstance(clients.approve(second, client_id=made.id), Refusal)
    assert smart.ask_as_system(smart.signed(made), "system/Observation.c").status_code == 200


def test_the_database_too_wants_two_people(smart: Any) -> None:
    from careweave.identity import clients
    from careweave.identity.models import Client

    made = clients.register(smart.administrator(), asked=asked(smart))
    with pytest.raises(IntegrityError, match="two_people_let_a_system_in"), transaction.atomic():
        Client.objects.filter(id=made.id).update(state="approved", approved_by=made.requested_by)
    with pytest.raises(IntegrityError, match="client_was_approved_by_someone"), transaction.atomic():
        Client.objects.filter(id=made.id).update(state="approved")
    with pytest.raises(IntegrityError, match="a_system_has_a_key"), transaction.atomic():
        Client.objects.filter(id=made.id).update(jwks=None)


def test_only_administrators_register_approve_and_end(smart: Any) -> None:
    from careweave.identity import clients
    from careweave.record import Refused
    from tests import factories as make

    gate = make.gate(make.staff("Ruth Cole", "gp", "RVC"), "gp", "RVC")
    for act in (
        lambda: clients.register(gate, asked=asked(smart)),
        lambda: clients.approve(gate, client_id="x"),
        lambda: clients.end(gate, client_id="x"),
    ):
        with pytest.raises(Refused):
            act()


def test_registering_approving_and_ending_are_audited_with_the_one_who_did_it(smart: Any) -> None:
    from careweave.identity import clients

    first, second = smart.administrator(), smart.administrator("Bea Moss")
    made = clients.register(first, asked=asked(smart))
    clients.approve(second, client_id=made.id)
    clients.end(first, client_id=made.id)
    with connections["owner"].cursor() as cursor:
        cursor.execute(AUDITED, [made.id])
        rows = cursor.fetchall()
    assert rows == [
        ("client-register", first.actor.id),
        ("client-approve", second.actor.id),
        ("client-end", first.actor.id),
    ]


AUDITED = """SELECT a.act, a.actor FROM record.audit a WHERE a.detail ->> 'client' = %s ORDER BY a.id"""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"organisation": "NOBODY"}, "organisation"),
        ({"kind": "robot"}, "kind"),
        ({"jwks": None}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": ["x"]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-384", "x": "a", "y": "b"}]}}, "jwks"),
        ({"jwks": None, "jwks_url": "http://ward.example/keys"}, "jwks_url"),
        ({"scopes": "user/*.rs"}, "scopes"),
        ({"scopes": "system/*.zz"}, "scopes"),
        ({"scopes": ""}, "scopes"),
        ({"sends": False}, "reads_for"),
        ({"reads_for": "direct-care"}, "reads_for"),
        ({"kind": "app", "used_by": "everyone"}, "used_by"),
        ({"kind": "app", "used_by": "people"}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["http://app.example/"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["https://*.example/"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["https://a.example/#x"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["https://u:p@a.example/"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["https://a.example:x/"]}, "redirect_uris"),
        ({"kind": "app", "used_by": "people", "redirect_uris": ["/back"]}, "redirect_uris"),
    ],
)
def test_a_registration_that_would_be_unsafe_names_the_field(smart: Any, changes: Any, field: str) -> None:
    from careweave.identity import clients
    from careweave.record import Refusal

    refused = clients.register(smart.administrator(), asked=asked(smart, **changes))
    assert isinstance(refused, Refusal) and refused.field == field and refused.reason


@pytest.mark.parametrize(
    "uri",
    ["https://app.example/back", "http://127.0.0.1:8765/back", "http://[::1]/b", "com.example.app:/back"],
)
def test_https_this_computer_and_an_app_s_own_scheme_are_safe(smart: Any, uri: str) -> None:
    from careweave.identity.clients import is_safe_address

    assert is_safe_address(uri, own_scheme=True)


def test_a_private_key_is_sent_back(smart: Any) -> None:
    from careweave.identity import clients

    refused = clients.register(
        smart.administrator(), asked=asked(smart, jwks={"keys": [smart.KEY.as_dict(private=True)]})
    )
    assert "no longer secret" in refused.reason


def test_keys_are_not_fetched_unless_the_place_allows_it(smart: Any) -> None:
    fetched = smart.system(jwks=None, jwks_url="https://ward.example/jwks.json")
    error, words = smart.why(smart.ask_as_system(smart.signed(fetched), "system/Observation.c"))
    assert error == "invalid_client" and "does not fetch keys" in words


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A place that fetches keys; what is asked for is written down, and answered from here."""
    from django.conf import settings

    from careweave.identity import clients_jwks

    asked: list[str] = []
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, fetch_client_keys=True))
    monkeypatch.setattr(clients_jwks, "_fetched", {})

    def answer(self: Any, url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        if "down" in url:
            raise OSError("no answer")
        return io.BytesIO(ANSWERS[url.rpartition("/")[2]]())

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", answer)
    return asked


def _good() -> bytes:
    from tests.scenarios import smart

    return json.dumps({"keys": [smart.KEY.as_dict(private=False)]}).encode()


ANSWERS = {
    "keys": _good,
    "words": lambda: b"<html>",
    "endless": lambda: b'{"keys": "' + b"x" * 100_000 + b'"}',
}


def test_a_place_may_fetch_keys_once_an_hour(smart: Any, fetching: list[str]) -> None:
    ward = smart.system(jwks=None, jwks_url="https://ward.example/keys")
    for _ in range(2):
        assert smart.ask_as_system(smart.signed(ward), "system/Observation.c").status_code == 200
    assert fetching == ["https://ward.example/keys"]


@pytest.mark.parametrize("name", ["words", "endless", "down"])
def test_what_is_fetched_and_is_no_key_lets_nobody_in(smart: Any, fetching: list[str], name: str) -> None:
    ward = smart.system(jwks=None, jwks_url=f"https://ward.example/{name}")
    error, words = smart.why(smart.ask_as_system(smart.signed(ward), "system/Observation.c"))
    assert error == "invalid_client" and "does not answer with keys" in words


# -- looking at tokens ----------------------------------------------------------------------------------------------


def test_a_registered_resource_server_learns_what_a_token_may_do(smart: Any, ward: Any) -> None:
    server = smart.system(name="Imaging", kind="resource-server", scopes="", sends=False)
    token = smart.ask_as_system(smart.signed(ward), "system/Observation.c").json()["access_token"]

    def look(who: Any, text: str) -> Any:
        signed = {"client_assertion_type": smart.ASSERTED, "client_assertion": smart.signed(who)}
        return smart.post("/oauth/introspect", token=text, **signed)

    found = look(server, token).json()
    assert found["active"] and found["client_id"] == ward.id and found["scope"] == "system/Observation.c"
    assert look(server, "made-up").json() == {"active": False}
    assert smart.why(look(ward, token))[0] == "unauthorized_client"
    assert smart.post("/oauth/introspect", token=token, client_id=ward.id).status_code == 400
    assert smart.post("/oauth/introspect", token=token).status_code == 400


# -- a person opened from another system ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(smart: Any) -> Any:
    from types import SimpleNamespace

    from tests import factories as make

    joe = make.person(("RVC", make.patient("RVC", uuid.uuid4().hex, gp="RVC", nhs_number="9990000018")))
    mary = make.person(
        ("Y99", make.patient("Y99", uuid.uuid4().hex, family="Else", gp="Y99", nhs_number="9990000026"))
    )
    emr = smart.system(name="Practice system", kind="launcher", scopes="", sends=False)
    return SimpleNamespace(joe=joe, mary=mary, emr=emr, ruth=make.staff("Ruth Cole", "gp", "RVC"))


def arrive(smart: Any, place: Any, who: Any, **claims: Any) -> Any:
    aud = smart.addresses.absolute(smart.addresses.OPEN)
    return who.post("/oauth/open", {"launch": smart.signed(place.emr, **{"aud": aud, **claims})}, follow=True)


def test_another_system_opens_the_person_without_a_second_search(smart: Any, place: Any) -> None:
    ruth = smart.browser(place.ruth, "gp")
    for named in ({"nhs_number": "999 000 0018"}, {"patient": place.joe}):
        answer = arrive(smart, place, ruth, **named)
        assert answer.redirect_chain[-1][0] == f"/people/{place.joe}" and answer.status_code == 200
        assert "999 000 0018" in answer.content.decode()


def test_a_person_who_is_not_open_and_one_who_is_unknown_are_told_alike(smart: Any, place: Any) -> None:
    ruth = smart.browser(place.ruth, "gp")
    answers = [
        arrive(smart, place, ruth, **named)
        for named in (
            {"nhs_number": "9990000026"},
            {"nhs_number": "9990000034"},
            {"nhs_number": "x"},
            {"patient": place.mary},
            {"patient": str(uuid.uuid4())},
            {"patient": "' OR 1=1"},
            {},
        )
    ]
    main = {answer.content.split(b"<main")[1].split(b"</main>")[0] for answer in answers}
    assert {answer.status_code for answer in answers} == {404} and len(main) == 1


def test_a_launch_names_whom_it_is_for(smart: Any, place: Any) -> None:
    ruth = smart.browser(place.ruth, "gp")
    assert arrive(smart, place, ruth, patient=place.joe, login=place.ruth.email.upper()).status_code == 200
    answer = arrive(smart, place, ruth, patient=place.joe, login="someone@example.org")
    assert answer.status_code == 403 and "someone else" in answer.content.decode()


def test_who_is_not_signed_in_signs_in_first_and_then_the_person_opens(smart: Any, place: Any) -> None:
    from django.test import Client

    nobody = Client(HTTP_HOST="localhost")
    answer = arrive(smart, place, nobody, patient=place.joe)
    assert answer.redirect_chain[-1][0].startswith("/sign-in?next=")
    assert "9990000018" not in str(answer.redirect_chain) and place.joe not in str(answer.redirect_chain)
    assert "careweave_session" not in nobody.cookies, "a new session would push out the one of the browser"
    from urllib.parse import parse_qs, urlsplit

    back = parse_qs(urlsplit(answer.redirect_chain[-1][0]).query)["next"][0]
    opened = smart.browser(place.ruth, "gp").get(back, follow=True)
    assert opened.redirect_chain[-1][0] == f"/people/{place.joe}"


def test_a_launch_that_is_not_right_opens_nothing(smart: Any, place: Any, ward: Any) -> None:
    ruth = smart.browser(place.ruth, "gp")
    aud, joe = smart.addresses.absolute(smart.addresses.OPEN), {"patient": place.joe}
    used = smart.signed(place.emr, aud=aud, **joe)
    assert ruth.post("/oauth/open", {"launch": used}).status_code == 302
    for text in (
        used,
        smart.signed(place.emr, **joe),
        smart.signed(place.emr, aud=aud, exp=int(time.time()) - 60, **joe),
        smart.signed(ward, aud=aud, **joe),
        smart.signed("nobody", aud=aud, **joe),
        "",
        "a.b.c",
    ):
        assert ruth.post("/oauth/open", {"launch": text}).status_code == 400
    for text in ("", "?arrival=", "?arrival=made-up", "?arrival=é", f"?arrival={'x' * 9000}"):
        assert ruth.get(f"/oauth/opened{text}").status_code == 400


def test_a_launch_is_over_after_ten_minutes(smart: Any, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ruth, aud = smart.browser(place.ruth, "gp"), smart.addresses.absolute(smart.addresses.OPEN)
    to = ruth.post("/oauth/open", {"launch": smart.signed(place.emr, aud=aud, patient=place.joe)})["Location"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert b"This launch is over" in ruth.get(to).content
