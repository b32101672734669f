"""Keys on both sides: the provider's, read anew when it changes them, and ours, which proves who asks (RFC 7523)."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from careweave.web.openid.calling import ProviderFailed, ask
from careweave.web.openid.provider import Provider

KEEP_SECONDS = 3600
# A token with an unknown key makes us look again, but not more often than this: it could be anyone's token.
LOOK_AGAIN_SECONDS = 10


@dataclass
class Known:
    """What we know of a provider, and since when."""

    about: dict[str, Any]
    keys: dict[str, Any] = field(default_factory=dict)
    about_at: float = 0.0
    keys_at: float = 0.0


_known: dict[str, Known] = {}
_lock = threading.Lock()


def forget() -> None:
    """Between tests."""
    _known.clear()


def about(provider: Provider) -> dict[str, Any]:
    """The provider's own description (OpenID Connect Discovery 1.0); it must be about the issuer we trust."""
    with _lock:
        known = _known.get(provider.issuer)
        if known and time.monotonic() - known.about_at < KEEP_SECONDS:
            return known.about
    found = ask(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise ProviderFailed("the description is about another issuer")
    with _lock:
        known = _known.setdefault(provider.issuer, Known(found))
        known.about, known.about_at = found, time.monotonic()
    return found


def key_for(provider: Provider, key_id: str) -> Any:
    """The provider's key of this name; asked for again when it is new to us."""
    described = about(provider)
    with _lock:
        known = _known[provider.issuer]
        age = time.monotonic() - known.keys_at
        is_stale = age > KEEP_SECONDS or (key_id not in known.keys and age > LOOK_AGAIN_SECONDS)
    if is_stale or not known.keys_at:
        fresh = _read_keys(ask(str(described.get("jwks_uri", ""))))
        with _lock:
            known.keys, known.keys_at = fresh, time.monotonic()
    if key_id not in known.keys:
        raise ProviderFailed("signed with a key that the provider does not publish")
    return known.keys[key_id]


def _read_keys(found: dict[str, Any]) -> dict[str, Any]:
    """Keys for signatures; one that we cannot read, or a shared secret, is passed over."""
    keys = {}
    for one in found.get("keys", []):
        if not isinstance(one, dict) or one.get("kty") == "oct" or one.get("use", "sig") != "sig":
            continue
        try:
            keys[str(one.get("kid", ""))] = import_key(one)
        except (JoseError, ValueError):
            continue
    return keys


def key_name_of(token: str) -> tuple[str, str]:
    """The algorithm and the key that a token says it was signed with."""
    try:
        first = token.split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        return str(header["alg"]), str(header.get("kid", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderFailed("not a signed token") from error


def own_key(provider: Provider) -> Any:
    """Our private key for this provider."""
    return import_key(Path(provider.key_file).read_bytes(), _kind(provider))


def _kind(provider: Provider) -> Any:
    return "EC" if provider.algorithm.startswith("ES") else "RSA"


def own_public_keys(chosen: tuple[Provider, ...]) -> dict[str, Any]:
    """What a provider needs to check our assertions; the same key is listed once."""
    keys = {key.thumbprint(): key for key in (own_key(one) for one in chosen)}
    rows = [{**key.as_dict(private=False), "kid": name, "use": "sig"} for name, key in keys.items()]
    return {"keys": rows}


def assertion(provider: Provider, audience: str) -> str:
    """Who we are, signed, for one use within a minute (private_key_jwt)."""
    key, now = own_key(provider), int(time.time())
    header = {"alg": provider.algorithm, "typ": "JWT", "kid": key.thumbprint()}
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode(header, claims, key, algorithms=[provider.algorithm])
