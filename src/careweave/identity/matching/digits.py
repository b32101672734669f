"""The digits of a number, however people space it."""

from __future__ import annotations

from careweave.record.validation.nhs_number import is_valid


def digits_of(text: str | None) -> str:
    return "" if text is None else "".join(character for character in text if character.isdecimal())


def is_nhs_number(text: str) -> bool:
    """Ten digits with a right check digit, spaced or not, and nothing but separators beside them."""
    digits = digits_of(text)
    return len(text.strip()) <= 14 and is_valid(digits)
