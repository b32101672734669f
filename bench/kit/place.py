"""A place of its own for a measurement: a durable database in a folder that is taken away afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_place() -> Iterator[Path]:
    """Set up Django on a fresh, migrated, embedded database (fsync on). `BENCH_HOME` keeps it for another run."""
    kept = os.environ.get("BENCH_HOME", "")
    home = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="careweave-bench-"))
    os.environ["CAREWEAVE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "careweave.settings"
    for name in ("CAREWEAVE_OWNER_URL", "CAREWEAVE_SERVING_URL"):
        os.environ.pop(name, None)
    from careweave.cli._place import ready_place
    from careweave.record.embedded import stop

    configuration = ready_place()
    try:
        yield home
    finally:
        from django.db import connections

        connections.close_all()
        if not kept:
            stop(configuration)
            shutil.rmtree(home, ignore_errors=True)


def postmaster_of(home: Path) -> int:
    """The process id of the place's database server."""
    (path,) = home.glob("postgresql/*/*/postmaster.pid")
    return int(path.read_text(encoding="utf-8").split()[0])


def ask(sql: str, *values: object) -> list[tuple[object, ...]]:
    """One statement as the owner of the tables: sizes and counts, which no serving role needs."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []
