"""Addresses, postcodes, telephone numbers and e-mail addresses, made comparable."""

from __future__ import annotations

import re

from careweave.identity.matching.digits import digits_of
from careweave.identity.matching.names import fold

ABBREVIATIONS = {
    "st": "street",
    "str": "street",
    "rd": "road",
    "ave": "avenue",
    "av": "avenue",
    "ln": "lane",
    "dr": "drive",
    "cl": "close",
    "ct": "court",
    "cres": "crescent",
    "cr": "crescent",
    "pl": "place",
    "gdns": "gardens",
    "gdn": "garden",
    "sq": "square",
    "tce": "terrace",
    "terr": "terrace",
    "hwy": "highway",
    "pde": "parade",
    "pk": "park",
    "apt": "flat",
    "unit": "flat",
}
NUMBER = re.compile(r"\d+[a-z]?")
NOT_FIXED = frozenset(("zz99", "nfa"))


def split_address(house: str | None, address: str | None) -> tuple[str | None, str | None]:
    """(house number or name, street): the number may stand in its own column or before the street."""
    text = fold(address or "").replace("'", "")
    words = re.findall(r"[^\W_]+", text.split(",")[0] if NUMBER.search(text.split(",")[0]) else text)
    numbers = [word for word in words if NUMBER.fullmatch(word)]
    street = "".join(ABBREVIATIONS.get(word, word) for word in words if word not in numbers)
    own = "".join(re.findall(r"[^\W_]+", fold(house or "")))
    number = (own.lstrip("0") or own) or "/".join(numbers[:2])
    return number or None, street or None


def plain_postcode(text: str | None) -> str | None:
    code = "".join(re.findall(r"[^\W_]+", fold(text or "")))
    return None if not code or code[:4] in NOT_FIXED else code


def postcode_area(code: str | None) -> str | None:
    """The outward half of a British postcode, or all but the last digit of a numeric one."""
    if code is None or len(code) < 4:
        return code
    return code[:-3] if any(character.isalpha() for character in code) else code[:-1]


def plain_phone(text: str | None) -> str | None:
    """The last nine digits, so that +44, 0044 and 0 before a number make no difference."""
    digits = digits_of(text)
    return digits[-9:] if len(digits) >= 7 and len(set(digits)) > 1 else None


def plain_email(text: str | None) -> str | None:
    address = fold(text or "").strip()
    return address if "@" in address and len(address) > 4 else None


def plain_gender(text: str | None) -> str | None:
    word = fold(text or "").strip()
    if word in {"1", "m", "male", "man", "boy", "h", "homme", "hombre", "maschio", "mann", "maennlich"}:
        return "m"
    if word in {
        "2",
        "f",
        "female",
        "woman",
        "girl",
        "w",
        "femme",
        "mujer",
        "femmina",
        "frau",
        "weiblich",
        "k",
    }:
        return "f"
    return None


def plain_text(text: str | None) -> str | None:
    return "".join(re.findall(r"[^\W_]+", fold(text or ""))) or None
