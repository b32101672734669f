"""The public keys of a registered program (RFC 7517): given at registration, or fetched where the place allows it."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from joserfc.jwk import ECKey, KeySet, RSAKey

from careweave.record import Refusal

from .clients_models import Client

MOST_KEYS = 10
LARGEST = 64_000
FETCHED_FOR = 3600
_fetched: dict[str, tuple[float, dict[str, Any]]] = {}


def keys_of(client: Client) -> KeySet | Refusal:
    """The keys by which this program signs."""
    if client.jwks:
        return key_set(client.jwks)
    if not settings.CONFIGURATION.fetch_client_keys:
        return Refusal("this place does not fetch keys; register the keys themselves")
    try:
        return key_set(_fetch(client.jwks_url))
    except (OSError, ValueError):
        return Refusal("the registered address of the keys does not answer with keys")


def key_set(jwks: Any) -> KeySet | Refusal:
    """A set of public keys that are strong enough for RS384 and ES384; a private key is sent back."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        return Refusal(f'give a JWK set: {{"keys": [...]}} with 1 to {MOST_KEYS} keys', "jwks")
    for key in keys:
        problem = _problem(key)
        if problem:
            return Refusal(problem, "jwks")
    return KeySet.import_key_set({"keys": keys})


def _problem(key: Any) -> str:
    if not isinstance(key, Mapping):
        return "each key is a JSON object"
    if "d" in key or "k" in key:
        return "this holds a private or shared key: it is no longer secret. Make a new one and give its public half"
    try:
        if key.get("kty") == "RSA":
            strong = RSAKey.import_key(dict(key)).public_key.key_size >= 2048
        elif key.get("kty") == "EC" and key.get("crv") == "P-384":
            strong = bool(ECKey.import_key(dict(key)).public_key)
        else:
            strong = False
    except Exception:  # whatever the parser makes of what a stranger wrote
        return "a key cannot be read"
    return "" if strong else "use RSA keys of at least 2048 bits, or EC keys on P-384"


def _fetch(url: str) -> dict[str, Any]:
    at, kept = _fetched.get(url, (0.0, {}))
    if time.monotonic() - at < FETCHED_FOR and kept:
        return kept
    if urlsplit(url).scheme != "https":
        raise ValueError("keys are fetched over https only")
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(url, timeout=5) as answer:
        found = json.loads(answer.read(LARGEST))
    _fetched[url] = (time.monotonic(), found)
    return dict(found)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An address that was approved by two people does not lead on to another."""

    def redirect_request(self, *args: Any) -> None:
        return None
