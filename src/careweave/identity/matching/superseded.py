"""Reads a superseded NHS number as the one that replaced it, wherever any record says which one that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from careweave.identity.matching.digits import digits_of, is_nhs_number


def present_numbers(numbers: Sequence[str | None], former: Sequence[Sequence[str]]) -> dict[str, str]:
    """The present number of each superseded one; none where records disagree about what replaced it."""
    replaced: defaultdict[str, set[str]] = defaultdict(set)
    for number, earlier in zip(numbers, former, strict=True):
        for each in map(digits_of, earlier):
            if number and each != number and is_nhs_number(each):
                replaced[each].add(number)
    certain = {old: new for old, (new, *others) in replaced.items() if not others}
    found = {old: _last(old, certain) for old in certain}
    return {old: new for old, new in found.items() if new is not None}


def _last(number: str, replaced: Mapping[str, str]) -> str | None:
    """The end of a chain of replacements; nothing if it goes in a circle."""
    seen = {number}
    while number in replaced:
        number = replaced[number]
        if number in seen:
            return None
        seen.add(number)
    return number
