"""Makes the place ready for a command: the database answers, is migrated, and serves through a safe role."""

import os

from careweave.configuration import Configuration, ConfigurationError, from_environment


def configured() -> Configuration:
    return from_environment(os.environ)


def ready_place() -> Configuration:
    """For commands that work on the record. An embedded database is migrated when it needs it."""
    configuration = running_place()
    from careweave.cli._migrating import is_migration_pending, migrate_if_needed

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
