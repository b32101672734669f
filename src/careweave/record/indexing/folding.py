"""Names and addresses as people search for them: small letters, no accents, no punctuation that varies."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-"})
# Letters that carry no separate accent, so that decomposition leaves them alone.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_WORDS = re.compile(r"[^\W_]+(?:['-][^\W_]+)*").findall
_PARTS = re.compile(r"['-]")
_KEPT = 200  # longer texts are folded anew each time: nobody fills the memory with them


def fold(text: str) -> str:
    """Case, accents and kinds of apostrophe removed; spaces single."""
    return _kept_fold(text) if len(text) <= _KEPT else _fold(text)


def words(text: str) -> tuple[str, ...]:
    """Every word someone may type: `Smith-O’Neill` is found as itself, by either half, and run together."""
    return _kept_words(text) if len(text) <= _KEPT else _find_words(text)


def _fold(text: str) -> str:
    text = text.translate(_APOSTROPHES).casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(text.split())


def _find_words(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for word in _WORDS(fold(text)):
        found[word] = None
        parts = _PARTS.split(word)
        if len(parts) > 1:
            found.update(dict.fromkeys(part for part in (*parts, "".join(parts)) if len(part) > 1))
    return tuple(found)


_kept_fold = lru_cache(maxsize=1 << 15)(_fold)
_kept_words = lru_cache(maxsize=1 << 15)(_find_words)


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())
