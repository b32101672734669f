"""Reads birth dates in the many ways that files write them, and never guesses in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier januar enero gennaio stycznia",
            "feb february fevrier februar febrero febbraio lutego",
            "mar march mars marz marzo marca",
            "apr april avril abril aprile kwietnia",
            "may mai mayo maggio maja",
            "jun june juin juni junio giugno czerwca",
            "jul july juillet juli julio luglio lipca",
            "aug august aout agosto sierpnia",
            "sep sept september septembre septiembre settembre wrzesnia",
            "oct october octobre oktober octubre ottobre pazdziernika",
            "nov november novembre noviembre listopada",
            "dec december decembre dezember diciembre dicembre grudnia",
        ),
        start=1,
    )
    for name in names.split()
}
EARLIEST, LATEST = 1000, 2100
PARTS = re.compile(r"[0-9]+|[a-z]+")


def month_comes_first(texts: Iterable[str | None]) -> bool:
    """Whether a column writes 06/24/1971: true only if some date can be read in no other way."""
    month_first = day_first = 0
    for text in texts:
        parts = re.match(r"\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2,4})\b", text or "")
        if parts:
            first, second = int(parts[1]), int(parts[2])
            month_first += first <= 12 < second
            day_first += second <= 12 < first
    return month_first > day_first


def read_birth_date(text: str | None, *, month_first: bool = False, this_year: int = 2026) -> str | None:
    """`yyyymmdd`, with 00 for an unknown month or day, or None if nothing sensible can be read.

    `this_year` decides the century of a year of two digits only.
    """
    parts = PARTS.findall((text or "").lower().split("t00:")[0])
    numbers = [str(MONTHS.get(part, "")) if part.isalpha() else part for part in parts]
    numbers = [number for number in numbers if number][:3]
    if not numbers:
        return None
    if len(numbers) == 1:
        return _compact(numbers[0], month_first)
    if len(numbers) == 2:
        return None
    if len(numbers[0]) == 4:
        return _checked(numbers[0], numbers[1], numbers[2])
    day, month = (numbers[1], numbers[0]) if month_first or parts[0].isalpha() else (numbers[0], numbers[1])
    return _checked(_full_year(numbers[2], this_year), month, day)


def _compact(number: str, month_first: bool) -> str | None:
    """Eight digits with the year in front or behind, or a year alone."""
    if len(number) == 8:
        day, month = (number[2:4], number[:2]) if month_first else (number[:2], number[2:4])
        year_in_front = _checked(number[:4], number[4:6], number[6:])
        year_behind = _checked(number[4:], month, day)
        readings = [each for each in (year_in_front, year_behind) if each]
        return next((each for each in readings if day_number(each)), readings[0] if readings else None)
    if len(number) == 4:
        return f"{number}0000" if EARLIEST <= int(number) <= LATEST else None
    return None


def day_number(birth: str) -> int | None:
    """Days since the year 1, or None unless day, month and year are known and there is such a day."""
    try:
        return date(int(birth[:4]), int(birth[4:6]), int(birth[6:])).toordinal()
    except ValueError:
        return None


def _full_year(year: str, this_year: int) -> str:
    if len(year) > 2:
        return year
    century = this_year // 100 * 100
    return str(century + int(year) if century + int(year) <= this_year else century - 100 + int(year))


def _checked(year: str, month: str, day: str) -> str | None:
    """Impossible months and days become unknown; a month above 12 that can be the day is taken as the day."""
    y, m, d = int(year), int(month), int(day)
    if not EARLIEST <= y <= LATEST:
        return None
    if 12 < m <= 31 and 1 <= d <= 12:
        m, d = d, m
    if not 1 <= m <= 12:
        return f"{y:04d}0000"
    return f"{y:04d}{m:02d}{d if 1 <= d <= 31 else 0:02d}"
