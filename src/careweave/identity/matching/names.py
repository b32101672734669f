"""Names of people in many languages, made comparable: folding, particles, sound, newborn placeholders."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from careweave.identity.matching.reference import reference_rows

WORDS = [(row["word"], row["kind"]) for row in reference_rows("name-words.csv")]
PARTICLES, TITLES, UNKNOWN, NEWBORN, NEWBORN_EXTRAS, JOINED_TO_NEXT = (
    frozenset(word for word, of_kind in WORDS if of_kind == kind)
    for kind in ("particle", "title", "unknown", "newborn", "newborn-extra", "joined-to-next")
)
LETTERS = str.maketrans({row["letter"]: row["latin"] for row in reference_rows("letters.csv")})


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Small letters without accents; Cyrillic and Greek written in Latin letters; other scripts as they are."""
    lowered = text.casefold().translate(LETTERS)
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", lowered)
        if not unicodedata.combining(character)
    )
    return plain.translate(LETTERS)


def words_of(text: str | None) -> list[str]:
    """The words of a name, an apostrophe inside a word ignored, a hyphen taken as a space."""
    folded = re.sub(r"[\u2019\u2018'`\u00b4\u02bb\u02bc.]", "", fold(text or ""))
    words = [word for word in re.split(r"[^\w]+|_", folded) if word]
    return [word for word in words if not word.isdecimal()]


def name_words(text: str | None) -> list[str]:
    """Words that tell people apart: without titles and particles, with O', Mc and Mac joined to what follows."""
    words = [word for word in words_of(text) if word not in TITLES] or words_of(text)
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in JOINED_TO_NEXT:
            joined[-1] += word
        else:
            joined.append(word)
    kept = [word for word in joined if word not in PARTICLES]
    kept = kept or joined
    return [] if "".join(kept) in UNKNOWN else kept


def is_newborn_placeholder(text: str | None) -> bool:
    """'Baby', 'Baby Girl', 'Baby Smith', 'Twin 2', 'Infant of Mary', 'Female': not a name yet."""
    words = words_of(text)
    return bool(words) and (words[0] in NEWBORN or set(words) <= NEWBORN_EXTRAS)


LOOSE = (
    (re.compile(r"^(mac|mc)(?=[a-z]{3})"), "mc"),
    (re.compile(r"sch|sh"), "s"),
    (re.compile(r"tch|tsch|cz|ch"), "c"),
    (re.compile(r"(?<=.)(ska|cka|dzka)$"), "ski"),
    (re.compile(r"(?<=.{2})(ova|eva)$"), "ov"),
    (re.compile(r"(?<=.{2})ev$"), "ov"),
    (re.compile(r"^(kn|gn)"), "n"),
    (re.compile(r"^wr"), "r"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"gh(?=[aeiou])"), "g"),
    (re.compile(r"gh"), ""),
    (re.compile(r"(?<=[bdkt])h"), ""),
    (re.compile(r"ck|q|x"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"ae|ai|ay|ei|ey"), "e"),
    (re.compile(r"oe|ou|oo|ow|ue"), "u"),
    (re.compile(r"ie|ee|y|j"), "i"),
    (re.compile(r"w"), "v"),
    (re.compile(r"(?<=[aeiou])h"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=.{3})e$"), ""),
)


@lru_cache(maxsize=400_000)
def loose_spelling(word: str) -> str:
    """One spelling for those that languages and clerks swap freely: Müller and Mueller, Kowalska and Kowalski."""
    for pattern, replacement in LOOSE:
        word = pattern.sub(replacement, word)
    return word


CLASSES = str.maketrans(
    {"b": "1", "f": "1", "p": "1", "v": "1", "k": "2", "g": "2", "s": "2", "j": "2", "d": "3", "t": "3"}
    | {"l": "4", "m": "5", "n": "5", "r": "6", "h": ""}
    | dict.fromkeys("aeiou", "")
)


@lru_cache(maxsize=400_000)
def sound_of(word: str) -> str:
    """A short key that mistyped and misheard names share often enough to be brought together."""
    loose = loose_spelling(word)
    if not loose:
        return ""
    first = "a" if loose[0] in "aeiou" else loose[0]
    rest = re.sub(r"(.)\1+", r"\1", loose[1:].translate(CLASSES))
    return first + rest[:3]
