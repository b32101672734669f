"""Takes words out of entries for a copy that leaves the place; the entries themselves stay as they are.

Data Protection Act 2018, schedule 2, paragraph 16: what is about somebody else. Nothing here covers words with a mark:
a text is made anew without them, and what cannot be read as text is left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .relations import PARTY_SYSTEM

Body = dict[str, Any]
REMOVED = "[left out]"
_XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
_TAGS = re.compile(r"<[^>]*>")
# What says how a program should read an entry, and nothing to its reader.
_NOT_FOR_READING = frozenset({"resourceType", "id", "meta", "system", "reference", "url", "linkId"})
_SHORTEST = 2


@dataclass(frozen=True)
class Line:
    """One part of an entry as words: what it says, after what it is called."""

    name: str
    words: str


@dataclass(frozen=True)
class Removal:
    """`words` leave one entry, or every entry when `entry` is empty."""

    words: str
    reason: str
    entry: str = ""


def is_too_short(words: str) -> bool:
    """One letter would take half of every text along."""
    return len(words.strip()) < _SHORTEST


def pattern(words: str) -> re.Pattern[str]:
    """The words wherever they stand alone: in any case, however spaced, with straight or curly apostrophes."""
    if re.fullmatch(r"[\d\s+()-]+", words):
        digits = [re.escape(each) for each in words if not each.isspace()]
        return re.compile(r"(?<!\w)" + r"[\s()-]*".join(digits) + r"(?!\w)")
    parts = [re.escape(part) for part in words.replace("’", "'").split()]
    spaced = r"[\s\u00a0]+".join(part.replace("'", "['’]") for part in parts)
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)


def without(body: Body, removals: Collection[Removal], *, left_out: Collection[str], own: str) -> Body:
    """The entry as it may leave: without the words, and without what points at entries that are left out.

    `own` is the party key of the person whose record it is; keys of other people are not handed on.
    """
    patterns = [pattern(each.words) for each in removals]
    cleaned = _cleaned(body, patterns, frozenset(left_out), own)
    assert isinstance(cleaned, dict)
    meta = {key: value for key, value in cleaned.get("meta", {}).items() if key not in ("security", "tag")}
    return {**cleaned, "meta": meta} if "meta" in cleaned else cleaned


def still_holds(text: str, removals: Collection[Removal]) -> bool:
    """Whether any of the words that should be gone can still be found."""
    return any(pattern(each.words).search(text) for each in removals)


def lines(body: Body) -> list[Line]:
    """The entry as a person reads it: each part once, without what is for programs alone."""
    found = []
    for key, value in body.items():
        if key not in _NOT_FOR_READING and key != "contained":
            words = ", ".join(dict.fromkeys(each for each in _texts(key, value) if each))
            if words:
                found.append(Line(_name(key), words))
    for each in body.get("contained", []):
        found += [Line(f"Part: {line.name}", line.words) for line in lines(each)]
    return found


def files_in(body: Body) -> int:
    """How many files an entry carries; a file is not text, so nobody can take words out of it."""
    return sum(1 for _ in _files(body))


def _files(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("data"), str):
            yield node["data"]
        for value in node.values():
            yield from _files(value)
    elif isinstance(node, list):
        for value in node:
            yield from _files(value)


def _cleaned(node: Any, patterns: list[re.Pattern[str]], left_out: frozenset[str], own: str) -> Any:
    if isinstance(node, str):
        return _without(node, patterns)
    if isinstance(node, list):
        return [_cleaned(each, patterns, left_out, own) for each in node]
    if not isinstance(node, Mapping):
        return node
    if _points_at(node, left_out):
        return {"display": REMOVED}
    if isinstance(node.get("div"), str):
        return _narrative(node, patterns)
    kept = {}
    for key, value in node.items():
        if key == "data" and isinstance(value, str):
            continue
        if key == "identifier" and _is_another_person(value, own):
            continue
        kept[key] = _cleaned(value, patterns, left_out, own)
    return kept


def _without(text: str, patterns: list[re.Pattern[str]]) -> str:
    for each in patterns:
        text = each.sub(REMOVED, text)
    return text


def _narrative(node: Mapping[str, Any], patterns: list[re.Pattern[str]]) -> Body:
    """Marked-up text is made plain first: marks could part the words that should go."""
    text = _without(_plain(node["div"]), patterns)
    return {**node, "div": _XHTML.format(html.escape(text, quote=False))}


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAGS.sub("", markup)).split())


def _points_at(node: Mapping[str, Any], left_out: frozenset[str]) -> bool:
    reference = node.get("reference")
    return isinstance(reference, str) and reference.rpartition("/")[2] in left_out


def _is_another_person(value: Any, own: str) -> bool:
    if not isinstance(value, Mapping) or value.get("system") != PARTY_SYSTEM:
        return False
    key = str(value.get("value", ""))
    return key.startswith("person:") and key != own


def _texts(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, (int, float)):
        yield str(value)
    elif isinstance(value, str):
        yield _plain(value) if key == "div" else value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(key, each)
    elif isinstance(value, Mapping):
        if value.get("system") == PARTY_SYSTEM:
            return  # a key that only this program reads
        if "value" in value and "unit" in value:
            yield f"{value['value']} {value['unit']}"
            return
        named = "display" in value or "text" in value
        for inner, each in value.items():
            if inner in _NOT_FOR_READING or (named and inner == "code"):
                continue
            if named and inner == "coding" and value.get("text"):
                continue
            yield from _texts(inner, each)


def _name(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).replace("value ", "").capitalize()
