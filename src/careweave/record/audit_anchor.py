"""Signed anchors: what the audit chain was at a time, kept in files outside the database.

Whoever owns the database can recompute the whole chain; they cannot sign (Ed25519, RFC 8032). An anchor also lists
the rows it covers with the beginning of each digest, so that a recomputed chain still names the changed row.
Copy the folder to another machine: what was anchored there holds even against the owner of this one.
"""

from __future__ import annotations

import json
import os
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from careweave.record.audit_seal import START, Connection, chain, only_sealer

MOST_ROWS = 100_000
BEGINNING = 8  # bytes of a digest: enough to name a row; the whole chain is what proves it
SET_ASIDE = "set-aside"


class BrokenChain(Exception):
    """The chain does not continue from the last anchor; nothing more is signed until someone has looked."""


class BadAnchor(Exception):
    """An anchor file that is not what this program signed."""


@dataclass(frozen=True)
class Anchor:
    """`rows` are the (audit id, beginning of its digest) that this anchor covers, in the order of sealing."""

    seq: int
    chain: bytes
    at: datetime
    rows: tuple[tuple[int, bytes], ...]
    previous: str
    mark: str

    @property
    def first_seq(self) -> int:
        return self.seq - len(self.rows) + 1


def anchor(connection: Connection, key: Ed25519PrivateKey, folder: Path) -> Anchor | None:
    """Sign what was sealed since the last anchor, at most 100,000 rows; None when there is nothing new.

    Needs SELECT on record.audit_seal. Raises BrokenChain rather than sign a chain that was changed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_sealer(connection) as alone:
        if not alone:
            return None
        last = read_last_anchor(folder, key.public_key())
        seq, link, mark = (last.seq, last.chain, last.mark) if last else (0, START, "")
        _refuse_another_chain(connection, seq, link)
        rows: list[tuple[int, bytes]] = []
        for next_seq, audit_id, digest, stored in _seals_after(connection, seq):
            seq, link = seq + 1, chain(link, digest)
            if next_seq != seq or stored != link:
                raise BrokenChain(f"the seal {next_seq} of audit row {audit_id} does not continue the chain")
            rows.append((audit_id, digest[:BEGINNING]))
        return _write(folder, key, seq, link, rows, mark) if rows else None


def read_last_anchor(folder: Path, key: Ed25519PublicKey) -> Anchor | None:
    files = anchor_files(folder)
    return read_anchor(files[-1], key) if files else None


def anchor_files(folder: Path) -> list[Path]:
    """The anchors, oldest first: their names are their numbers."""
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def read_anchor(file: Path, key: Ed25519PublicKey) -> Anchor:
    try:
        content = json.loads(file.read_bytes())
        payload = content["signed"]
        key.verify(b64decode(content["signature"]), _canonical(payload))
        ids = array("q", zlib.decompress(b64decode(payload["audit_ids"])))
        beginnings = b64decode(payload["digests"])
        cut = (beginnings[start : start + BEGINNING] for start in range(0, len(beginnings), BEGINNING))
        return Anchor(
            seq=payload["seq"],
            chain=bytes.fromhex(payload["chain"]),
            at=datetime.fromisoformat(payload["at"]),
            rows=tuple(zip(accumulate(ids), cut, strict=True)),
            previous=payload["previous"],
            mark=_mark(payload),
        )
    except InvalidSignature as error:
        raise BadAnchor(f"{file.name}: the signature is not ours") from error
    except (ValueError, KeyError, TypeError, OSError, zlib.error) as error:
        raise BadAnchor(f"{file.name}: cannot be read ({type(error).__name__})") from error


def set_aside_anchors_after(folder: Path, seq: int) -> int:
    """After restoring an older copy: move anchors of rows that are lost out of the way, never delete them."""
    later = [file for file in anchor_files(folder) if int(file.stem) > seq]
    if later:
        aside = folder / SET_ASIDE / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        aside.mkdir(parents=True)
        for file in later:
            file.rename(aside / file.name)
    return len(later)


def _refuse_another_chain(connection: Connection, seq: int, link: bytes) -> None:
    if seq:
        found = connection.execute("SELECT chain FROM record.audit_seal WHERE seq = %s", [seq]).fetchone()
        if found is None or found[0] != link:
            raise BrokenChain(f"the chain at seal {seq} is not the one that was anchored")


def _seals_after(connection: Connection, seq: int) -> Iterator[tuple[int, int, bytes, bytes]]:
    with connection.cursor(name="seals") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            "SELECT seq, audit_id, digest, chain FROM record.audit_seal WHERE seq > %s ORDER BY seq LIMIT %s",
            [seq, MOST_ROWS],
        )
        yield from cursor


def _write(
    folder: Path, key: Ed25519PrivateKey, seq: int, link: bytes, rows: list[tuple[int, bytes]], previous: str
) -> Anchor:
    at = datetime.now(UTC)
    ids = [audit_id for audit_id, _ in rows]
    steps = array("q", [one - other for one, other in zip(ids, [0, *ids[:-1]], strict=True)])
    payload = {
        "seq": seq,
        "chain": link.hex(),
        "at": at.isoformat(),
        "rows": len(rows),
        "previous": previous,
        "audit_ids": b64encode(zlib.compress(steps.tobytes())).decode(),
        "digests": b64encode(b"".join(beginning for _, beginning in rows)).decode(),
    }
    signature = b64encode(key.sign(_canonical(payload))).decode()
    _write_whole(folder / f"{seq:020d}.json", _canonical({"signed": payload, "signature": signature}))
    return Anchor(seq, link, at, tuple(rows), previous, _mark(payload))


def _write_whole(file: Path, content: bytes) -> None:
    """On disk in one piece or not at all, even when the machine stops."""
    fresh = file.with_suffix(".new")
    with fresh.open("wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    fresh.rename(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mark(payload: dict[str, Any]) -> str:
    return sha256(_canonical(payload)).hexdigest()


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
