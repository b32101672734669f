"""Times from the database, read by Python's own parser: a worklist of 10,000 rows holds 30,000 of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from psycopg.types.datetime import TimestamptzLoader


class Instants(TimestamptzLoader):
    """A `timestamptz` as UTC; whatever Python cannot read (a year of five digits) goes the long way."""

    timezone: ClassVar = UTC  # Django compares it with the connection's before it puts its own loader in

    def load(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data).astimezone(UTC)
        return found if found.tzinfo is UTC else found.astimezone(UTC)


def use_fast_instants(connection: Any, **_: object) -> None:
    """For each new connection (django.db.backends.signals.connection_created)."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", Instants)
