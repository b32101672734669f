"""Restores into a database beside ours, brings it up to date there, and swaps the two names in one transaction.

Killed at any moment, the names stay as they were or have both changed: what is served is always whole.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from careweave.configuration import SERVING_ROLE, Configuration, database_url
from careweave.record.backup import tools
from careweave.record.backup.tools import BackupFailed
from careweave.record.embedded.roles import close_to_others

RESTORE_LOCK = 0x6361_7266
TRIES = 40


@dataclass(frozen=True)
class Restored:
    file: Path
    seconds: float


def restore(configuration: Configuration, file: Path, *, bring_up_to_date: Callable[[str], None]) -> Restored:
    """Put the backup in the place of the database; `bring_up_to_date` migrates the database of that name."""
    began = time.monotonic()
    tools.run(configuration, "pg_restore", "--list", str(file))
    ours = str(tools.owner_parts(configuration)["dbname"])
    with tools.connect(configuration, tools.MAINTENANCE) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [RESTORE_LOCK])
        _drop_leftovers(connection, ours)
        fresh = f"{ours}_restoring_{secrets.token_hex(4)}"
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        close_to_others(connection, fresh, _serving_role(configuration))
        tools.run(
            configuration,
            "pg_restore",
            "--exit-on-error",
            "--no-owner",
            "--jobs=2",
            f"--dbname={fresh}",
            str(file),
        )
        bring_up_to_date(fresh)
        _swap(connection, ours, fresh)
        _drop_leftovers(connection, ours)
    return Restored(file, round(time.monotonic() - began, 2))


def _serving_role(configuration: Configuration) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(database_url(configuration, SERVING_ROLE))
    return str(parts["user"])


def _swap(connection: psycopg.Connection[Any], ours: str, fresh: str) -> None:
    """Both names change or neither; whoever is connected loses the connection and finds the other database."""
    replaced = f"{ours}_replaced_{secrets.token_hex(4)}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    for _ in range(TRIES):
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)", [[ours, fresh]]
        )
        try:
            with connection.transaction():
                connection.execute(rename.format(sql.Identifier(ours), sql.Identifier(replaced)))
                connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(ours)))
            return
        except psycopg.errors.ObjectInUse:
            continue
    raise BackupFailed("Somebody connects again and again. Stop what serves (careweave stop), then restore.")


def _drop_leftovers(connection: psycopg.Connection[Any], ours: str) -> None:
    """What a killed restore left behind, and the database that was replaced."""
    found = connection.execute(
        "SELECT datname FROM pg_database WHERE datname ~ ('^' || %s || '_(restoring|replaced)_[0-9a-f]{8}$')",
        [ours],
    ).fetchall()
    for (name,) in found:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
