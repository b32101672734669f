"""Pseudonyms: who holds the key, every use of it on record, and the one way back to a person.

A pseudonym is HMAC-SHA256 (RFC 2104) of an id under a key that lies in `keys/`, apart from the warehouse. Whoever
may read the warehouse need not read that folder. The way back is a list beside the key, made anew at each refresh.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from careweave.private_files import AlreadyThere, new_private_file, write_privately

KEY_FILE, USES_FILE, PEOPLE_FILE = "warehouse", "warehouse-uses.ndjson", "warehouse-people.parquet"
LENGTH = 32  # 128 bits as hexadecimal digits
FIRST_LINK = "0" * 64


class PseudonymError(Exception):
    """The key or the list beside it cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Use:
    """One use of the key: by whom, for what, on how many."""

    at: datetime
    by: str
    act: str
    purpose: str
    count: int


class PseudonymKey:
    """The key of one warehouse. Making, using, going back and rotating are each written to the record of uses."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self.folder = folder
        self.fingerprint = hashlib.sha256(b"careweave warehouse key" + secret).hexdigest()[:16]
        # `hidden` is for what is met once; `pseudonym` remembers those that are met again and again.
        self.hidden: Callable[[str], str] = lambda id: hmac.digest(secret, id.encode(), "sha256")[
            : LENGTH // 2
        ].hex()
        self.pseudonym = lru_cache(maxsize=500_000)(self.hidden)

    def record_use(self, *, by: str, act: str, purpose: str, count: int) -> None:
        _record(self.folder, Use(datetime.now(UTC), by, act, purpose, count), self.fingerprint)

    def remember(self, people: Iterable[str]) -> None:
        """Keep the way back for these people, readable by the owner only."""
        ids = sorted(set(people))
        rows = pa.table({"pseudonym": [self.pseudonym(id) for id in ids], "person": ids})
        with new_private_file(self.folder / PEOPLE_FILE, replace=True) as fresh:
            pq.write_table(rows, fresh)

    def people_behind(self, pseudonyms: Iterable[str], *, by: str, purpose: str) -> dict[str, str]:
        """Person id by pseudonym. For direct care only: the caller has a gate for that purpose."""
        wanted = sorted(set(pseudonyms))
        file = self.folder / PEOPLE_FILE
        if not file.exists():
            raise PseudonymError(
                "There is no list of people beside the warehouse's key. Run: careweave refresh"
            )
        rows = pq.read_table(file)
        rows = rows.filter(pc.is_in(rows["pseudonym"], value_set=pa.array(wanted, pa.string())))
        self.record_use(by=by, act="re-identified", purpose=purpose, count=rows.num_rows)
        return dict(zip(rows["pseudonym"].to_pylist(), rows["person"].to_pylist(), strict=True))


def open_key(folder: Path, *, by: str) -> PseudonymKey:
    """The warehouse's key, made at first use."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(AlreadyThere):  # of two processes one wins
            write_privately(path, _fresh_secret())
        key = PseudonymKey(folder, _read(path))
        key.record_use(by=by, act="made", purpose="", count=0)
        return key
    return PseudonymKey(folder, _read(path))


def rotate_key(folder: Path, *, by: str) -> PseudonymKey:
    """Put a new key in place of the old; the warehouse must then be built anew, and old extracts no longer join."""
    old = open_key(folder, by=by)
    write_privately(folder / KEY_FILE, _fresh_secret(), replace=True)
    (folder / PEOPLE_FILE).unlink(missing_ok=True)
    old.record_use(by=by, act="rotated", purpose="", count=0)
    return open_key(folder, by=by)


def uses(folder: Path) -> list[Use]:
    """Every use, oldest first; raises PseudonymError where a line was changed or removed."""
    return [_use(line) for line in _checked_lines(folder)]


def _fresh_secret() -> bytes:
    return f"{secrets.token_hex(32)}\n".encode("ascii")


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise PseudonymError(f"{path} can be read by others. Run: chmod 600 {path}")
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def _record(folder: Path, use: Use, fingerprint: str) -> None:
    *_, last = [{"link": FIRST_LINK}, *_checked_lines(folder)]
    line: dict[str, Any] = {
        "at": use.at.isoformat(),
        "by": use.by,
        "act": use.act,
        "purpose": use.purpose,
        "count": use.count,
        "key": fingerprint,
    }
    line["link"] = _link(last["link"], line)
    with os.fdopen(os.open(folder / USES_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _checked_lines(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Each line carries a digest of itself and the one before, so that none can go unseen."""
    file, before = folder / USES_FILE, FIRST_LINK
    for number, text in enumerate(file.read_text().splitlines() if file.exists() else (), 1):
        line = json.loads(text)
        if line.pop("link") != (expected := _link(before, line)):
            raise PseudonymError(f"{file}, line {number}: the record of uses was changed")
        before = expected
        yield {**line, "link": expected}


def _link(before: str, line: Mapping[str, Any]) -> str:
    told = json.dumps({key: value for key, value in line.items() if key != "link"}, sort_keys=True)
    return hashlib.sha256(f"{before}{told}".encode()).hexdigest()


def _use(line: Mapping[str, Any]) -> Use:
    return Use(datetime.fromisoformat(line["at"]), line["by"], line["act"], line["purpose"], line["count"])
