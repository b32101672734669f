"""Search tokens: 64-bit hashes of (type, parameter, value), the same in every process and for ever."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

_BETWEEN = "\x1f"  # cannot occur in a code, an identifier that passed the door, or a parameter's name


_KEPT = 200  # longer values are hashed anew each time: nobody fills the memory with them


def token(kind: str, parameter: str, value: str, system: str | None = None) -> int:
    """`system` None is the bare value, whatever its system; empty is a value that has no system."""
    if len(value) + len(system or "") > _KEPT:
        return _hashed(kind, parameter, value, system)
    return _kept(kind, parameter, value, system)


def _hashed(kind: str, parameter: str, value: str, system: str | None) -> int:
    parts = (kind, parameter, value) if system is None else (kind, parameter, value, system)
    digest = blake2b(_BETWEEN.join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


_kept = lru_cache(maxsize=1 << 16)(_hashed)
