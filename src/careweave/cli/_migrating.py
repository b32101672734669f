"""Knows whether a database was brought to this version to the very end, and brings it there one process at a time.

The last act of migrating is to leave a mark. A run that was killed leaves none, and is done again: every step of it
is safe to repeat. The mark also covers the access rules, the grants and the gate key, which migrations do not list.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from careweave.configuration import ConfigurationError, key_bytes
from careweave.record import migrating
from careweave.record.policy import compile_sql, load_policy

LOCK = 0x6361_7265  # one process migrates at a time; the number is ours alone
MARK = "SELECT obj_description(to_regnamespace('record')::oid, 'pg_namespace')"


def is_migration_pending() -> bool:
    """Asked through the serving role, so that a process that only serves can ask."""
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        return bool(cursor.fetchone()[0] != fingerprint())


def migrate_if_needed() -> None:
    if is_migration_pending():
        migrate()


def migrate(*, verbosity: int = 0) -> None:
    """Bring the database to this version; a second process waits for the first, then finds it done."""
    if settings.DATABASES["owner"]["ENGINE"].endswith("dummy"):
        raise ConfigurationError(
            "Migrating needs CAREWEAVE_OWNER_URL, the address of the role that owns the tables."
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            migrating.migrate(verbosity=verbosity)
            cursor.execute(sql.SQL("COMMENT ON SCHEMA record IS {}").format(sql.Literal(fingerprint())))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Of everything that migrating puts into a database; of the key only a digest, which gives nothing away."""
    digest = hashlib.sha256()
    schema = files("careweave.record").joinpath("schema")
    texts = [*schema.iterdir(), *schema.joinpath("functions").iterdir()]
    for part in (
        *sorted(".".join(name) for name in MigrationLoader(None).disk_migrations),
        *sorted(file.read_text(encoding="utf-8") for file in texts if file.name.endswith(".sql")),
        compile_sql(load_policy()),
        str(settings.DATABASES["default"]["USER"]),
        hashlib.sha256(b"careweave gate key" + key_bytes(settings.CONFIGURATION, "gate")).hexdigest(),
    ):
        digest.update(hashlib.sha256(part.encode()).digest())
    return f"careweave {digest.hexdigest()[:32]}"
