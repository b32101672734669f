"""Gate sessions: tokens that name who may touch whose records, which the database verifies and cannot make up."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .actor import Actor, Purpose

EVERYONE = "*"
REACH = "~"  # everyone the actor stands in some relationship to, as the database finds
LIFETIME_SECONDS = 120
_BLOCK = 64


@dataclass(frozen=True)
class SessionKey:
    """The key that signs sessions: held by the web process and, as HMAC pads, by the database's owner only."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 32:
            raise ValueError("the gate key must have at least 32 bytes")

    def pads(self) -> tuple[bytes, bytes]:
        """Inner and outer HMAC-SHA256 pads (RFC 2104), the form in which the database holds the key."""
        key = hashlib.sha256(self.key).digest() if len(self.key) > _BLOCK else self.key
        key = key.ljust(_BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)

    def token(
        self,
        actor: Actor,
        purpose: Purpose,
        *,
        labels: Iterable[str] = (),
        subjects: Iterable[str] | str = (),
    ) -> str:
        """A signed token for these subjects and labels; lives two minutes.

        A text instead of subjects is `EVERYONE` for system work, `REACH`, or `+` and the ids of people, of whom the
        database opens all records.
        """
        named = subjects if isinstance(subjects, str) else ",".join(sorted(subjects))
        payload = "|".join(
            (
                actor.id,
                actor.role,
                actor.organisation,
                purpose.value,
                str(int(time.time()) + LIFETIME_SECONDS),
                ",".join(sorted(labels)),
                named,
            )
        )
        mac = hmac.new(self.key, payload.encode(), hashlib.sha256).hexdigest()
        return f"{mac}|{payload}"
