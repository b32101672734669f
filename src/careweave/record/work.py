"""One tick of the record's background work: seal the audit, and anchor what was sealed."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connections

from careweave.configuration import key_bytes

from .audit_anchor import BadAnchor, BrokenChain, anchor
from .audit_seal import seal
from .outbox import adopt_restored_events

log = logging.getLogger("careweave.work")
ANCHOR_EVERY_SECONDS = 60
_last_anchor = 0.0


def tick() -> dict[str, int]:
    """Do what waits now; returns how much was done. The audit is sealed as its owner, whom the pages never are."""
    global _last_anchor
    owner = connections["owner"]
    owner.ensure_connection()
    adopt_restored_events(owner.connection)
    sealed = seal(owner.connection)
    anchored = 0
    if time.monotonic() - _last_anchor >= ANCHOR_EVERY_SECONDS:
        _last_anchor = time.monotonic()
        try:
            anchored = 1 if anchor(owner.connection, anchor_key(), anchors_folder()) else 0
        except (BrokenChain, BadAnchor) as broken:  # the rest of the work goes on; nothing more is signed
            log.error("The audit is not anchored: %s. Run: careweave check", broken)
    return {"sealed": sealed, "anchored": anchored}


def seal_everything() -> int:
    """Seal and anchor all that waits, for a backup or a check; returns how many rows were sealed."""
    owner = connections["owner"]
    owner.ensure_connection()
    total = 0
    while sealed := seal(owner.connection):
        total += sealed
    while anchor(owner.connection, anchor_key(), anchors_folder()):
        pass
    return total


@lru_cache(maxsize=1)
def anchor_key() -> Ed25519PrivateKey:
    """The signing key, kept outside the database; its public half lies beside the anchors."""
    return Ed25519PrivateKey.from_private_bytes(key_bytes(settings.CONFIGURATION, "anchor"))


def anchors_folder() -> Path:
    return Path(settings.CONFIGURATION.home) / "anchors"
