"""What a body says, as a hash: the same whatever its key order and whenever it was sent; pure."""

from __future__ import annotations

import hashlib
from typing import Any

from .validation import write

# The source of everything that is written here rather than sent here.
PLACE = "careweave"


def content_hash(body: dict[str, Any]) -> bytes:
    """16 bytes over everything but `meta`, which tells of the sending and not of the person."""
    said = {key: value for key, value in body.items() if key != "meta"}
    return hashlib.blake2b(write(said, sort_keys=True), digest_size=16).digest()
