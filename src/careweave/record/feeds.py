"""When each organisation last sent something: shown wherever its data would be."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def last_received() -> dict[str, datetime]:
    """The time of each source's last file; a source that never sent one is not in it. Names no person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, at FROM record.last_received()")
        return dict(cursor.fetchall())
