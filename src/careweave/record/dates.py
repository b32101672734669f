"""FHIR dates as days: a source may state only a month or a year."""

from __future__ import annotations

import calendar
from datetime import date


def first_day(text: str | None) -> date | None:
    """The day as the source wrote it; a month or a year stands for its first day."""
    if not text:
        return None
    year, month, day = (*(int(part) for part in text[:10].split("-")), 1, 1)[:3]
    return date(year, month, day)


def last_day(text: str | None) -> date | None:
    """The last day that a date may mean."""
    if not text:
        return None
    year, month, day = (*(int(part) for part in text[:10].split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])
