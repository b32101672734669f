"""Writes the backup as a new private file, which has its name when it is whole and readable."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from careweave.configuration import Configuration
from careweave.private_files import new_private_file
from careweave.record.backup import beside, tools

# The pads of the gate key are put back from the key file by `migrate`, so that no backup holds a secret.
SECRET_TABLES = ("record.gate_key",)


@dataclass(frozen=True)
class BackedUp:
    file: Path
    bytes: int
    seconds: float


def back_up(
    configuration: Configuration, file: Path, *, kept: bytes = b"", replace: bool = False
) -> BackedUp:
    """The database as it stood at one moment, while everybody goes on working. Only its owner can read the file.

    `kept`: what the place holds in files beside it, which goes into the same file.
    """
    began = time.monotonic()
    file = file.absolute()
    database = str(tools.owner_parts(configuration)["dbname"])
    left_out = [f"--exclude-table-data={table}" for table in SECRET_TABLES]
    with new_private_file(file, replace=replace) as fresh:
        how = ("--format=custom", "--compress=3", *left_out, f"--file={fresh}")
        tools.run(configuration, "pg_dump", *how, database)
        tools.run(configuration, "pg_restore", "--list", str(fresh))
        beside.add(fresh, kept)
    return BackedUp(file, file.stat().st_size, round(time.monotonic() - began, 2))
