"""Whether a token is what it says: signature, issuer, audience, time, nonce, and the access token it came with."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from careweave.web.openid import keys
from careweave.web.openid.calling import ProviderFailed
from careweave.web.openid.provider import Provider

# Only signatures by the provider's private key: never "none", never a shared secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LEEWAY = 30
OLDEST = 600
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def read_id_token(
    provider: Provider, token: str, *, nonce: str, access_token: str, is_again: bool = False
) -> dict[str, Any]:
    """The claims of an ID token that is meant for us, now, and for this very question (Core 3.1.3.7)."""
    claims = _signed_claims(provider, token)
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise ProviderFailed("the token answers another question (nonce)")
    if not claims.get("sub"):
        raise ProviderFailed("the token names nobody (sub)")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token, keys.key_name_of(token)[0]):
        raise ProviderFailed("the token came with another access token (at_hash)")
    if is_again and time.time() - _number(claims, "auth_time") > OLDEST:
        raise ProviderFailed("the provider did not ask again who it is (auth_time)")
    return claims


def read_logout_token(provider: Provider, token: str) -> dict[str, Any]:
    """The claims of a back-channel logout (OpenID Connect Back-Channel Logout 1.0, 2.6)."""
    claims = _signed_claims(provider, token)
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise ProviderFailed("not a logout token")
    if not (claims.get("sid") or claims.get("sub")):
        raise ProviderFailed("the logout names nobody")
    return claims


def _signed_claims(provider: Provider, token: str) -> dict[str, Any]:
    algorithm, key_id = keys.key_name_of(token)
    if algorithm not in ALGORITHMS:
        raise ProviderFailed(f"an algorithm that we do not take ({algorithm[:10]})")
    try:
        claims = jwt.decode(token, keys.key_for(provider, key_id), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as error:
        raise ProviderFailed("the signature is not right") from error
    _check(provider, claims)
    return dict(claims)


def _check(provider: Provider, claims: dict[str, Any]) -> None:
    now, audience = time.time(), claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider.issuer:
        raise ProviderFailed("from another issuer")
    if provider.client_id not in audiences:
        raise ProviderFailed("for another client (aud)")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise ProviderFailed("for several clients, and not by us (azp)")
    if _number(claims, "exp") <= now - LEEWAY:
        raise ProviderFailed("run out")
    if not now - OLDEST <= _number(claims, "iat") <= now + LEEWAY:
        raise ProviderFailed("issued too long ago, or in the future")


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProviderFailed(f"without a time ({name})")
    return float(value)


def _half_hash(text: str, algorithm: str) -> str:
    digest = hashlib.new(f"sha{algorithm[-3:]}", text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
