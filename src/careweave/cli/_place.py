"""Makes the place ready for a command: the database answers, is migrated, and serves through a safe role."""

import os

from careweave.configuration import Configuration, ConfigurationError, from_environment

MIGRATION_LOCK = 0x6361_7265  # one process migrates at a time; the number is ours alone


def configured() -> Configuration:
    return from_environment(os.environ)


def ready_place() -> Configuration:
    """For commands that work on the record. An embedded database is migrated when it needs it."""
    configuration = running_place()
    if configuration.is_embedded:
        migrate_if_needed()
    elif is_migration_pending():
        raise ConfigurationError("The database is older than this program. Run: careweave migrate")
    refuse_unsafe_role()
    return configuration


def running_place() -> Configuration:
    """The database answers and Django is set up; nothing is said about what the database holds."""
    from careweave.record.embedded import ensure_running

    configuration = configured()
    ensure_running(configuration)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careweave.settings")
    import django

    django.setup()
    return configuration


def refuse_unsafe_role() -> None:
    from django.db import connection

    from careweave.record.embedded import refuse_unsafe_serving_role

    refuse_unsafe_serving_role(connection)


def is_migration_pending() -> bool:
    """Asked through the serving role, which a process that only serves has."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate_if_needed() -> None:
    if is_migration_pending():
        migrate()


def migrate(*, verbosity: int = 0) -> None:
    """Bring the database to this version; a second process waits for the first, then finds it done."""
    from django.conf import settings
    from django.db import connections

    from careweave.record import migrating

    if settings.DATABASES["owner"]["ENGINE"].endswith("dummy"):
        raise ConfigurationError(
            "Migrating needs CAREWEAVE_OWNER_URL, the address of the role that owns the tables."
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            migrating.migrate(verbosity=verbosity)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
