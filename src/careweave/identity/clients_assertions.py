"""Statements that programs sign: who they are (RFC 7523, private_key_jwt), or whom they open. Each is good once.

https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.errors import JoseError

from careweave.record import Refusal

from .clients_jwks import keys_of
from .clients_models import Client, UsedAssertion

ALGORITHMS = ("RS384", "ES384")
LONGEST = 8_000
LIFETIME = 300  # seconds from now to exp, as SMART says
SKEW = 30  # how far the sender's clock may be from ours
Claims = dict[str, Any]


def signer_of(assertion: str) -> str:
    """The id of the program that claims to have signed; nothing is verified yet."""
    if not 0 < len(assertion) <= LONGEST or not assertion.isascii():
        return ""
    try:
        claims = json.loads(jws.extract_compact(assertion.encode()).payload)
    except Exception:  # whatever the parser makes of what a stranger wrote
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) and len(issuer) <= 40 and "\x00" not in issuer else ""


def verify(client: Client, assertion: str, *, audiences: Sequence[str]) -> Claims | Refusal:
    """The claims of an assertion that this program signed for us, just now, and never used before."""
    keys = keys_of(client)
    if isinstance(keys, Refusal):
        return keys
    try:
        claims = jwt.decode(assertion, keys, algorithms=list(ALGORITHMS)).claims
    except JoseError:
        return Refusal("the signature does not fit a registered key (use RS384 or ES384, and name the kid)")
    except Exception:  # whatever the parser makes of what a stranger wrote
        return Refusal("this is not a signed JWT")
    why = _problem(claims, audiences)
    if why:
        return Refusal(why)
    if not _first_use(client, claims):
        return Refusal("this assertion was used before: sign a new one, with a new jti, for each request")
    return claims


def _problem(claims: Claims, audiences: Sequence[str]) -> str:
    now = time.time()
    named = claims.get("aud")
    aud = named if isinstance(named, list) else [named]
    if not any(isinstance(one, str) and one in audiences for one in aud):
        return f"aud is not ours: it must be {audiences[0]}"
    expires = _instant(claims.get("exp"))
    if expires is None or not expires > now - SKEW:
        return "exp is missing or past: sign a new assertion"
    if not expires <= now + LIFETIME + SKEW:
        return f"exp is more than {LIFETIME // 60} minutes away"
    for name in ("iat", "nbf"):
        at = _instant(claims.get(name, now))
        if at is None or not at <= now + SKEW:
            return f"{name} is in the future: check the clock"
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255:
        return "jti is missing: give each assertion a name of its own"
    return ""


def _instant(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and 0 < value < 1e11 else None


def _first_use(client: Client, claims: Claims) -> bool:
    """Written down before anything is given out; the database lets only one of two at once through."""
    until = datetime.fromtimestamp(float(claims["exp"]) + 2 * SKEW, UTC)
    digest = hashlib.sha256(str(claims["jti"]).encode("utf-8", "surrogatepass")).digest()
    UsedAssertion.objects.filter(expires_at__lt=timezone.now()).delete()
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(client=client, hash=digest, expires_at=until)
    except IntegrityError:
        return False
    return True
