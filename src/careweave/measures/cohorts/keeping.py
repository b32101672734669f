"""The groups that were counted, for the backup and back again: what a place has told is never forgotten by a restore."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

from careweave.measures.cohorts.remembering import FOLDER, LOG, folder_of, one_at_a_time

_KEPT = re.compile(r"[0-9a-z-]+\.(json|npy)\Z")


def packed(home: Path) -> bytes:
    """Every answer, the keys of the people behind it and the log of questions, in one archive, if any."""
    if not (home / FOLDER).exists():
        return b""
    archive = io.BytesIO()
    with one_at_a_time(home), tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for file in sorted(folder_of(home).iterdir()):
            if _KEPT.match(file.name) or file.name == LOG:
                tar.add(file, arcname=file.name)
    return archive.getvalue()


def take_back(home: Path, archive: bytes) -> int:
    """Add what is not there; what was told since the backup stays, since nothing that was told can be untold."""
    if not archive:
        return 0
    added = 0
    with one_at_a_time(home), tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for member in tar:
            held = tar.extractfile(member) if member.isfile() else None
            if held is None:
                continue
            if member.name == LOG:
                _join_logs(folder_of(home) / LOG, held.read().decode("utf-8"))
            elif _KEPT.match(member.name) and not (folder_of(home) / member.name).exists():
                added += _put(folder_of(home) / member.name, held.read())
    return added


def _put(file: Path, content: bytes) -> bool:
    """Whole or not at all; says whether it is an answer."""
    fresh = file.with_name(f".{file.name}")
    fresh.write_bytes(content)
    fresh.replace(file)
    return file.suffix == ".json"


def _join_logs(file: Path, before: str) -> None:
    now = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = dict.fromkeys([*before.splitlines(), *now.splitlines()])  # each begins with its moment
    _put(file, "".join(f"{line}\n" for line in sorted(lines)).encode())
