"""Signing in with a provider elsewhere, against a real one: CIS2-shaped for staff, NHS-login-shaped for people."""

from __future__ import annotations

import base64
import dataclasses
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from django.conf import settings
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests import factories as make
from tests.fixtures.database import Database
from tests.fixtures.openid_provider import Client, OpenIdProvider, serve

pytestmark = pytest.mark.database
CARD = "910000000018"
ROLES = [
    {"person_roleid": "1", "org_code": "RVC", "role_code": "S8000:G8000:R8010", "role_name": "Coordinator"},
    {"person_roleid": "2", "org_code": "RVR", "role_code": "S8000:G8000:R8000", "role_name": "Clinician"},
]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture(scope="module")
def private_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "own.pem"
    file.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    return file


@pytest.fixture
def cis2(database: Database, private_key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    yield from _provider("cis2", private_key, monkeypatch)


@pytest.fixture
def nhs_login(
    database: Database, private_key: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenIdProvider]:
    yield from _provider("nhs-login", private_key, monkeypatch)


def _provider(shape: str, key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    from careweave.web.openid import keys, providers

    keys.forget()
    provider, stop = serve(OpenIdProvider)
    file = key.with_name(f"{shape}-{time.monotonic_ns()}.toml")
    file.write_text(
        f'[[provider]]\nid = "{shape}"\nshape = "{shape}"\nissuer = "{provider.issuer}"\n'
        f'client_id = "careweave"\nkey_file = "{key.name}"\n'
    )
    changed = dataclasses.replace(settings.CONFIGURATION, sign_in_providers=str(file))
    monkeypatch.setattr(settings, "CONFIGURATION", changed)
    back = f"{settings.CONFIGURATION.base_url}/sign-in/back"
    provider.client = Client("careweave", keys.own_public_keys(providers()), back)
    yield provider
    stop()


@pytest.fixture
def priya(cis2: OpenIdProvider) -> Any:
    from careweave.identity.logins_elsewhere import link_staff
    from careweave.identity.models import LoginElsewhere
    from careweave.identity.staffing import administering

    LoginElsewhere.objects.all().delete()
    staff = make.staff("Priya Shah", "coordinator", "RVC")
    assert link_staff(administering(), staff=staff, issuer=cis2.issuer, subject=CARD) is None
    user = {
        "auth_time": int(time.time()),
        "uid": CARD,
        "sid": "session-1",
        "authentication_assurance_level": "3",
        "nhsid_nrbac_roles": ROLES,
        "selected_roleid": "1",
    }
    cis2.users["priya"] = user
    return staff


def browser() -> Browser:
    return Browser(HTTP_HOST="localhost")


def come_back(client: Browser, provider: OpenIdProvider, user: str, query: str = "") -> str:
    """Leave for the provider, sign in there as `user`, and give the address to which it sends the browser."""
    shape = settings.CONFIGURATION.sign_in_providers.rsplit("/", 1)[1].rsplit("-", 1)[0]
    gone = client.get(f"/sign-in/with/{shape}{query}")
    assert gone.status_code == 302, gone.content
    address = gone.headers["Location"]
    assert "code_challenge_method=S256" in address and "nonce=" in address and "state=" in address
    try:
        urllib.request.build_opener(NoRedirect).open(f"{address}&as={user}", timeout=5)
    except HTTPError as answer:
        answer.close()
        return answer.headers["Location"].removeprefix(settings.CONFIGURATION.base_url)
    raise AssertionError("the provider did not send the browser back")


def test_staff_come_in_with_the_one_role_they_chose(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    answer = client.get(come_back(client, cis2, "priya", "?next=/day?show=suggested"))
    assert answer.status_code == 302 and answer.headers["Location"] == "/day?show=suggested"
    actor = client.session["actor"]
    assert (actor["id"], actor["role"], actor["organisation"]) == (priya.party, "coordinator", "RVC")
    assert client.get("/day").status_code == 200
    other = client.get("/change-role")
    assert b"To change role, sign in again" in other.content


def test_another_role_is_another_session(cis2: OpenIdProvider, priya: Any) -> None:
    from careweave.identity.staffing import add_staff, administering

    make.organisation("RVR", "hospital")
    add_staff(
        administering(), name="Priya Shah", email=priya.email, role="hospital-clinician", organisation="RVR"
    )
    client = browser()
    client.get(come_back(client, cis2, "priya"))
    before = client.session.session_key
    cis2.users["priya"] |= {"selected_roleid": "2"}
    client.get(come_back(client, cis2, "priya", "?again=1"))
    assert client.session["actor"]["role"] == "hospital-clinician"
    assert client.session.session_key != before


def test_a_provider_that_names_several_roles_leaves_the_choice_among_them(
    cis2: OpenIdProvider, priya: Any
) -> None:
    from careweave.identity.staffing import add_staff, administering

    make.organisation("RVR", "hospital")
    for role, organisation in (("hospital-clinician", "RVR"), ("gp", "RVC")):
        add_staff(administering(), name="Priya Shah", email=priya.email, role=role, organisation=organisation)
    cis2.users["priya"] |= {"selected_roleid": None}
    client = browser()
    answer = client.get(come_back(client, cis2, "priya", "?next=/day"))
    assert answer.headers["Location"] == "/change-role"
    options = client.get("/change-role").content.decode()
    assert "hospital-clinician|RVR" in options and "coordinator|RVC" in options and "gp|RVC" not in options
    assert client.post("/change-role", {"role": "gp|RVC"}).status_code == 200
    assert client.post("/change-role", {"role": "hospital-clinician|RVR"}).headers["Location"] == "/day"
    assert client.session["actor"]["role"] == "hospital-clinician"
    assert b"To change role, sign in again" in client.get("/change-role").content


def test_a_role_that_is_not_held_here_opens_nothing(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    for selected, rows in (("2", ROLES), ("1", []), ("9", ROLES), ("1", "none")):
        cis2.users["priya"] |= {"selected_roleid": selected, "nhsid_nrbac_roles": rows}
        answer = client.get(come_back(client, cis2, "priya"))
        assert answer.status_code == 403 and b"You do not hold this role here" in answer.content
    assert "actor" not in client.session


def test_an_unknown_user_is_told_so_and_nothing_is_made(cis2: OpenIdProvider, priya: Any) -> None:
    from careweave.identity.models import Account, LoginElsewhere, Staff

    counts = [kind.objects.count() for kind in (Account, LoginElsewhere, Staff)]
    for uid in ("910000000999", "", CARD + " "):
        cis2.users["priya"] |= {"uid": uid}
        client = browser()
        answer = client.get(come_back(client, cis2, "priya"))
        assert answer.status_code == 403 and b"Your work account is not known here" in answer.content
    assert counts == [kind.objects.count() for kind in (Account, LoginElsewhere, Staff)]


def test_a_leaver_is_not_known_any_more(cis2: OpenIdProvider, priya: Any) -> None:
    from careweave.identity.staffing import administering, staff_leaves

    staff_leaves(administering(), staff=priya)
    client = browser()
    assert client.get(come_back(client, cis2, "priya")).status_code == 403


def test_a_weak_sign_in_at_the_provider_is_not_enough(cis2: OpenIdProvider, priya: Any) -> None:
    for level in ("1", "", None):
        cis2.users["priya"] |= {"authentication_assurance_level": level}
        client = browser()
        answer = client.get(come_back(client, cis2, "priya"))
        assert answer.status_code == 403 and b"Use your smartcard" in answer.content


def _spoil(**changes: Any) -> Any:
    def spoil(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
        changed = {**claims, **changes}
        return provider.sign({name: value for name, value in changed.items() if value is not None})

    return spoil


def _unsigned(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def _shared_secret(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The public key taken for a shared secret: the classic confusion of algorithms."""
    secret = OctKey.import_key(provider.keys[0].as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": header["kid"]}, claims, secret, algorithms=["HS256"])


def _own_key(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    stranger = RSAKey.generate_key(2048, auto_kid=True)
    return provider.sign(claims, {"kid": header["kid"]}, stranger)


def _unknown_key(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return provider.sign(claims, key=RSAKey.generate_key(2048, auto_kid=True))


def _changed_after(provider: OpenIdProvider, header: dict[str, Any], claims: dict[str, Any]) -> str:
    first, _, last = provider.sign(claims).split(".")
    body = json.dumps({**claims, "uid": "910000000999"}).encode()
    return f"{first}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{last}"


NOW = int(time.time())
BAD = {
    "nonce of another question": _spoil(nonce="another"),
    "no nonce": _spoil(nonce=None),
    "another issuer": _spoil(iss="https://elsewhere.example"),
    "no issuer": _spoil(iss=None),
    "another audience": _spoil(aud=["someone-else"]),
    "no audience": _spoil(aud=None),
    "several audiences without azp": _spoil(aud=["careweave", "someone-else"]),
    "asked for by someone else": _spoil(azp="someone-else"),
    "run out": _spoil(exp=NOW - 120),
    "no end": _spoil(exp=None),
    "an end that is not a time": _spoil(exp="tomorrow"),
    "from the future": _spoil(iat=NOW + 4000),
    "issued long ago": _spoil(iat=NOW - 4000),
    "signed in long ago": _spoil(auth_time=NOW - 4000),
    "no time of signing in": _spoil(auth_time=None),
    "another access token": _spoil(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "nobody": _spoil(sub=None),
    "not signed": _unsigned,
    "signed with the public key as a secret": _shared_secret,
    "signed by a stranger under the right name": _own_key,
    "signed by a stranger": _unknown_key,
    "changed after signing": _changed_after,
    "not a token": lambda *_: "not.a.token",
    "nothing": lambda *_: "",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_token_opens_nothing(cis2: OpenIdProvider, priya: Any, what: str) -> None:
    cis2.spoil = BAD[what]
    client = browser()
    answer = client.get(come_back(client, cis2, "priya"))
    assert answer.status_code == 403, what
    assert b"That did not work" in answer.content
    assert "actor" not in client.session


def test_a_state_that_this_browser_was_not_given_is_nobodys(cis2: OpenIdProvider, priya: Any) -> None:
    victim, attacker = browser(), browser()
    stolen = come_back(attacker, cis2, "priya")
    assert victim.get(stolen).status_code == 403
    assert victim.get("/sign-in/back?code=x&state=").status_code == 403
    assert victim.get("/sign-in/back").status_code == 403
    assert "actor" not in victim.session


def test_an_answer_works_once(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    back = come_back(client, cis2, "priya")
    assert client.get(back).status_code == 302
    client.post("/sign-out")
    assert client.get(back).status_code == 403


def test_the_answer_of_another_issuer_is_refused(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    back = come_back(client, cis2, "priya")
    assert client.get(f"{back}&iss=https://elsewhere.example").status_code == 403


def test_who_changes_their_mind_at_the_provider_may_try_again(cis2: OpenIdProvider, priya: Any) -> None:
    cis2.refuses = "access_denied"
    client = browser()
    gone = client.get("/sign-in/with/cis2").headers["Location"]
    with pytest.raises(HTTPError) as sent:
        urllib.request.build_opener(NoRedirect).open(gone, timeout=5)
    sent.value.close()
    back = sent.value.headers["Location"].removeprefix(settings.CONFIGURATION.base_url)
    answer = client.get(back)
    assert answer.status_code == 403 and b"Try again" in answer.content


def test_the_provider_may_change_its_keys_at_any_time(
    cis2: OpenIdProvider, priya: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from careweave.web.openid import keys

    client = browser()
    assert client.get(come_back(client, cis2, "priya")).status_code == 302
    monkeypatch.setattr(keys, "LOOK_AGAIN_SECONDS", 0)
    cis2.rotate()
    assert client.get(come_back(client, cis2, "priya")).status_code == 302


def test_another_user_in_userinfo_is_refused(cis2: OpenIdProvider, priya: Any) -> None:
    cis2.userinfo["priya"] = {"sub": "someone-else"}
    client = browser()
    assert client.get(come_back(client, cis2, "priya")).status_code == 403


def test_what_was_signed_cannot_be_changed_by_userinfo(cis2: OpenIdProvider, priya: Any) -> None:
    cis2.users["priya"] |= {"uid": "910000000999"}
    cis2.userinfo["priya"] = {"uid": CARD}
    client = browser()
    assert client.get(come_back(client, cis2, "priya")).status_code == 403


def test_a_provider_that_is_silent_or_is_not_itself_is_a_clear_page(cis2: OpenIdProvider, priya: Any) -> None:
    from careweave.web.openid import keys

    client = browser()
    for about in (
        {"issuer": "https://elsewhere.example"},
        {"authorization_endpoint": None, "issuer": cis2.issuer + "/"},
    ):
        keys.forget()
        cis2.about = about
        answer = client.get("/sign-in/with/cis2")
        assert answer.status_code == 403 and b"That did not work" in answer.content
    assert client.get("/sign-in/with/unknown").status_code == 404


def test_our_public_keys_say_nothing_private(cis2: OpenIdProvider) -> None:
    told = json.loads(browser().get("/sign-in/keys").content)
    assert len(told["keys"]) == 1
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(told["keys"][0])


def test_the_provider_ends_the_session(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    client.get(come_back(client, cis2, "priya"))
    assert client.get("/day").status_code == 200
    event = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims = {
        "iss": cis2.issuer,
        "aud": "careweave",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
        "jti": "1",
        "events": event,
        "sid": "session-1",
    }
    for bad in ({"events": {}}, {"nonce": "x"}, {"aud": "other"}, {"sid": ""}):
        refused = browser().post("/sign-in/ended", {"logout_token": cis2.sign({**claims, **bad})})
        assert refused.status_code == 400, bad
    assert client.get("/day").status_code == 200
    assert browser().post("/sign-in/ended", {"logout_token": cis2.sign(claims)}).status_code == 200
    assert client.get("/day").status_code == 302


def test_the_provider_may_end_every_session_of_a_user(cis2: OpenIdProvider, priya: Any) -> None:
    client = browser()
    client.get(come_back(client, cis2, "priya"))
    claims = {
        "iss": cis2.issuer,
        "aud": "careweave",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    browser().post("/sign-in/ended", {"logout_token": cis2.sign({**claims, "sub": "someone-else"})})
    assert client.get("/day").status_code == 200
    browser().post("/sign-in/ended", {"logout_token": cis2.sign({**claims, "sub": "priya"})})
    assert client.get("/day").status_code == 302


def test_an_administrator_links_a_card_once_and_not_their_own(cis2: OpenIdProvider, priya: Any) -> None:
    from careweave.identity.logins_elsewhere import link_staff
    from careweave.record import Purpose, Refusal, Refused

    ada = make.staff("Ada Moss", "administrator", "RVC")
    bo = make.staff("Bo Lind", "coordinator", "RVC")
    gate = make.gate(ada, "administrator", "RVC", Purpose.ADMINISTRATION)
    cy = make.staff("Cy Young", "governance-lead", "RVC")
    for staff, subject in ((bo, CARD), (ada, "910000000777"), (bo, "<script>"), (cy, "910000000778")):
        assert isinstance(link_staff(gate, staff=staff, issuer=cis2.issuer, subject=subject), Refusal)
    with pytest.raises(Refused):
        link_staff(make.gate(bo, "coordinator", "RVC"), staff=bo, issuer=cis2.issuer, subject="9100")


# -- people ----------------------------------------------------------------------------------------------------


@pytest.fixture
def joe(nhs_login: OpenIdProvider) -> str:
    person_id = make.person(("Y90001", make.patient("Y90001", "joe", nhs_number="9990000018", gp="Y90001")))
    nhs_login.users["joe"] = {
        "vot": "P9.Cp.Cd",
        "identity_proofing_level": "P9",
        "nhs_number": "9990000018",
        "birthdate": "1941-03-04",
    }
    return person_id


def test_a_person_who_is_certain_sees_their_own_care(nhs_login: OpenIdProvider, joe: str) -> None:
    for _ in range(2):
        client = browser()
        answer = client.get(come_back(client, nhs_login, "joe"))
        assert answer.status_code == 302 and answer.headers["Location"] == "/my"
        assert client.session["actor"]["id"] == f"person:{joe}"
        assert client.get("/my").status_code == 200


@pytest.mark.parametrize(
    ("vot", "level", "words"),
    [
        ("P0.Cp.Cd", "P0", b"not yet who you are"),
        ("P5.Cp.Cd", "P5", b"has not yet checked that it is really you"),
        ("P0.Cp.Cd", "P9", b"not yet who you are"),
        ("P9.Cp.Cd", "P5", b"has not yet checked"),
        ("", "", b"does not say how well"),
    ],
)
def test_below_p9_there_are_public_pages_and_a_clear_explanation(
    nhs_login: OpenIdProvider, joe: str, vot: str, level: str, words: bytes
) -> None:
    nhs_login.users["joe"] |= {"vot": vot, "identity_proofing_level": level}
    client = browser()
    answer = client.get(come_back(client, nhs_login, "joe"))
    assert answer.status_code == 403 and words in answer.content
    assert b"/how-your-information-is-used" in answer.content
    assert client.get("/my").status_code == 302


@pytest.mark.parametrize(
    "changes",
    [
        {"nhs_number": "9990000026"},
        {"birthdate": "1941-03-05"},
        {"nhs_number": ""},
        {"birthdate": ""},
    ],
)
def test_number_and_birth_date_must_both_be_ours(
    nhs_login: OpenIdProvider, joe: str, changes: dict[str, str]
) -> None:
    from careweave.identity.models import Account

    before = Account.objects.count()
    nhs_login.users["joe"] |= changes
    client = browser()
    answer = client.get(come_back(client, nhs_login, "joe"))
    assert answer.status_code == 403 and b"We did not find you" in answer.content
    assert Account.objects.count() == before


def test_a_user_of_the_provider_does_not_become_someone_else(nhs_login: OpenIdProvider, joe: str) -> None:
    client = browser()
    client.get(come_back(client, nhs_login, "joe"))
    make.person(
        (
            "Y90001",
            make.patient("Y90001", "jane", given="Jane", nhs_number="9990000042", birth_date="1950-01-01"),
        )
    )
    nhs_login.users["joe"] |= {"nhs_number": "9990000042", "birthdate": "1950-01-01"}
    other = browser()
    assert other.get(come_back(other, nhs_login, "joe")).status_code == 403
