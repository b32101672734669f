"""When each organisation last sent something, how much of it was accepted, and how late it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


def last_received() -> dict[str, datetime]:
    """The time of each source's last file; a source that never sent one is not in it. Names no person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, at FROM record.last_received()")
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class FeedRows:
    """What a source has sent in all its files: read = accepted + unchanged + refused."""

    files: int
    read: int
    accepted: int
    unchanged: int
    refused: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Lateness:
    """Days from a contact to its arrival: half came within `half`, nine of ten within `most`."""

    events: int
    half: float
    most: float
    newest: datetime


def feed_rows() -> dict[str, FeedRows]:
    """By source. Names no person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source, files, read, accepted, unchanged, refused, first, last FROM record.feed_rows()"
        )
        return {source: FeedRows(*rest) for source, *rest in cursor.fetchall()}


def feed_lateness(days: int) -> dict[str, Lateness]:
    """By source, over contacts of the last days. Reads many rows: for the nightly work, not for a page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, events, half, most, newest FROM record.feed_lateness(%s)", [days])
        return {source: Lateness(*rest) for source, *rest in cursor.fetchall()}
