"""careweave restore FILE"""

from pathlib import Path

import click

from careweave.cli._place import running_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def command(file: Path) -> Report:
    """Put the backup in FILE in the place of the database. Until it is whole, the database stays as it is."""
    configuration = running_place()
    from careweave.measures.cohorts.keeping import take_back
    from careweave.record.backup import kept_in, restore

    done = restore(configuration, file.absolute(), bring_up_to_date=_migrate_database)
    groups = take_back(configuration.home, kept_in(file))
    aside = _set_aside_later_anchors()
    lines = [f"Restored from {done.file} in {done.seconds} s."]
    if aside:
        lines.append(f"{aside} anchors of what happened after the backup were set aside, beside the others.")
    if groups:
        lines.append(f"{groups} groups that had been counted are remembered again.")
    figures = {"file": done.file, "seconds": done.seconds, "anchors_set_aside": aside, "groups": groups}
    return Report(figures, lines)


def _set_aside_later_anchors() -> int:
    """They sign audit rows that the restored database no longer has."""
    from django.db import connections

    from careweave.record.audit_anchor import set_aside_anchors_after
    from careweave.record.work import anchors_folder

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM record.audit_seal")
        (last,) = cursor.fetchone()
    return set_aside_anchors_after(anchors_folder(), last)


def _migrate_database(name: str) -> None:
    """A backup may be of an older version; and the key, rules and grants come from here, not from the file."""
    from django.db import connections

    from careweave.cli._migrating import migrate

    before = connections.settings["owner"]["NAME"]
    try:
        connections["owner"].close()
        connections.settings["owner"]["NAME"] = name
        migrate()
    finally:
        connections["owner"].close()
        connections.settings["owner"]["NAME"] = before
