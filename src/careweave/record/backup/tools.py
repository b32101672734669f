"""Runs PostgreSQL's own pg_dump and pg_restore as the role that owns the tables."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from careweave.configuration import OWNER_ROLE, Configuration, ConfigurationError, database_url
from careweave.record.embedded.binaries import find_binaries

MAINTENANCE = "postgres"
PASSED_ON = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
}


class BackupFailed(ConfigurationError):
    """The backup or the restore could not be made; what was there before is as it was."""


def owner_parts(configuration: Configuration) -> dict[str, Any]:
    url = database_url(configuration, OWNER_ROLE)
    if not url:
        raise BackupFailed("This needs CAREWEAVE_OWNER_URL, the address of the role that owns the tables.")
    return conninfo_to_dict(url)


def connect(configuration: Configuration, database: str) -> psycopg.Connection[Any]:
    """A connection of the owner to one of its databases."""
    return psycopg.connect(**{**owner_parts(configuration), "dbname": database}, autocommit=True)


def run(configuration: Configuration, tool: str, *arguments: str) -> str:
    """What the tool printed; its password goes through the environment, which only we can read."""
    parts = owner_parts(configuration)
    told = {variable: str(parts[name]) for name, variable in PASSED_ON.items() if parts.get(name)}
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PGSSL")}
    environment = {
        "PATH": os.defpath,
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C",
        **inherited,
        **told,
    }
    program = find_binaries(configuration).tool(tool)
    done = subprocess.run(
        [program, "--no-password", *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BackupFailed(f"{tool} failed.\n{done.stderr.strip()}")
    return done.stdout
