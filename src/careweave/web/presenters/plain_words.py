"""Words that staff use, explained where they stand on the person's and the carer's own pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from careweave.definitions import load_definition


def explained(text: str, on: date) -> tuple[tuple[str, str], ...]:
    """Each staff word in a text with what it means, in the order in which they come; the longer word counts."""
    words, pattern = _words(on)
    found = dict.fromkeys(match.casefold() for match in pattern.findall(text.replace("’", "'")))
    return tuple(words[one] for one in found)


def meaning(text: str, on: date) -> str:
    """What a heading means in plain words; empty when it needs none."""
    return "; ".join(dict.fromkeys(means for _, means in explained(text, on)))


@lru_cache(maxsize=4)
def _words(on: date) -> tuple[Mapping[str, tuple[str, str]], re.Pattern[str]]:
    held = load_definition("plain-words", "staff-words", on).content["words"]
    longest_first = sorted(held, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
    return {word.casefold(): (word, means) for word, means in held.items()}, pattern
