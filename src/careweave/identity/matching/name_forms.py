"""Which written names may be one name: nicknames, other spellings and other languages, from a dated list."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from careweave.identity.matching.names import fold


@dataclass(frozen=True)
class NameForms:
    """`established` are first names that parents give, so that a near spelling may well be a twin."""

    given: Mapping[str, frozenset[str]]
    family: Mapping[str, frozenset[str]]
    established: frozenset[str]

    def roots_of_given(self, word: str) -> frozenset[str]:
        return self.given.get(word, frozenset()) | {word}

    def roots_of_family(self, word: str) -> frozenset[str]:
        return self.family.get(word, frozenset()) | {word}


def read_name_forms(forms: Traversable, names: Traversable) -> NameForms:
    roots: dict[str, defaultdict[str, set[str]]] = {"given": defaultdict(set), "family": defaultdict(set)}
    for row in csv.DictReader(forms.read_text(encoding="utf-8").splitlines()):
        roots[row["applies_to"]][fold(row["form"])].add(fold(row["name"]))
    known = {fold(row["name"]) for row in csv.DictReader(names.read_text(encoding="utf-8").splitlines())}
    known |= set(roots["given"]) | {root for each in roots["given"].values() for root in each}
    return NameForms(
        given={form: frozenset(found) for form, found in roots["given"].items()},
        family={form: frozenset(found) for form, found in roots["family"].items()},
        established=frozenset(known),
    )
