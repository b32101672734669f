"""The NHS number and its modulus 11 check digit.

https://www.datadictionary.nhs.uk/attributes/nhs_number.html
"""

from __future__ import annotations

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
_WEIGHTS = range(10, 1, -1)
_SEPARATORS = str.maketrans("", "", " -\t\u00a0\u2010\u2011\u2013")


def normalise(text: str) -> str:
    """The digits without the spaces and hyphens people write between them; nothing is corrected."""
    return text.translate(_SEPARATORS)


def is_valid(number: str) -> bool:
    """Ten digits, the last of which checks the others. Spaces are not digits: normalise first."""
    if len(number) != 10 or not (number.isascii() and number.isdigit()):
        return False
    if number == number[0] * 10:  # 0000000000 and its like pass the sum but are never issued
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    check = 11 - total % 11
    return check != 10 and check % 11 == int(number[9])


def format_nhs_number(number: str) -> str:
    """As the NHS prints it, 3-3-4; anything else comes back as it was."""
    digits = normalise(number)
    if len(digits) != 10:
        return number
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
