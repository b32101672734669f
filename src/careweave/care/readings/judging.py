"""What was typed as numbers: refused where it cannot be, and answered in words where it is unusual; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from careweave.record import Refusal

from .kinds import LEVELS, Field, Reading, Watch

Values = Mapping[str, float]
Earlier = Sequence[tuple[datetime, Values]]


def typed_value(field: Field, text: str) -> float | Refusal:
    """“72,5” and “72.5 kg” are 72.5; anything that cannot be is refused with what could be."""
    cleaned = text.strip().casefold().replace(",", ".").removesuffix(field.unit.casefold()).strip()
    if not cleaned:
        return Refusal(f"Write {_the(field)}", field.key)
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        return Refusal(f"‘{text.strip()[:30]}’ is not a number. For example: {_written(field)}", field.key)
    if not number.is_finite() or not field.least <= number <= field.most:
        return Refusal(
            f"‘{text.strip()[:30]}’ cannot be right. It is between {field.least:g} and {field.most:g}{_unit(field)}. "
            "Look again, and type what you see",
            field.key,
        )
    if number != round(number, field.decimals):
        return Refusal(
            f"Write {_the(field)} with {field.decimals} number after the point at most"
            if field.decimals
            else f"Write {_the(field)} without a point",
            field.key,
        )
    return float(number)


def agree_refusal(reading: Reading, values: Values) -> Refusal | None:
    """Two numbers in the wrong order: the lower field must be below the one before it (blood pressure)."""
    if len(reading.fields) == 2 and len({one.unit for one in reading.fields}) == 1:
        first, second = reading.fields
        if values[second.key] >= values[first.key]:
            return Refusal(
                f"{second.label} must be lower than {first.label[0].lower()}{first.label[1:]}", second.key
            )
    return None


def unusual(reading: Reading, values: Values, at: datetime, earlier: Earlier) -> tuple[Watch, ...]:
    """What the definition says about these numbers: the most pressing alone, so that no milder word stands beside it."""
    found = [one for one in reading.watches if _applies(one, values, at, earlier)]
    most = min((LEVELS.index(one.level) for one in found), default=0)
    return tuple(one for one in found if LEVELS.index(one.level) == most)


def _applies(watch: Watch, values: Values, at: datetime, earlier: Earlier) -> bool:
    value = values[watch.field]
    if watch.at_least is not None:
        return value >= watch.at_least
    if watch.below is not None:
        return value < watch.below
    before = [(when, each[watch.field]) for when, each in earlier if when < at and watch.field in each]
    if watch.rise is not None:
        since = at - timedelta(days=watch.within_days)
        return any(when >= since and value - each >= watch.rise for when, each in before)
    best = max((each for _, each in before), default=0.0)
    return value < best * (watch.below_percent_of_best or 0) / 100


def written(reading: Reading, values: Values) -> str:
    """“142 over 88 mmHg”, “72.5 kg”, or the words of an answer."""
    shown = [one.words.get(f"{values[one.key]:g}", f"{values[one.key]:g}") for one in reading.fields]
    unit = "" if reading.fields[-1].words else _unit(reading.fields[-1])
    return f"{' over '.join(shown)}{unit}"


def _the(field: Field) -> str:
    return f"{field.label[0].lower()}{field.label[1:]}"


def _unit(field: Field) -> str:
    return f" {field.unit}" if field.unit else ""


def _written(field: Field) -> str:
    return f"{(field.least + field.most) / 2:.{field.decimals}f}"
