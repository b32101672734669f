"""The way to a provider and back: authorization code with PKCE (RFC 7636), state, nonce and a signed assertion."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from careweave.web.openid import keys, tokens
from careweave.web.openid.calling import ProviderFailed, ask
from careweave.web.openid.provider import Provider

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_AWAY = 900


@dataclass(frozen=True)
class Question:
    """What we asked; kept in the session until the answer comes, and good for one answer."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back_to: str
    next: str
    is_again: bool
    at: float


@dataclass(frozen=True)
class Answer:
    """Who the provider says has come."""

    claims: dict[str, Any]
    id_token: str


def question(provider: Provider, *, back_to: str, next: str, is_again: bool) -> Question:
    """A new question with fresh secrets."""
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(48)
    return Question(provider.id, state, nonce, verifier, back_to, next, is_again, time.time())


def as_dict(asked: Question) -> dict[str, Any]:
    return asdict(asked)


def address(provider: Provider, asked: Question) -> str:
    """Where the browser goes. Staff are always asked anew: the computer is shared."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest())
    parts = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": asked.back_to,
        "scope": provider.scope,
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        provider.shape["ask_with"]: provider.shape["vector"],
    }
    if provider.who == "staff" or asked.is_again:
        parts |= {"prompt": "login", "max_age": "0"}
    return f"{keys.about(provider)['authorization_endpoint']}?{urlencode(parts)}"


def answer(provider: Provider, asked: Question, *, code: str) -> Answer:
    """Exchange the code, check the token, and add what the provider tells of the user."""
    if time.time() - asked.at > LONGEST_AWAY:
        raise ProviderFailed("came back too late")
    described = keys.about(provider)
    endpoint = str(described.get("token_endpoint", ""))
    got = ask(
        endpoint,
        form={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.back_to,
            "client_id": provider.client_id,
            "code_verifier": asked.verifier,
            "client_assertion_type": ASSERTION,
            "client_assertion": keys.assertion(provider, endpoint),
        },
    )
    id_token, access_token = str(got.get("id_token", "")), str(got.get("access_token", ""))
    is_fresh = asked.is_again or provider.who == "staff"
    claims = tokens.read_id_token(
        provider, id_token, nonce=asked.nonce, access_token=access_token, is_again=is_fresh
    )
    return Answer(claims | _more(described, access_token, claims), id_token)


def _more(described: dict[str, Any], access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The user's further claims; what the signed token said cannot be changed by them."""
    endpoint = described.get("userinfo_endpoint")
    if not endpoint:
        return {}
    told = ask(str(endpoint), bearer=access_token)
    if told.get("sub") != claims["sub"]:
        raise ProviderFailed("told about another user (sub)")
    return {name: value for name, value in told.items() if name not in claims}
