"""Writes the backup under another name and renames it when it is whole and readable."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from careweave.configuration import Configuration
from careweave.record.backup import beside, tools
from careweave.record.embedded.server import sync

# The pads of the gate key are put back from the key file by `migrate`, so that no backup holds a secret.
SECRET_TABLES = ("record.gate_key",)


@dataclass(frozen=True)
class BackedUp:
    file: Path
    bytes: int
    seconds: float


def back_up(configuration: Configuration, file: Path, *, kept: bytes = b"") -> BackedUp:
    """The database as it stood at one moment, while everybody goes on working. Only its owner can read the file.

    `kept`: what the place holds in files beside it, which goes into the same file.
    """
    began = time.monotonic()
    file = file.absolute()
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    database = str(tools.owner_parts(configuration)["dbname"])
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        left_out = [f"--exclude-table-data={table}" for table in SECRET_TABLES]
        tools.run(
            configuration,
            "pg_dump",
            "--format=custom",
            "--compress=3",
            *left_out,
            f"--file={fresh}",
            database,
        )
        tools.run(configuration, "pg_restore", "--list", str(fresh))
        beside.add(fresh, kept)
        _sync_file(fresh)
        fresh.rename(file)
        sync(file.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return BackedUp(file, file.stat().st_size, round(time.monotonic() - began, 2))


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
