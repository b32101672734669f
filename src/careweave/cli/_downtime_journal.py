"""The pack's own journal: each look is signed and chained to the one before, and written before anything is shown."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from careweave.cli._downtime_sealing import Pack, PackRefused


@dataclass(frozen=True)
class Look:
    """Who (as they said) looked at what, when; `person` is an id, empty for the lists."""

    n: int
    at: str
    reader: str
    role: str
    act: str
    person: str = ""


class Journal:
    """Appends looks for one pack. Made on the computer where the pack is read; its key travels inside the pack."""

    def __init__(self, path: Path, pack: Pack) -> None:
        self.path = path
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(pack.content["journal_key"]))
        self._start = hashlib.sha256(pack.id.encode()).hexdigest()
        self.looks = self._read()

    def write(self, reader: str, role: str, act: str, person: str = "") -> Look:
        """On disk when this returns; several readers of one computer take turns."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines, torn = _lines(file.read())
            if torn:  # the computer went off while a line was written: what it told of was never shown
                file.seek(-torn, os.SEEK_END)
                file.truncate()
            before = _mark(lines[-1]) if lines else self._start
            look = Look(len(lines) + 1, datetime.now(UTC).isoformat(), reader, role, act, person)
            entry = {**asdict(look), "before": before}
            entry["signature"] = self._key.sign(_plain(entry)).hex()
            file.write(json.dumps(entry, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.looks.append(look)
        return look

    def _read(self) -> list[Look]:
        """Every look, or PackRefused with the line that somebody changed."""
        if not self.path.exists():
            return []
        public, before, found = self._key.public_key(), self._start, []
        for number, line in enumerate(_lines(self.path.read_bytes())[0], start=1):
            try:
                entry = json.loads(line)
                signature = bytes.fromhex(entry.pop("signature"))
                public.verify(signature, _plain(entry))
                is_next = entry.pop("before") == before and entry["n"] == number
                found.append(Look(**entry))
            except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
                is_next = False
            if not is_next:
                raise PackRefused(
                    f"Line {number} of {self.path.name} is not what was written there. Keep the pack and the journal as"
                    " they are and tell the governance lead."
                )
            before = _mark(line)
        return found


def journal_of(pack: Path) -> Path:
    """Beside the pack."""
    return pack.with_name(f"{pack.name}.journal")


def keep_for_its_journal(pack: Path) -> Path | None:
    """Before another pack takes its name: one that was read goes on under a name of its own, since only with it can its
    journal be handed in. Returns that name, or None where nobody read it here.
    """
    journal = journal_of(pack)
    if not (pack.exists() and journal.exists()):
        return None
    kept = pack.with_name(f"{pack.name}.{hashlib.sha256(pack.read_bytes()).hexdigest()[:8]}")
    try:
        os.link(pack, kept)
    except FileExistsError:
        pass  # by an earlier try, that was killed here
    except OSError:  # a disk without links
        pack.rename(kept)
    journal.rename(journal_of(kept))
    return kept


def _lines(text: bytes) -> tuple[list[bytes], int]:
    """The whole lines, and the length of a last one that was never finished."""
    whole, newline, torn = text.rpartition(b"\n")
    return (whole.split(b"\n") if newline else [], len(torn))


def _plain(entry: dict[str, object]) -> bytes:
    return json.dumps(entry, sort_keys=True).encode()


def _mark(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
