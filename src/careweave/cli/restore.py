"""careweave restore FILE"""

from pathlib import Path

import click

from careweave.cli._place import migrate, running_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def command(file: Path) -> Report:
    """Put the backup in FILE in the place of the database. Until it is whole, the database stays as it is."""
    from careweave.record.backup import restore

    configuration = running_place()
    done = restore(configuration, file.absolute(), bring_up_to_date=_migrate_database)
    return Report(
        {"file": done.file, "seconds": done.seconds}, [f"Restored from {done.file} in {done.seconds} s."]
    )


def _migrate_database(name: str) -> None:
    """A backup may be of an older version; and the key, rules and grants come from here, not from the file."""
    from django.db import connections

    before = connections.settings["owner"]["NAME"]
    try:
        connections["owner"].close()
        connections.settings["owner"]["NAME"] = name
        migrate()
    finally:
        connections["owner"].close()
        connections.settings["owner"]["NAME"] = before
