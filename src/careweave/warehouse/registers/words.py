"""Reasons in the words a team reads: “over 75”, “two falls since August”, “urine infection last week”."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def age_in_words(sign: str, number: Decimal) -> str:
    years = f"{number:f}"
    return {
        ">": f"over {years}",
        ">=": f"{years} or over",
        "<": f"under {years}",
        "<=": f"{years} or under",
        "=": f"aged {years}",
    }[sign]


def count_in_words(count: int, one: str, many: str, first: date | None, on: date) -> str:
    """“urine infection last week”, “two falls since August”."""
    if count == 1:
        return f"{one} {when_in_words(first, on)}" if first else one
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number} {many} {since_in_words(first, on)}" if first else f"{number} {many}"


def when_in_words(day: date, on: date) -> str:
    if day == on:
        return "today"
    if day == on - timedelta(days=1):
        return "yesterday"
    week = on - timedelta(days=on.weekday())
    if day >= week:
        return "this week"
    if day >= week - timedelta(days=7):
        return "last week"
    return f"in {_month(day, on)}"


def since_in_words(day: date, on: date) -> str:
    """Of the first of several."""
    words = when_in_words(day, on)
    if words in {"today", "this week"}:
        return words
    return f"since {words.removeprefix('in ')}"


def _month(day: date, on: date) -> str:
    return f"{day:%B}" if day.year == on.year else f"{day:%B %Y}"
