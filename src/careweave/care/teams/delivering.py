"""Delivery that is real: notices without personal data, paper in batches, and a provider's word instead of our own.

A notice is on its way if, and only if, what it tells of was kept (one transaction). It is sent at least once, always
under the same reference; what cannot be delivered becomes a task with a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from careweave.record import Gate, deliveries

from .delivering_rules import delivery_rules
from .shapes import author, extension, instant


def queue_delivery(gate: Gate, *, person_id: str, entity: str, party: str, format: str = "screen") -> None:
    """Send word of `entity` to a party, or print it for them, as its format asks. Part of a transaction of the caller's."""
    channel = delivery_rules(_today()).formats.get(format, "notice")
    is_reached_by_paper = party.startswith("person:")
    if channel == "print" and not is_reached_by_paper:
        channel = "notice"  # a colleague reads on screen or is handed it; nothing is posted to a ward
    deliveries.queue(gate, person_id=person_id, entity=entity, party=party, channel=channel, format=format)


def receipt_part(gate: Gate, how: str) -> dict[str, Any]:
    """What happened to something that was sent: by whose act, and when."""
    return extension(
        "receipt",
        extension=[
            {"url": "how", "valueCode": how},
            {"url": "by", "valueReference": author(gate.actor)},
            {"url": "at", "valueInstant": instant()},
        ],
    )


def _today() -> date:
    return datetime.now(UTC).date()
