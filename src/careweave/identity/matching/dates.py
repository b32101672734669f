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


def read_birth_date(text: str | None, *, month_first: bool = False, latest: int = 2100) -> str | None:
    """`yyyymmdd`, with 00 for an unknown month or day, or None if nothing sensible can be read."""
    parts = PARTS.findall((text or "").lower().split("t00:")[0])
    numbers = [str(MONTHS.get(part, "")) if part.isalpha() else part for part in parts]
    numbers = [number for number in numbers if number][:3]
    if not numbers:
        return None
    if len(numbers) == 1:
        return _compact(numbers[0], month_first, latest)
    if len(numbers) == 2:
        return None
    if len(numbers[0]) == 4:
        return _checked(numbers[0], numbers[1], numbers[2], latest)
    day, month = (numbers[1], numbers[0]) if month_first else (numbers[0], numbers[1])
    if parts[0].isalpha():
        day, month = numbers[1], numbers[0]
    return _checked(_full_year(numbers[2], latest), month, day, latest)


def _compact(number: str, month_first: bool, latest: int) -> str | None:
    if len(number) == 8:
        as_iso = _checked(number[:4], number[4:6], number[6:], latest)
        day, month = (number[2:4], number[:2]) if month_first else (number[:2], number[2:4])
        return as_iso or _checked(number[4:], month, day, latest)
    if len(number) == 4:
        return f"{number}0000" if 1850 <= int(number) <= latest else None
    return None


def _full_year(year: str, latest: int) -> str:
    if len(year) != 2:
        return year
    century = latest // 100 * 100
    return str(century + int(year) if century + int(year) <= latest else century - 100 + int(year))


def _checked(year: str, month: str, day: str, latest: int) -> str | None:
    """Impossible months and days become unknown; a month above 12 with a possible swap is swapped."""
    y, m, d = int(year), int(month), int(day)
    if not 1850 <= y <= latest:
        return None
    if m > 12 and 1 <= d <= 12 and m <= 31:
        m, d = d, m
    if not 1 <= m <= 12:
        return f"{y:04d}0000"
    try:
        date(y, m, max(d, 1))
    except ValueError:
        d = d if 1 <= d <= 31 else 0
    return f"{y:04d}{m:02d}{d:02d}"
