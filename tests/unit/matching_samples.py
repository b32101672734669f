"""NHS numbers of the range kept for tests, with right check digits."""

from __future__ import annotations

from careweave.record.validation.nhs_number import is_valid

NUMBERS = [
    f"{nine}{check}"
    for nine in range(999_000_000, 999_000_300)
    for check in range(10)
    if is_valid(f"{nine}{check}")
]
