"""The authorisation server: Authlib's protocol over our registered programs and our own requests and answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from django.http import HttpRequest, HttpResponse, QueryDict

from careweave.identity import clients, clients_assertions
from careweave.identity.clients_models import Client
from careweave.record import Refusal
from careweave.web.smart import addresses

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 2_000
_ONCE = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "aud",
    "launch",
    "nonce",
    "prompt",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
)
_REPEATED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "grant_type",
)  # Authlib's words for errors quote them


def said(text: str) -> str:
    """Words for `error_description`, which may hold printable ASCII without quotes and backslashes only."""
    plain = text.replace('"', "'").replace("\\", "/").replace("…", "...").replace("“", "'").replace("”", "'")
    return "".join(sign if " " <= sign <= "~" else "?" for sign in plain)[:400]


class Registered(ClientMixin):
    """A registered program, as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return str(self.client.id)

    def get_default_redirect_uri(self) -> None:
        return None  # an app always names the address; so nothing is guessed

    def get_allowed_scope(self, scope: str) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.redirect_uris  # letter for letter (RFC 9700)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        has_key = bool(self.client.jwks or self.client.jwks_url)
        return method == ("private_key_jwt" if has_key else "none")

    def check_response_type(self, response_type: str) -> bool:
        return self.client.kind == "app" and response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        if self.client.kind == "app":
            return grant_type in ("authorization_code", "refresh_token")
        return self.client.kind == "backend" and grant_type == "client_credentials"


class _Payload(OAuth2Payload):
    def __init__(self, values: QueryDict) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, Any]:
        return dict(self._values.items())

    def name(self, client_id: str) -> None:
        """For apps without a key that leave out their id, which what they hold tells as well (RFC 6749, section 6)."""
        self._values = self._values.copy()
        self._values["client_id"] = client_id

    @property
    def datalist(self) -> Mapping[str, list[str]]:
        return dict(self._values.lists())


class SmartRequest(OAuth2Request):
    """The parameters of one request: the query of an authorisation, the form of everything else."""

    def __init__(self, method: str, values: QueryDict, headers: Mapping[str, str] | None = None) -> None:
        # Authlib takes http for insecure; whether a place is served over https is for its configuration to say.
        super().__init__(method, "https://this.place/", headers=dict(headers or {}))
        self.payload = _Payload(values)
        self.values = values

    @property
    def args(self) -> QueryDict:
        return self.values

    @property
    def form(self) -> QueryDict:
        return self.values


def check_parameters(values: QueryDict) -> None:
    """Each once, none endless, all in printable ASCII: what the RFCs allow, before anything is read into them."""
    for name in _ONCE:
        given = values.getlist(name)
        longest = clients_assertions.LONGEST if name in ("client_assertion", "scope") else LONGEST
        if len(given) > 1:
            raise InvalidRequestError(f"Give {name} once.")
        if given and not (len(given[0]) <= longest and all(" " <= sign <= "~" for sign in given[0])):
            raise InvalidRequestError(f"{name} is too long, or holds signs outside printable ASCII.")

    for name in _REPEATED:
        if {'"', "\\"} & set(values.get(name, "")):
            raise InvalidRequestError(f"{name} holds a sign that is not used there.")


class Server(AuthorizationServer):
    def query_client(self, client_id: str) -> Registered | None:
        client = clients.open_client(client_id)
        return Registered(client) if client else None

    def create_oauth2_request(self, request: HttpRequest | SmartRequest) -> SmartRequest:
        if isinstance(request, SmartRequest):
            return request
        values = request.POST if request.method == "POST" else QueryDict()
        return SmartRequest(request.method or "", values, request.headers)

    def handle_response(self, status: int, body: Any, headers: Collection[tuple[str, str]]) -> HttpResponse:
        text = json.dumps(body) if isinstance(body, dict) else body
        response = HttpResponse(text, status=status)
        for name, value in headers:
            response[name] = value
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """What happens is audited where it is done."""


def by_private_key(query_client: Any, request: SmartRequest) -> Registered | None:
    """private_key_jwt: the program signs who it is, for our token address, once."""
    values = request.form
    if values.get("client_assertion_type") != ASSERTION_TYPE:
        return None
    assertion = values.get("client_assertion", "")
    signer = clients_assertions.signer_of(assertion)
    found: Registered | None = query_client(signer) if signer else None
    if found is None or values.get("client_id", signer) != signer:
        raise InvalidClientError("No program that is in use here signed this assertion.")
    wanted = [addresses.absolute(path) for path in (addresses.TOKEN, addresses.ALSO_TOKEN)]
    claims = clients_assertions.verify(found.client, assertion, audiences=wanted)
    if isinstance(claims, Refusal):
        raise InvalidClientError(said(claims.reason))
    if claims.get("iss") != signer or claims.get("sub") != signer:
        raise InvalidClientError("iss and sub must both be the client_id.")
    return found
