"""careweave migrate"""

from careweave.cli._place import refuse_unsafe_role, running_place
from careweave.cli._reporting import Report, reporting


@reporting()
def command() -> Report:
    """Bring the database to this version of the program; safe to repeat."""
    running_place()
    from careweave.cli._migrating import is_migration_pending, migrate

    was_pending = is_migration_pending()
    migrate()
    refuse_unsafe_role()
    return Report({"migrated": was_pending}, ["The database is up to date."])
