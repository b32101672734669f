"""Days as whole numbers since 1 January 1970, and their text in the forms that feeds use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
Minutes = NDArray[np.int64]  # whole minutes since 1970, local time

NONE = -(10**9)  # "no such day"
EPOCH = date(1970, 1, 1)
LONDON = ZoneInfo("Europe/London")
DAY = 1440


def number(day: date) -> int:
    return (day - EPOCH).days


def as_date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))


@lru_cache(maxsize=200_000)
def iso(day: int) -> str:
    return "" if day <= NONE else as_date(day).isoformat()


@lru_cache(maxsize=200_000)
def uk(day: int) -> str:
    return "" if day <= NONE else as_date(day).strftime("%d/%m/%Y")


@lru_cache(maxsize=1440)
def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def iso_minute(minute: int) -> str:
    return "" if minute <= NONE else f"{iso(minute // DAY)}T{clock(minute % DAY)}"


def uk_minute(minute: int) -> str:
    return "" if minute <= NONE else f"{uk(minute // DAY)} {clock(minute % DAY)}"


@lru_cache(maxsize=20_000)
def offset(day: int) -> str:
    """The offset from UTC at noon of a day; the hour of the change itself does not matter here."""
    noon = datetime.combine(as_date(day), datetime.min.time(), tzinfo=LONDON).replace(hour=12)
    return "+01:00" if noon.utcoffset() == timedelta(hours=1) else "+00:00"


def instant(minute: int) -> str:
    """A FHIR instant in local time with its offset."""
    day = minute // DAY
    return f"{iso(day)}T{clock(minute % DAY)}:00{offset(day)}"


def utc_stamp(minute: int) -> str:
    """`record_updated`: the local minute given as UTC."""
    day = minute // DAY
    shift = 60 if offset(day) == "+01:00" else 0
    minute -= shift
    return f"{iso(minute // DAY)}T{clock(minute % DAY)}:00Z"


def texts(values: Iterable[int], form: object) -> list[str]:
    return [form(value) for value in values]  # type: ignore[operator]


def years_between(earlier: Days | int, later: Days | int) -> NDArray[np.float64]:
    return np.asarray(np.subtract(later, earlier) / 365.25)


def month_of(days: Days) -> NDArray[np.int64]:
    """0 = January."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
