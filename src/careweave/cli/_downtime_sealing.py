"""The downtime pack as a file: its content behind a passphrase (scrypt, RFC 7914; AES-256-GCM), its end in the open.

What the header says (which team, until when) cannot be changed without the passphrase: it is sealed with the content.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"careweave downtime pack 1\n"
SHORTEST = 15  # letters of a passphrase
LONGEST_HOURS = 72
_COST = 1 << 16  # 64 MB and about a quarter of a second for each guess
_MOST = 1 << 30  # bytes of an opened pack
_EARLY = timedelta(minutes=10)  # a clock may be this far behind the one that made the pack


class PackRefused(Exception):
    """The pack cannot be opened; the message says why and what to do."""


@dataclass(frozen=True)
class Pack:
    """An opened pack."""

    id: str
    team: str
    made_at: datetime
    ends_at: datetime
    content: dict[str, Any]


def check_passphrase(passphrase: str) -> None:
    """Short ones can be guessed on a stolen laptop."""
    if len(passphrase) < SHORTEST:
        raise PackRefused(f"The passphrase is too short. Use {SHORTEST} letters or more, such as four words.")


def write_pack(
    fresh: Path, content: dict[str, Any], *, passphrase: str, team: str, made_at: datetime, ends_at: datetime
) -> str:
    """Write the pack where `new_private_file` says; returns its id."""
    check_passphrase(passphrase)
    salt, nonce, id_ = os.urandom(16), os.urandom(12), str(uuid4())
    key, check = _keys(passphrase, salt, _COST)
    header = {
        "id": id_,
        "team": team,
        "made_at": made_at.astimezone(UTC).isoformat(),
        "ends_at": ends_at.astimezone(UTC).isoformat(),
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "cost": _COST,
        "check": check.hex(),
    }
    line = json.dumps(header, sort_keys=True).encode() + b"\n"
    sealed = AESGCM(key).encrypt(nonce, zlib.compress(json.dumps(content).encode(), 6), MAGIC + line)
    fresh.write_bytes(MAGIC + line + sealed)
    return id_


def open_pack(path: Path, passphrase: str, *, now: datetime, may_have_ended: bool = False) -> Pack:
    """Raises PackRefused. `may_have_ended` is for the journal alone, which is handed in after the end."""
    header, line, sealed = _parts(path)
    made_at, ends_at = (datetime.fromisoformat(header[name]) for name in ("made_at", "ends_at"))
    key, check = _keys(passphrase, bytes.fromhex(header["salt"]), header["cost"])
    if not hmac.compare_digest(check.hex(), header["check"]):
        raise PackRefused("The passphrase is not right. It is kept where the team keeps its downtime plan.")
    try:
        plain = AESGCM(key).decrypt(bytes.fromhex(header["nonce"]), sealed, MAGIC + line)
    except InvalidTag as error:
        raise PackRefused(
            "This pack was changed or damaged since it was made. Do not trust it. Use the copy on another computer."
        ) from error
    if not may_have_ended:
        _refuse_ended(made_at, ends_at, now)
    inflated = zlib.decompressobj().decompress(plain, _MOST)
    return Pack(header["id"], header["team"], made_at, ends_at, json.loads(inflated))


def _refuse_ended(made_at: datetime, ends_at: datetime, now: datetime) -> None:
    if now >= ends_at:
        raise PackRefused(
            f"This pack ended on {ends_at.astimezone():%d %B %Y at %H:%M}: what it says may no longer hold. Use a newer one,"
            " or call the people in it from the paper list."
        )
    if now < made_at - _EARLY:
        raise PackRefused(
            "The clock of this computer is before the pack was made. Set the clock, then try again."
        )


def _parts(path: Path) -> tuple[dict[str, Any], bytes, bytes]:
    text = path.read_bytes()
    if not text.startswith(MAGIC):
        raise PackRefused(f"{path.name} is not a downtime pack.")
    line, newline, sealed = text[len(MAGIC) :].partition(b"\n")
    try:
        header = json.loads(line)
        is_whole = newline and {"id", "team", "made_at", "ends_at", "salt", "nonce", "cost", "check"} <= set(
            header
        )
        is_sane = is_whole and header["cost"] in {1 << power for power in range(10, 20)}
    except (ValueError, TypeError):
        is_sane = False
    if not is_sane:
        raise PackRefused(
            "The start of this pack is damaged. Do not trust it. Use the copy on another computer."
        )
    return header, line + newline, sealed


def _keys(passphrase: str, salt: bytes, cost: int) -> tuple[bytes, bytes]:
    """The key, and a mark by which a wrong passphrase is told from a damaged file."""
    derived = Scrypt(salt=salt, length=64, n=cost, r=8, p=1).derive(passphrase.encode())
    return derived[:32], hashlib.sha256(derived[32:]).digest()
