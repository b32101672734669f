"""What can be exchanged at the token address: a code (with PKCE S256), a refresh token, a system's signature."""

from __future__ import annotations

import time
from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.errors import ConsentRequiredError
from authlib.oidc.core.grants.code import OpenIDCode
from joserfc.jwk import RSAKey

from careweave.identity import clients_exchange, clients_keys
from careweave.identity.clients_exchange import Issued
from careweave.identity.clients_models import AuthorizationCode
from careweave.identity.scopes import LAUNCH, WHO, Scopes, parse
from careweave.record import Refusal
from careweave.web.smart import addresses
from careweave.web.smart.server import Registered, said

METHODS = ["private_key_jwt", "none"]
LONGEST = 200


class Code(grants.AuthorizationCodeGrant):
    """An app that someone signed in to."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    scopes: Scopes

    def validate_authorization_request(self) -> str:
        redirect_uri = str(super().validate_authorization_request())
        values = self.request.payload.data
        if not addresses.is_fhir_base(values.get("aud", "")):
            words = f"aud must be {addresses.fhir_base()}"
            raise InvalidRequestError(said(words), redirect_uri=redirect_uri)
        if "none" in values.get("prompt", "").split():
            raise ConsentRequiredError("Someone is always asked here.", redirect_uri=redirect_uri)
        if not values.get("state"):
            raise InvalidRequestError(
                "Send a state, and compare it when you are called back.", redirect_uri=redirect_uri
            )
        return redirect_uri

    def validate_requested_scope(self) -> None:
        """What was asked for, no further than was registered; nothing left is a refusal."""
        asked = _read(self.request.payload.scope)
        bound = _read(self.request.client.client.scopes)
        allowed = Scopes(bound.context, bound.rows, bound.others | LAUNCH | WHO)
        self.scopes = asked.narrowed_to(allowed)
        if not self.scopes.rows and (asked.rows or "openid" not in self.scopes.others):
            words = f"Nothing of this was registered for the app; registered is: {bound.text}"
            raise InvalidScopeError(said(words))

    def query_authorization_code(self, code: str, client: Registered) -> _HeldCode:
        held = clients_exchange.code_of(code[:LONGEST], client.client)
        if isinstance(held, Refusal):
            raise InvalidGrantError(said(held.reason))
        return _HeldCode(held)

    def authenticate_user(self, authorization_code: _HeldCode) -> Any:
        return authorization_code.held.connection.account

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return _answer(clients_exchange.spend_code(self.request.authorization_code.held))

    def save_token(self, token: dict[str, Any]) -> None:
        """Kept already, as a hash."""

    def delete_authorization_code(self, authorization_code: _HeldCode) -> None:
        """Kept as used, so that a second use is noticed."""


class _HeldCode:
    """A code, as Authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, held: AuthorizationCode) -> None:
        self.held = held
        self.code_challenge = held.challenge

    def get_redirect_uri(self) -> str:
        return str(self.held.redirect_uri)

    def get_scope(self) -> str:
        return str(self.held.connection.scopes)

    def get_nonce(self) -> str:
        return str(self.held.nonce)

    def get_auth_time(self) -> int | None:
        return int(self.held.signed_in_at.timestamp()) if self.held.signed_in_at else None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class ProofKey(CodeChallenge):
    """PKCE with S256 for every app; without it, or with `plain`, nothing begins."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Code, redirect_uri: str) -> None:
        values = grant.request.payload.data
        if not values.get("code_challenge") or values.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is needed: send code_challenge and code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class WhoSignedIn(OpenIDCode):
    """The id_token: who signed in, and where their own entry is."""

    def resolve_client_private_key(self, client: Registered) -> RSAKey:
        return clients_keys.signing_key()

    def get_encode_header(self, client: Registered) -> dict[str, str]:
        return {"alg": "RS256", "kid": str(clients_keys.signing_key().kid)}

    def get_client_claims(self, client: Registered) -> dict[str, Any]:
        return {"iss": addresses.issuer(), "aud": [client.get_client_id()], "exp": int(time.time()) + 3600}

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False  # the app compares it; a code is good once, so the nonce comes back once

    def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
        staff = user.staff
        claims = {"sub": str(user.id)}
        if {"fhirUser", "profile"} & _read(scope).others:
            kind, id_ = ("Practitioner", staff.id) if staff else ("Patient", user.person_id)
            claims["fhirUser"] = f"{addresses.fhir_base()}/{kind}/{id_}"
        if "profile" in _read(scope).others and staff:
            claims["name"] = staff.name
        return claims


class Refresh(BaseGrant, TokenEndpointMixin):
    """A refresh token is good once; what comes back holds the next one."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    GRANT_TYPE = "refresh_token"

    def validate_token_request(self) -> None:
        if not {"client_id", "client_assertion"} & set(self.request.form):
            self.request.payload.name(
                clients_exchange.holder_of(self.request.form.get("refresh_token", "")[:LONGEST])
            )
        _authenticate(self)
        held = clients_exchange.refresh_of(
            self.request.form.get("refresh_token", "")[:LONGEST], self.request.client.client
        )
        if isinstance(held, Refusal):
            raise InvalidGrantError(said(held.reason))
        self.request.credential = held

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        issued = clients_exchange.spend_refresh(self.request.credential, self.request.form.get("scope", ""))
        return 200, _issued(issued), self.TOKEN_RESPONSE_HEADER


class System(BaseGrant, TokenEndpointMixin):
    """SMART Backend Services: a system that works on its own, known by its signature."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt",)
    GRANT_TYPE = "client_credentials"

    def validate_token_request(self) -> None:
        _authenticate(self)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        issued = clients_exchange.issue_to_system(
            self.request.client.client, self.request.form.get("scope", "")
        )
        return 200, _issued(issued), self.TOKEN_RESPONSE_HEADER


def _authenticate(grant: Refresh | System) -> None:
    client = grant.authenticate_token_endpoint_client()
    if not client.check_grant_type(grant.GRANT_TYPE):
        raise UnauthorizedClientError(f"This program was not registered for {grant.GRANT_TYPE}.")
    grant.request.client = client


def _issued(issued: Issued | Refusal) -> dict[str, Any]:
    if isinstance(issued, Refusal):
        raise InvalidScopeError(said(issued.reason))
    return _answer(issued)


def _answer(issued: Issued) -> dict[str, Any]:
    """The token with its context (launch/patient), as SMART names the parts."""
    answer = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": issued.scopes.text,
    }
    if issued.refresh_token:
        answer["refresh_token"] = issued.refresh_token
    if issued.connection.patient:
        answer |= {"patient": str(issued.connection.patient), "need_patient_banner": True}
    return answer


def _read(text: str | None) -> Scopes:
    read = parse(text or "")
    if not isinstance(read, Scopes):
        raise InvalidScopeError(said(f"{read.scope}: {read.reason}"))
    return read
