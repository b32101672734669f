"""What an app asks for and may do: SMART scopes as values that only ever narrow; pure.

SMART App Launch 2.2, https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html. Scopes of version 1
(`patient/*.read`) mean the same as their letters of version 2 (`patient/*.rs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl, quote

from careweave.record.fhir import resource_types
from careweave.record.indexing import SearchProblem, parse_search

LETTERS = "cruds"
CONTEXTS = ("patient", "user", "system")
LAUNCH = frozenset({"launch", "launch/patient"})
WHO = frozenset({"openid", "fhirUser", "profile"})
STAYING = frozenset({"offline_access", "online_access"})
OTHERS = LAUNCH | WHO | STAYING
ANY = "*"
LONGEST = 4000
_VERSION_1 = {"read": "rs", "write": "cud", "*": LETTERS}
_CLINICAL = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.([a-z]+|\*)(?:\?(.+))?").fullmatch

Filters = tuple[tuple[str, str], ...]  # search parameters that must all hold; () narrows nothing
Rows = Mapping[str, Mapping[str, Filters]]  # type or * → letter → what it is narrowed to


@dataclass(frozen=True)
class ScopeProblem:
    """Why these scopes cannot be given, and which one is to blame."""

    scope: str
    reason: str


@dataclass(frozen=True)
class Scopes:
    """What may be done to which types: a `Scopes` never opens anything, it only closes what the rules left open."""

    context: str = ""  # patient, user or system; "" when nothing clinical is asked for
    rows: Rows = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    text: str = field(default="", compare=False)

    def permits(self, type: str, interaction: str) -> bool:
        """Whether c, r, u, d or s is open for a type; the access rules decide as well, and may say no."""
        return interaction in self.rows.get(ANY, {}) or interaction in self.rows.get(type, {})

    def filters(self, type: str, interaction: str = "s") -> Filters:
        """Search parameters that must all hold of every resource of this type; () when nothing narrows it."""
        if interaction in self.rows.get(ANY, {}):
            return ()
        return self.rows.get(type, {}).get(interaction, ())

    def narrowed_to(self, bound: Scopes) -> Scopes:
        """What both allow. Different contexts have nothing in common."""
        others = self.others & bound.others
        rows: dict[str, dict[str, Filters]] = {}
        if self.context == bound.context:
            for type in sorted({*self.rows, *bound.rows}):
                row = _both(self, bound, type)
                if row and (type == ANY or row != rows.get(ANY)):
                    rows[type] = row
        if rows == self.rows and others == self.others:
            return self
        context = self.context if rows else ""
        return Scopes(context, rows, others, _written(context, rows, others))


def parse(text: str) -> Scopes | ScopeProblem:
    """The scopes of one request, or the first problem with them; nothing unknown is passed over."""
    if len(text) > LONGEST:
        return ScopeProblem("", f"scopes are longer than {LONGEST} characters")
    return _parse(text)


@lru_cache(maxsize=512)
def _parse(text: str) -> Scopes | ScopeProblem:
    words = text.split()
    others = frozenset(words) & OTHERS
    read = [_clinical(word) for word in words if word not in OTHERS]
    for problem in read:
        if isinstance(problem, ScopeProblem):
            return problem
    clinical = [one for one in read if isinstance(one, _Clinical)]
    contexts = {one.context for one in clinical}
    if len(contexts) > 1:
        return ScopeProblem(
            " ".join(one.text for one in clinical), "ask for patient/, user/ or system/, not a mixture"
        )
    if contexts == {"system"} and others:
        return ScopeProblem(sorted(others)[0], "system/ scopes go alone: nobody signs in")
    rows = _rows(clinical)
    if isinstance(rows, ScopeProblem):
        return rows
    return Scopes(next(iter(contexts), ""), rows, others, text)


@dataclass(frozen=True)
class _Clinical:
    text: str
    context: str
    type: str
    letters: str
    filters: Filters


def _clinical(word: str) -> _Clinical | ScopeProblem:
    found = _CLINICAL(word)
    if found is None:
        return ScopeProblem(word, "not a scope that is known here")
    context, type, asked, query = found.groups()
    letters = _VERSION_1.get(asked, asked)
    if type != ANY and type not in resource_types():
        return ScopeProblem(word, f"{type} is not a FHIR R4 resource type")
    if not letters or letters != "".join(letter for letter in LETTERS if letter in letters):
        return ScopeProblem(word, "write letters of cruds in this order, each once, or read, write or *")
    filters = _filters(word, type, query) if query is not None else ()
    return filters if isinstance(filters, ScopeProblem) else _Clinical(word, context, type, letters, filters)


def _filters(word: str, type: str, query: str) -> Filters | ScopeProblem:
    if type == ANY:
        return ScopeProblem(word, "search parameters need the name of a type, not *")
    try:
        pairs = tuple(
            sorted(set(parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=10)))
        )
    except ValueError:
        return ScopeProblem(word, "what follows ? is not name=value")
    for name, _ in pairs:
        if not re.fullmatch(r"[a-z][A-Za-z-]*", name):
            return ScopeProblem(word, f"{name} is not a plain search parameter")
    read = parse_search(type, pairs)
    return (
        ScopeProblem(word, f"{read.parameter}: {read.reason}") if isinstance(read, SearchProblem) else pairs
    )


def _rows(clinical: Iterable[_Clinical]) -> dict[str, dict[str, Filters]] | ScopeProblem:
    """One row a type: several scopes for the same type and letter open what any one of them opens."""
    alternatives: dict[tuple[str, str], list[_Clinical]] = {}
    for one in clinical:
        for letter in one.letters:
            alternatives.setdefault((one.type, letter), []).append(one)
    rows: dict[str, dict[str, Filters]] = {}
    for (type, letter), some in alternatives.items():
        merged = _any_of([one.filters for one in some])
        if merged is None:
            return ScopeProblem(some[-1].text, f"narrow {type} by one search parameter only")
        rows.setdefault(type, {})[letter] = merged
    return rows


def _any_of(alternatives: list[Filters]) -> Filters | None:
    """The search that finds what any of these finds; None when no single search does."""
    common = set(alternatives[0]).intersection(*alternatives[1:])
    rest = [set(one) - common for one in alternatives]
    if not all(rest):
        return tuple(sorted(common))
    names = {name for one in rest for name, _ in one}
    if len(names) > 1 or any(len(one) > 1 for one in rest):
        return None
    values = ",".join(sorted({value for one in rest for _, value in one}))
    return tuple(sorted({*common, (names.pop(), values)}))


def _both(one: Scopes, other: Scopes, type: str) -> dict[str, Filters]:
    return {
        letter: tuple(sorted({*one.filters(type, letter), *other.filters(type, letter)}))
        for letter in LETTERS
        if one.permits(type, letter) and other.permits(type, letter)
    }


def _written(context: str, rows: Rows, others: Iterable[str]) -> str:
    """As scopes of version 2: letters that are narrowed alike stand together."""
    words = sorted(others)
    for type, row in sorted(rows.items()):
        alike: dict[Filters, str] = {}
        for letter in LETTERS:
            if letter in row:
                alike[row[letter]] = alike.get(row[letter], "") + letter
        words += [f"{context}/{type}.{letters}{_query(filters)}" for filters, letters in alike.items()]
    return " ".join(words)


def _query(filters: Filters) -> str:
    written = "&".join(f"{name}={quote(value, safe=':/|,.-_')}" for name, value in filters)
    return f"?{written}" if written else ""
