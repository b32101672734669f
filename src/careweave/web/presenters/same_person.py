"""Two records side by side: each field with a word for how alike they are, and the evidence in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careweave.web import wording
from careweave.web.presenters import banner, facts
from careweave.web.presenters.facts import Body

_COLOURS = {"Same": "green", "Nearly the same": "yellow", "Different": "red", "Missing": "grey"}


@dataclass(frozen=True)
class Compared:
    """One field of both records."""

    field: str
    one: str
    other: str
    tag: str

    @property
    def colour(self) -> str:
        return _COLOURS[self.tag]


def compare(one: Body, other: Body) -> tuple[Compared, ...]:
    """Every field that tells people apart, the ones that differ not hidden among those that agree."""
    left, right = _fields(one), _fields(other)
    return tuple(
        Compared(name, left[name] or "Not known", right[name] or "Not known", _tag(left[name], right[name]))
        for name in left
    )


def _fields(body: Body) -> dict[str, str]:
    name = facts.best_name(body.get("name")) or {}
    others = [
        facts.person_name([{**one, "use": "usual"}]) for one in body.get("name") or () if one is not name
    ]
    born = body.get("birthDate")
    died = body.get("deceasedDateTime")
    number = banner.nhs_number([body])
    return {
        "Surname": str(name.get("family") or ""),
        "First names": " ".join(name.get("given") or ()),
        "Other names": ", ".join(filter(None, others)),
        "Born": wording.day(born) if born else "",
        "Sex": str(body.get("gender") or "").capitalize(),
        "NHS number": "" if number == wording.nhs_number(None) else number,
        "Address": facts.address(body.get("address")),
        "Telephone": facts.telephone(body.get("telecom")),
        "Died": wording.day(died) if died else "",
    }


def _tag(one: str, other: str) -> str:
    if not one or not other:
        return "Missing"
    if one.casefold() == other.casefold():
        return "Same"
    return "Nearly the same" if _alike(_plain(one), _plain(other)) else "Different"


def _plain(text: str) -> str:
    return "".join(ch for ch in text.casefold() if ch.isalnum())


def _alike(one: str, other: str) -> bool:
    """Equal but for case and signs, one within the other, or two letters apart at most."""
    if one == other or (min(len(one), len(other)) > 2 and (one in other or other in one)):
        return True
    return abs(len(one) - len(other)) <= 2 and _distance(one, other) <= 2 < max(len(one), len(other)) - 1


def _distance(one: str, other: str) -> int:
    """Letters to change, add or leave out (Levenshtein)."""
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, 1):
        before, row[0] = row[0], index
        for place, right in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (left != right))
    return row[-1]


def evidence_words(evidence: Sequence[Mapping[str, str]]) -> str:
    """“Same NHS number. Same birth date.”"""
    words = [str(one.get("words") or "").strip().rstrip(".") for one in evidence]
    return " ".join(f"{word[:1].upper()}{word[1:]}." for word in words if word)
