"""Secrets of signing in, sealed with a key that is not in the database; digests of codes that cannot be turned back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(value: Any, *, of: str) -> str:
    """Encrypted text that only `unseal` with the same purpose opens."""
    return _box(of).encrypt(json.dumps(value).encode()).decode()


def unseal(text: str, *, of: str) -> Any:
    """What was sealed; None when the key has changed since."""
    try:
        return json.loads(_box(of).decrypt(text.encode()))
    except InvalidToken:
        return None


def digest(text: str, *, of: str) -> str:
    """A keyed digest, so that a copy of the database does not let anyone try codes or birth dates."""
    return hmac.new(_key(of), text.encode(), hashlib.sha256).hexdigest()


def _box(of: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(of)))


def _key(of: str) -> bytes:
    return hashlib.sha256(f"careweave {of} {settings.SECRET_KEY}".encode()).digest()
