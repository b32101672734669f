"""Apps, systems and signed-in browsers for the tests of SMART."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from careweave.identity import clients
from careweave.identity.clients import Registration
from careweave.identity.clients_models import Client
from careweave.identity.models import Account, Staff
from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.web.smart import addresses
from tests import factories as make

BACK = "https://falls.example/back"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-384", {"kid": "one", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
TOKEN = "/oauth/token"


def administrator(name: str = "Ada Moss") -> Gate:
    staff = make.staff(name, "administrator", "RVC")
    return Gate(Actor(staff.party, "administrator", "RVC", name), Purpose.ADMINISTRATION)


def register(**changes: Any) -> Client:
    """An app for professionals unless changed; systems are approved by a second administrator."""
    asked = {
        "name": "Falls app",
        "kind": "app",
        "organisation": "RVC",
        "used_by": "professionals",
        "redirect_uris": [BACK],
        "launch_uri": "https://falls.example/launch",
        "scopes": "user/*.cruds launch offline_access",
        **changes,
    }
    first, second = administrator(), administrator("Bea Moss")
    made = clients.register(first, asked=Registration(**asked))
    assert not isinstance(made, Refusal), made
    if made.kind != "app":
        approved = clients.approve(second, client_id=made.id)
        assert not isinstance(approved, Refusal), approved
        return approved
    return made


def system(**changes: Any) -> Client:
    return register(
        **{
            "name": "Ward system",
            "kind": "backend",
            "scopes": "system/*.cud",
            "sends": True,
            "jwks": {"keys": [KEY.as_dict(private=False), RSA.as_dict(private=False)]},
            "redirect_uris": [],
            "launch_uri": "",
            "used_by": "",
            **changes,
        }
    )


def browser(staff: Staff | None = None, role: str = "coordinator", *, person_id: str = "") -> Browser:
    """Someone who is signed in."""
    if staff:
        account = Account.objects.get(staff=staff)
        actor = Actor(staff.party, role, "RVC", staff.name)
    else:
        account, _ = Account.objects.get_or_create(
            person_id=person_id, defaults={"email": f"{uuid.uuid4().hex}@example.org"}
        )
        actor = Actor(f"person:{person_id}", "person" if role == "coordinator" else role)
    client = Browser(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(actor)
    session["seen"] = timezone.now().timestamp()
    session.save()
    client.account = account
    return client


@dataclass
class App:
    """An app as its makers would write it: it keeps its verifier and state, and compares."""

    client: Client
    redirect_uri: str = BACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    def question(self, scope: str, **changes: str | None) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        values = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": self.state,
            "aud": addresses.fhir_base(),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value is not None})

    def ask(self, who: Browser, scope: str, *, answer: str = "allow", **changes: str | None) -> Any:
        """From the app's question to the answer of the person, without looking at the pages."""
        door = who.get(f"/oauth/authorize?{self.question(scope, **changes)}")
        if door.status_code != 302 or not door["Location"].startswith("/"):
            return door
        return who.post(door["Location"], {"answer": answer})

    def code(self, who: Browser, scope: str, **changes: str | None) -> str:
        sent = sent_back(self.ask(who, scope, **changes))
        assert sent.get("state") == self.state and "code" in sent, sent
        return sent["code"]

    def redeem(self, given: str, **changes: str | None) -> Any:
        values = {
            "grant_type": "authorization_code",
            "code": given,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client.id,
            "code_verifier": self.verifier,
            **changes,
        }
        return post(TOKEN, **values)

    def connect(self, who: Browser, scope: str, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(who, scope, **changes))
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def refresh(self, token: str, **more: str) -> Any:
        return post(TOKEN, grant_type="refresh_token", refresh_token=token, client_id=self.client.id, **more)


def sent_back(answer: Any, to: str = BACK) -> dict[str, str]:
    """What an app reads from the address to which its user was sent back."""
    assert answer.status_code == 302, answer.content
    parts = urlsplit(answer["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == to, answer["Location"]
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def post(path: str, **values: str | None) -> Any:
    """A program's own request, with a form and without a cookie."""
    body = urlencode({name: value for name, value in values.items() if value is not None})
    return Browser(HTTP_HOST="localhost", enforce_csrf_checks=True).post(
        path, body, content_type="application/x-www-form-urlencoded"
    )


def signed(
    client: Client | str, key: Any = KEY, *, alg: str = "ES384", kid: str | None = None, **changes: Any
) -> str:
    """What a system signs to say who it is."""
    id_ = client if isinstance(client, str) else client.id
    claims = {
        "iss": id_,
        "sub": id_,
        "aud": addresses.absolute(addresses.TOKEN),
        "exp": int(time.time()) + 240,
        "jti": uuid.uuid4().hex,
        **changes,
    }
    header = {"alg": alg, "kid": kid or key.kid}
    claims = {name: value for name, value in claims.items() if value is not None}
    return str(jwt.encode(header, claims, key, algorithms=[alg]))


def ask_as_system(assertion: str, scope: str, **changes: str | None) -> Any:
    values = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": ASSERTED,
        "client_assertion": assertion,
        **changes,
    }
    return post(TOKEN, **values)


def why(answer: Any) -> tuple[str, str]:
    """The error of an answer in JSON, and its words."""
    body = json.loads(answer.content)
    return body["error"], body.get("error_description", "")
