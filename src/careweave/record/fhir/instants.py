"""FHIR dates and times as half-open intervals in UTC (https://hl7.org/fhir/R4/datatypes.html#dateTime).

A partial date is the whole Europe/London day, month or year: that is the day people here mean.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_LAST = datetime(9999, 12, 30, tzinfo=UTC)  # leaves room to add a day
_SECOND_AT = 17  # index of the seconds in YYYY-MM-DDThh:mm:ss


class Interval(NamedTuple):
    start: datetime
    end: datetime  # exclusive


def interval(text: object) -> Interval | None:
    """The time a FHIR date, dateTime or instant covers; None when it is not one."""
    if type(text) is not str:
        return None
    try:
        return _day_or_longer(text) if len(text) <= 10 else _moment(text)
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def _day_or_longer(text: str) -> Interval:
    year = int(text[:4])
    if year == _LAST.year:  # 9999-12-31 is how many systems write "without end"
        return Interval(_LAST, _LAST + timedelta(days=1))
    if len(text) == 4:
        return Interval(_midnight(year, 1, 1), _midnight(year + 1, 1, 1))
    month = int(text[5:7])
    if len(text) == 7:
        following = (year + 1, 1) if month == 12 else (year, month + 1)
        return Interval(_midnight(year, month, 1), _midnight(*following, 1))
    if len(text) != 10:
        raise ValueError(text)
    day = date(year, month, int(text[8:10]))
    after = day + timedelta(days=1)
    return Interval(_midnight(year, month, day.day), _midnight(after.year, after.month, after.day))


def _midnight(year: int, month: int, day: int) -> datetime:
    if year >= _LAST.year:
        return _LAST
    return datetime(year, month, day, tzinfo=LONDON).astimezone(UTC)


def _moment(text: str) -> Interval:
    leap = text[_SECOND_AT : _SECOND_AT + 2] == "60"
    if leap:  # datetime knows no leap second: take the second before
        text = text[:_SECOND_AT] + "59" + text[_SECOND_AT + 2 :]
    start = datetime.fromisoformat(text)
    start = start.replace(tzinfo=LONDON) if start.tzinfo is None else start
    try:
        start = start.astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None
    # A second without a fraction is that whole second; with one, that very instant.
    width = timedelta(microseconds=1) if "." in text else timedelta(seconds=1)
    return Interval(start, min(start, _LAST) + width)
