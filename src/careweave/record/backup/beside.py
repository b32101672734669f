"""What a place keeps in files beside its database, at the end of the backup's file, where PostgreSQL does not look."""

from __future__ import annotations

import os
from pathlib import Path

MARK = b"careweave: kept beside the database 1"
_LENGTH = 8


def add(file: Path, kept: bytes) -> None:
    """After the dump: `kept`, its length, and a mark by which it is known."""
    with file.open("ab") as end:
        end.write(kept + len(kept).to_bytes(_LENGTH, "big") + MARK)


def kept_in(file: Path) -> bytes:
    """Nothing for a backup of before this was kept."""
    tail = _LENGTH + len(MARK)
    with file.open("rb") as whole:
        size = whole.seek(0, os.SEEK_END)
        if size < tail:
            return b""
        whole.seek(size - tail)
        length, mark = int.from_bytes(whole.read(_LENGTH), "big"), whole.read()
        if mark != MARK or length > size - tail:
            return b""
        whole.seek(size - tail - length)
        return whole.read(length)
