"""Takes the embedded database to a newer PostgreSQL by dump and restore; the old data stay beside it."""

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from careweave.configuration import DATABASE, Configuration, ConfigurationError, key_text
from careweave.record.embedded.binaries import Binaries, find_binaries
from careweave.record.embedded.lifecycle import current_server
from careweave.record.embedded.place import Place
from careweave.record.embedded.roles import make_roles, provision
from careweave.record.embedded.server import SUPERUSER, Server, set_up, start, stop, sync

JOBS = "2"
DUMP = ("-Fd", "-j", JOBS, "-Z", "1", "-C")
TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


class UpgradeFailed(ConfigurationError):
    """The newer database does not hold what the older one does; the older one is untouched and still used."""


@dataclass(frozen=True)
class Upgraded:
    from_version: str
    to_version: str
    tables: int
    rows: int


def upgrade(configuration: Configuration) -> Upgraded | None:
    """Move to the newest PostgreSQL found; None when nothing is to be done. Killed midway, it starts anew."""
    place = Place(configuration)
    with place.lock():
        binaries = find_binaries(configuration)
        if (place.newest_major() or binaries.major) >= binaries.major:
            return None
        old = current_server(place)
        coming = _clear_the_way(place, binaries)
        dump = place.folder / "upgrade"
        before = _dump(old, binaries, dump)
        after = _restore(coming, binaries, dump, before)
        shutil.rmtree(dump)
        return Upgraded(old.binaries.version, binaries.version, len(after), sum(after.values()))


def _clear_the_way(place: Place, binaries: Binaries) -> Server:
    """The newer server, with nothing yet: what a killed upgrade left would answer in the older one's place."""
    coming = Server(place, binaries, place.data(binaries.major).with_name("coming"), is_private=True)
    stop(coming)
    shutil.rmtree(coming.data, ignore_errors=True)
    return coming


def _dump(old: Server, binaries: Binaries, dump: Path) -> dict[str, int]:
    """Written by the newer pg_dump, as PostgreSQL advises, from a server that nobody else can find."""
    shutil.rmtree(dump, ignore_errors=True)
    stop(old)
    private = replace(old, is_private=True)
    start(private)
    try:
        _run(private, binaries, "pg_dump", *DUMP, "-f", str(dump), "-d", DATABASE)
        return _count_rows(private)
    finally:
        stop(private)


def _restore(coming: Server, binaries: Binaries, dump: Path, before: dict[str, int]) -> dict[str, int]:
    """Into a folder of another name, renamed only when every table has as many rows as before."""
    target = coming.place.data(binaries.major)
    set_up(coming.place, binaries, coming.data)
    start(coming)
    try:
        with psycopg.connect(coming.superuser_url, autocommit=True) as connection:
            make_roles(coming, connection)
        _run(coming, binaries, "pg_restore", "-e", "-j", JOBS, "-C", "-d", "postgres", str(dump))
        provision(coming)
        _run(coming, binaries, "vacuumdb", "--analyze-only", "-j", JOBS, "-d", DATABASE)
        after = _count_rows(coming)
    finally:
        stop(coming)
    if after != before:
        raise UpgradeFailed(f"Rows differ afterwards; the older database stays in use. {before} {after}")
    coming.data.rename(target)
    sync(target.parent)
    return after


def _run(server: Server, binaries: Binaries, tool: str, *arguments: str) -> None:
    who = {"PGHOST": str(server.sockets), "PGUSER": SUPERUSER}
    password = key_text(server.place.configuration, f"password-{SUPERUSER}")
    environment = {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password, **who}
    done = subprocess.run([binaries.tool(tool), *arguments], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise UpgradeFailed(f"{tool} failed, and the older database stays in use.\n{done.stderr}")


def _count_rows(server: Server) -> dict[str, int]:
    with psycopg.connect(server.url(SUPERUSER)) as connection:
        counts = {}
        for schema, table in connection.execute(TABLES).fetchall():
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            row = connection.execute(query).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else 0
        return counts
