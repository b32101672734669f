"""NHS number: ten digits whose last is a modulus 11 check of the others.

https://www.datadictionary.nhs.uk/attributes/nhs_number.html
"""

from __future__ import annotations


def digits_of(text: str | None) -> str:
    return "" if text is None else "".join(character for character in text if character.isdecimal())


def is_valid_nhs_number(text: str | None) -> bool:
    """Repeated digits pass the arithmetic but are what people type when they do not know."""
    digits = digits_of(text)
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    check = (11 - total % 11) % 11
    return check != 10 and check == int(digits[9])
