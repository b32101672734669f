"""Everyone who has or had an account, as the list of unusual looks compares them with the people they looked at."""

from __future__ import annotations

from careweave.record.unusual import Reader

from .models import Staff


def readers() -> list[Reader]:
    """Name and last day of each member of staff. Their own addresses are not held here."""
    return [
        Reader(each.party, each.name, each.left_on) for each in Staff.objects.only("id", "name", "left_on")
    ]
